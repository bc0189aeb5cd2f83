"""Kill trainings at random moments, resume them, and compare the final weights with an uninterrupted training.

The script trains a small AGW on the synthetic data (preset 'tiny'), once by epochs and once by iterations. Half of the
kills (SIGKILL) come at a random time. The other half come while a checkpoint is written. The table shows per loop:

- kills: number of kills, and how many of them found an unfinished file in the work dir
- refused: resumes that ended with an error
- retrained: largest number of iterations that one kill cost
- lost: iterations in a whole checkpoint that a resume did not use
- leftovers: unfinished files at the end
- different: finished trainings whose weights differ from the uninterrupted one, in any bit

Example:
    python benchmarks/kill_and_resume.py              # 20 kills, three minutes on two cores
    python benchmarks/kill_and_resume.py --kills 100
"""

import argparse
import multiprocessing
import os
import random
import re
import runpy
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch

from mmvireid.engine import find_resume_problem
from mmvireid.synthetic import generate_sysu

ROOT = Path(__file__).resolve().parents[1]
FORKSERVER = multiprocessing.get_context('forkserver')
ROOMS = ('datasets', 'engine', 'evaluation', 'models', 'visualization')
WIDTH = 8
CONFIG = f"""
_base_ = '{ROOT}/configs/agw/agw_r18_synthetic.py'
model = dict(
    backbone=dict(resnet=dict(stem_channels={WIDTH}, base_channels={WIDTH})),
    neck=dict(in_channels={WIDTH * 8}),
    heads=dict(identity=dict(in_channels={WIDTH * 8}, num_classes=NUM_CLASSES)),
)
train_dataloader = dict(batch_size=8, num_workers=1, sampler=dict(num_ids=2, num_instances=2))
"""
LOOPS = {
    'epochs': """
train_cfg = dict(max_epochs=4)
default_hooks = dict(logger=dict(interval=1))
""",
    'iterations': """
train_cfg = dict(_delete_=True, type='ResumableIterTrainLoop', max_iters=40)
default_hooks = dict(logger=dict(interval=1), checkpoint=dict(by_epoch=False, interval=5))
log_processor = dict(by_epoch=False)
""",
}


@dataclass
class Counts:
    """What happened to one loop's trainings."""

    kills: int = 0
    while_saving: int = 0
    refused: int = 0
    retrained: list[int] = field(default_factory=lambda: [0])
    lost: int = 0
    leftovers: int = 0
    finished: int = 0
    different: int = 0


