_base_ = [
    '../_base_/models/hpiln_hacnn.py',
    '../_base_/datasets/sysu_mm01_160x64_zoom.py',
    '../_base_/schedules/adam_10k.py',
    '../_base_/iteration_runtime.py',
]
