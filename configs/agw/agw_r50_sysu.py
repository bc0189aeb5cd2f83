_base_ = [
    '../_base_/models/agw_r50.py',
    '../_base_/datasets/sysu_mm01_288x144.py',
    '../_base_/schedules/nesterov_80e.py',
    '../_base_/default_runtime.py',
]
