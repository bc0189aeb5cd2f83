# The baseline network (Fig. 6): Table III, s2.
_base_ = [
    '../../_base_/models/hctri_baseline_r50.py',
    '../../_base_/datasets/sysu_mm01_288x144_p6k8.py',
    '../../_base_/schedules/nesterov_61e.py',
    '../../_base_/default_runtime.py',
]
