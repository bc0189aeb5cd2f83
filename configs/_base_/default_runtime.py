default_scope = 'mmvireid'

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='SafeCheckpointHook', interval=1, max_keep_ckpts=2),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    sync_buffers=dict(type='SyncBuffersHook'),
    collect_dir=dict(type='CollectDirHook'),
    checkpoint_fit=dict(type='CheckpointFitHook'),
    config_check=dict(type='ConfigCheckHook'),
    identity_leak=dict(type='IdentityLeakHook'),
    resume=dict(type='ResumeHook'),
    finite_check=dict(type='FiniteCheckHook'),
    stop_signal=dict(type='StopSignalHook'),
    selection_check=dict(type='SelectionCheckHook'),
)

# No device ids: the wrapper keeps the model on its device, so that training also runs without a GPU.
model_wrapper_cfg = dict(type='MMDistributedDataParallel', device_ids=None, broadcast_buffers=False)

env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),  # the tools use gloo if there is no GPU
)

visualizer = dict(type='Visualizer', vis_backends=[dict(type='LocalVisBackend')])
log_level = 'INFO'
randomness = dict(seed=0)
load_from = None
resume = False
