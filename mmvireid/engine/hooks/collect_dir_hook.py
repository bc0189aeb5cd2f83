"""A hook that gives metrics a folder to collect the results of all processes."""

import os.path as osp
from uuid import uuid4

from mmengine.dist import broadcast_object_list
from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmvireid.registry import HOOKS


@HOOKS.register_module()
class CollectDirHook(Hook):
    """Collect the results of several processes in the work dir.

    Without this hook mmengine makes the folder ``.dist_test`` in the current folder. If the current folder is
    read-only, the whole extraction is lost. A metric with its own ``collect_dir`` keeps it.

    Example:
        >>> from types import SimpleNamespace as Fake
        >>> from mmvireid.evaluation.metrics import FeatureWriter
        >>> metric = FeatureWriter('features.npz')
        >>> loop = Fake(evaluator=Fake(metrics=[metric]))
        >>> CollectDirHook().before_test(Fake(work_dir='work', test_loop=loop))
        >>> metric.collect_dir.startswith('work/.collect_')
        True
    """

    def before_val(self, runner: Runner) -> None:
        _set_folder(runner, runner.val_loop.evaluator)

    def before_test(self, runner: Runner) -> None:
        _set_folder(runner, runner.test_loop.evaluator)


def _set_folder(runner: Runner, evaluator: Evaluator) -> None:
    # All processes of a job agree on the name, and two jobs with the same work dir never do.
    name = [uuid4().hex]
    broadcast_object_list(name)
    for metric in evaluator.metrics:
        if metric.collect_device == 'cpu' and metric.collect_dir is None:
            metric.collect_dir = osp.join(runner.work_dir, f'.collect_{name[0]}')  # mmengine makes and removes it
