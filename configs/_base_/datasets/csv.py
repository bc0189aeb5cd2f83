# Your own data: data_root/annotations.csv with path, identity, camera, modality, split (docs/own_data.md).
_base_ = './sysu_mm01.py'

data_root = 'data/own'

train_dataloader = dict(dataset=dict(type='CSVDataset', data_root=data_root, split='train'))
test_dataloader = dict(dataset=dict(type='CSVDataset', data_root=data_root, split='test'))
test_evaluator = dict(data_root=data_root, protocol=dict(_delete_=True, type='CrossModalityProtocol'))
