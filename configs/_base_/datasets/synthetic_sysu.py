# The synthetic data in SYSU-MM01's layout (tools/dataset_converters/make_synthetic.py), at 128x64.
_base_ = './sysu_mm01.py'

data_root = 'data/synthetic_sysu_small'

train_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(64, 128)),
    # Without pretrained weights color is a habit hard to break: half of the visible images go without.
    dict(type='RandomGrayscale', prob=0.5, keep_channels=True, color_format='rgb'),
    dict(type='mmpretrain.RandomCrop', crop_size=(128, 64), padding=5),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackReIDInputs'),
]
test_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(64, 128)),
    dict(type='PackReIDInputs'),
]

train_dataloader = dict(num_workers=2, dataset=dict(data_root=data_root, pipeline=train_pipeline))
test_dataloader = dict(num_workers=2, dataset=dict(data_root=data_root, pipeline=test_pipeline))
test_evaluator = dict(data_root=data_root, protocol=dict(data_root=data_root))
