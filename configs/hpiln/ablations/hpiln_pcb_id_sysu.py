# PCB with identity loss alone.
_base_ = '../hpiln_pcb_sysu.py'

model = dict(heads=dict(pentaplet=None))
