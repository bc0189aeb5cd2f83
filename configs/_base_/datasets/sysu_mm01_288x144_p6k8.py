# SYSU-MM01 at 288x144, batches of 6 identities x (8 + 8) images.
_base_ = './sysu_mm01_288x144.py'

train_dataloader = dict(batch_size=96, sampler=dict(num_ids=6, num_instances=8))
