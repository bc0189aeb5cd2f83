# The synthetic data in RegDB's layout in batches of 8 tuples, with random erasing. Euclidean.
_base_ = './synthetic_sysu_tuples.py'

data_root = 'data/synthetic_regdb_small'
split_number = 1

train_dataloader = dict(dataset=dict(type='RegDB', data_root=data_root, split='train', split_number=split_number))
test_dataloader = dict(dataset=dict(type='RegDB', data_root=data_root, split_number=split_number))
test_evaluator = dict(data_root=data_root, protocol=dict(_delete_=True, type='RegDBProtocol'))