def run_tool(words: list[str], log: str) -> None:
    """Run a tool in this process; its output goes to a file."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(output, stream)
    torch.set_num_threads(1)
    sys.argv = words
    runpy.run_path(words[0], run_name='__main__')


class Training:
    """A training that is started again and again in one work dir."""

    def __init__(self, config: Path, data_root: Path, work_dir: Path) -> None:
        self.config, self.data_root, self.work_dir = config, data_root, work_dir
        self.log = Path(f'{work_dir}.log')

    def start(self) -> multiprocessing.Process:
        tool = str(ROOT / 'tools' / 'train.py')
        words = [tool, self.config, '--data-root', self.data_root, '--work-dir', self.work_dir, '--resume']
        self.log.unlink(missing_ok=True)
        process = FORKSERVER.Process(target=run_tool, args=([str(word) for word in words], str(self.log)))
        process.start()
        return process

    def output(self) -> str:
        return self.log.read_text(errors='replace') if self.log.exists() else ''

    def resumed_at(self) -> int:
        found = re.search(r'resumed epoch: \d+, iter: (\d+)', self.output())
        return int(found[1]) if found else 0

    def trained_to(self) -> int:
        """Return the number of iterations after which the log ends."""
        return self.resumed_at() + len(re.findall(r'(?:Epoch|Iter)\(train\)', self.output()))

    def newest_checkpoint(self) -> int:
        """Return the iterations of the newest whole checkpoint."""
        files = [file for file in self.work_dir.glob('*.pth') if find_resume_problem(file) is None]
        states = [torch.load(file, mmap=True, weights_only=False) for file in files]
        return max((state['meta']['iter'] for state in states), default=0)

    def unfinished(self) -> list[Path]:
        return [*self.work_dir.glob('*.part'), *self.work_dir.glob('.*.part')]

    def final_weights(self) -> dict[str, torch.Tensor]:
        file = (self.work_dir / 'last_checkpoint').read_text()
        return torch.load(file, weights_only=False)['state_dict']


def wait_for_moment(training: Training, process: multiprocessing.Process, aim: bool, seconds: float) -> bool:
    """Wait for a random moment of the training; return False if the training ends before it."""
    while process.is_alive() and '(train)' not in training.output() and 'resumed' not in training.output():
        time.sleep(0.01)
    end = time.monotonic() + random.uniform(0, seconds)
    skipped = random.randint(0, 2)
    while process.is_alive():
        if not aim and time.monotonic() > end:
            return True
        if aim and training.unfinished():
            if skipped == 0:
                time.sleep(random.choice([0, 0, 0.001, 0.003]))
                return True
            skipped -= 1
            while process.is_alive() and training.unfinished():
                time.sleep(0.0001)
        time.sleep(0.0001 if aim else 0.005)
    return False


def is_same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def torment(config: Path, data_root: Path, folder: Path, kills: int) -> Counts:
    """Kill and resume trainings of one config until the kills are used up and the last training is finished."""
    whole = Training(config, data_root, folder / 'whole')
    process = whole.start()
    while process.is_alive() and '(train)' not in whole.output():
        time.sleep(0.01)
    start = time.monotonic()
    process.join()
    seconds = time.monotonic() - start
    expected = whole.final_weights()

    counts = Counts()
    training = Training(config, data_root, folder / 'killed')
    before, newest = 0, 0  # iterations: trained before the last kill; in the newest checkpoint
    while True:
        process = training.start()
        is_tormented = counts.kills < kills
        aim = counts.kills % 2 == 1
        if is_tormented and wait_for_moment(training, process, aim, seconds):
            os.kill(process.pid, signal.SIGKILL)
        process.join()
        if process.exitcode not in (0, -signal.SIGKILL):
            counts.refused += 1
            print(training.output()[-2000:], file=sys.stderr)
            return counts
        if process.exitcode == 0 or 'resumed' in training.output() or '(train)' in training.output():
            counts.lost += max(0, newest - training.resumed_at())
            counts.retrained.append(max(0, before - training.resumed_at()))
        if process.exitcode == 0:
            counts.finished += 1
            counts.leftovers += len(training.unfinished())
            counts.different += not is_same(training.final_weights(), expected)
            if not is_tormented:
                return counts
            shutil.rmtree(training.work_dir)
            before, newest = 0, 0
            continue
        counts.kills += 1
        counts.while_saving += bool(training.unfinished())
        before, newest = training.trained_to(), training.newest_checkpoint()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--kills', type=int, default=20, help='number of kills, over both loops')
    parser.add_argument('--seed', type=int, default=0, help='seed of the random moments')
    args = parser.parse_args()
    random.seed(args.seed)
    FORKSERVER.set_forkserver_preload([*(f'mmvireid.{room}' for room in ROOMS), 'mmengine.runner', 'yapf'])
    row = '{:<11}{:>6}{:>14}{:>9}{:>11}{:>6}{:>11}{:>10}{:>11}'
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data_root = generate_sysu(folder / 'data', preset='tiny')
        lists = [(data_root / 'exp' / f'{split}_id.txt').read_text().split(',') for split in ('train', 'val')]
        num_classes = sum(map(len, lists))
        print(
            row.format(
                *('loop', 'kills', 'while saving', 'refused', 'retrained', 'lost', 'leftovers'),
                *('finished', 'different'),
            )
        )
        for name, loop in LOOPS.items():
            config = folder / f'{name}.py'
            config.write_text(CONFIG.replace('NUM_CLASSES', str(num_classes)) + loop)
            (folder / name).mkdir()
            counts = torment(config, data_root, folder / name, args.kills // 2)
            numbers = (counts.kills, counts.while_saving, counts.refused, max(counts.retrained), counts.lost)
            print(row.format(name, *numbers, counts.leftovers, counts.finished, counts.different), flush=True)


if __name__ == '__main__':
    main()
