# On a small network, from scratch, on the synthetic data (preset 'small').
_base_ = [
    '../_base_/models/hpiln_resmid_small.py',
    '../_base_/datasets/synthetic_sysu.py',
    '../_base_/schedules/sgd_1116i.py',
    '../_base_/iteration_runtime.py',
]

model = dict(heads=dict(identity=dict(num_classes=320)))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
