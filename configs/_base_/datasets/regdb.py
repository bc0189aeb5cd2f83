# One of RegDB's ten splits (--split-number chooses); a model for each, results averaged over them.
_base_ = './sysu_mm01.py'

data_root = 'data/RegDB'
split_number = 1

train_dataloader = dict(dataset=dict(type='RegDB', data_root=data_root, split='train', split_number=split_number))
test_dataloader = dict(dataset=dict(type='RegDB', data_root=data_root, split_number=split_number))
test_evaluator = dict(data_root=data_root, protocol=dict(_delete_=True, type='RegDBProtocol'))
