# The same rates over 80 epochs (AGW).
_base_ = './nesterov_61e.py'

train_cfg = dict(max_epochs=80)
