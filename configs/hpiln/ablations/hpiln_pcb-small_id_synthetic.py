# PCB on synthetic data (preset 'small') with identity loss alone.
_base_ = '../hpiln_pcb-small_synthetic.py'

model = dict(heads=dict(pentaplet=None))
