# The baseline network (Fig. 6): Table III, s2.
_base_ = [
    '../../_base_/models/hctri_baseline_r50.py',
    '../../_base_/datasets/regdb_288x144.py',
    '../../_base_/schedules/nesterov_61e.py',
    '../../_base_/default_runtime.py',
]

model = dict(heads=dict(identity=dict(num_classes=206, label_smoothing=0.1)))
