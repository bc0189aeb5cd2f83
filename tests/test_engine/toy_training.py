"""A training of seconds, and the means to run tools/train.py with it in a process that starts quickly."""

import os
import resource
import runpy
import sys
import time
from pathlib import Path

import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import MessageHub
from mmengine.model import BaseModel
from torch import nn

from mmvireid.registry import DATASETS, METRICS, MODELS

ROOT = Path(__file__).parents[2]
NUM_BATCHES = 5


@DATASETS.register_module()
class ToyDataset(torch.utils.data.Dataset):
    """32 vectors of four identities in two modalities."""

    metainfo = dict(num_ids=4)

    def __len__(self) -> int:
        return 2 * 4 * 4

    def get_data_info(self, index: int) -> dict:
        return dict(gt_label=index % 4, pid=index % 4, modality=index // 16)

    def __getitem__(self, index: int) -> dict:
        seed = getattr(index, 'seed', index)
        return dict(inputs=torch.rand(3, generator=torch.Generator().manual_seed(seed)) + index % 4)


@MODELS.register_module()
class ToyModel(BaseModel):
    """A network with dropout and one loss.

    Args:
        bad_from: The loss is NaN from this iteration on, counted from 1.
        bad_rank: The only rank with a NaN loss.
        seconds: Duration of an iteration.
        megabytes: Size of a buffer that makes the checkpoint large.
    """

    def __init__(self, bad_from: int = 10**9, bad_rank: int = 0, seconds: float = 0.0, megabytes: float = 0.0) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 1))
        self.register_buffer('ballast', torch.zeros(int(megabytes * 2**18)))
        self.bad_from, self.bad_rank, self.seconds = bad_from, bad_rank, seconds
        self.iteration = 0

    def forward(self, inputs: list[torch.Tensor], mode: str = 'tensor') -> dict | list:
        time.sleep(self.seconds)
        values = self.net(torch.stack(inputs)).float()
        if mode == 'predict':
            return list(values)
        self.iteration += 1
        is_bad = self.iteration >= self.bad_from and int(os.environ.get('RANK', 0)) == self.bad_rank
        return {
            'identity.loss_pooled': values.square().mean() * (torch.nan if is_bad else 1.0),
            'triplet.loss_pooled': values.abs().mean(),
        }


@METRICS.register_module()
class ToyMetric(BaseMetric):
    """A score that grows with the epochs."""

    def process(self, data_batch: dict, data_samples: list) -> None:
        self.results.append(0)

    def compute_metrics(self, results: list) -> dict:
        epoch = (MessageHub.get_current_instance().get_info('iter') + 1) // NUM_BATCHES
        return dict(mAP=0.1 * epoch, loss=0.1 * epoch)


CONFIG = f"""
_base_ = '{ROOT}/configs/_base_/default_runtime.py'
custom_imports = dict(imports=['toy_training'], allow_failed_imports=False)
model = dict(type='ToyModel')
train_dataloader = dict(
    batch_size=8,
    num_workers=0,
    dataset=dict(type='ToyDataset'),
    sampler=dict(type='CrossModalityPKSampler', num_ids=2, num_instances=2, seed=3),
)
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.01, momentum=0.9))
param_scheduler = dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=12)
default_hooks = dict(logger=dict(interval=1))
randomness = dict(seed=3)
"""
BY_EPOCH = "train_cfg = dict(type='ResumableEpochTrainLoop', max_epochs=4)\n"
BY_ITERATION = """
train_cfg = dict(type='ResumableIterTrainLoop', max_iters=20)
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=4), logger=dict(interval=1))
log_processor = dict(by_epoch=False)
"""
VALIDATION = """
val_dataloader = dict(batch_size=8, dataset=dict(type='ToyDataset'), sampler=dict(type='DefaultSampler', shuffle=False))
val_evaluator = dict(type='ToyMetric')
val_cfg = dict(type='ValLoop')
default_hooks['checkpoint'] = dict(save_best='mAP', rule='greater')
"""


def run_tool(words: list[str], log: str, environment: dict[str, str], max_file_size: int | None) -> None:
    """Run a tool in this process; its output goes to a file."""
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(output, stream)
    sys.stdout.reconfigure(line_buffering=True)
    os.setpgid(0, 0)
    torch.set_num_threads(1)
    if max_file_size is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (max_file_size, max_file_size))
    sys.argv = words
    runpy.run_path(words[0], run_name='__main__')


def weights(file: Path) -> dict[str, torch.Tensor]:
    return torch.load(file, weights_only=False)['state_dict']


def same_weights(a: Path, b: Path) -> bool:
    one, two = weights(a), weights(b)
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)
