_base_ = './sysu_mm01.py'

data_root = 'data/LLCM'

train_dataloader = dict(dataset=dict(type='LLCM', data_root=data_root, split='train'))
test_dataloader = dict(dataset=dict(type='LLCM', data_root=data_root))
test_evaluator = dict(data_root=data_root, protocol=dict(_delete_=True, type='LLCMProtocol'))
