_base_ = [
    '../_base_/models/hpiln_resmid.py',
    '../_base_/datasets/sysu_mm01_224x224_zoom.py',
    '../_base_/schedules/adam_10k.py',
    '../_base_/iteration_runtime.py',
]
