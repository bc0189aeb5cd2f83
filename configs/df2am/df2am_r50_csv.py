# DF2AM on your own data: the paper's network and schedule.
_base_ = [
    '../_base_/models/df2am_r50.py',
    '../_base_/datasets/csv.py',
    '../_base_/schedules/sgd_80e.py',
    '../_base_/default_runtime.py',
]

# The number of training identities; the run stops and names it where it differs.
model = dict(heads=dict(identity=dict(num_classes=395)))
