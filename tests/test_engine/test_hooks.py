"""Check the hooks that compare a config or a checkpoint with the data and the model."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.runner import BaseLoop, EpochBasedTrainLoop

from mmvireid.engine import CheckpointFitHook, ConfigCheckHook, IdentityLeakHook
from mmvireid.registry import MODELS

ONE = torch.ones(1)


def dataset(split: str, pids: tuple[int, ...], name: str = 'SYSU-MM01') -> SimpleNamespace:
    return SimpleNamespace(metainfo=dict(dataset=name, split=split, num_ids=len(pids), pids=pids))


def runner(num_classes: int = 3, batch_size: int = 8, sampler_batch: int = 8) -> SimpleNamespace:
    model = torch.nn.Module()
    head = MODELS.build(dict(type='IDHead', num_classes=num_classes, in_channels=2))
    model.heads = torch.nn.ModuleDict(dict(identity=head, triplet=torch.nn.Identity()))
    loader = SimpleNamespace(
        dataset=dataset('train', (1, 2, 5)), batch_size=batch_size, sampler=SimpleNamespace(batch_size=sampler_batch)
    )
    return SimpleNamespace(model=model, train_dataloader=loader)


def test_a_fitting_config_passes():
    ConfigCheckHook().before_train(runner())


@pytest.mark.parametrize(
    'head',
    [
        dict(type='IDHead', num_classes=395, in_channels=2),
        dict(type='CenterHead', num_classes=395, in_channels=2),
        dict(type='BranchIDHead', num_classes=395, in_channels=dict(pooled=2)),
    ],
)
def test_num_classes_must_be_the_number_of_identities(head):
    wrong = runner()
    wrong.model.heads.identity = MODELS.build(head)
    message = r'^model\.heads\.identity: num_classes=395, but the training data have 3 identities: set num_classes=3'
    with pytest.raises(ValueError, match=message):
        ConfigCheckHook().before_train(wrong)


def test_data_without_a_number_of_identities_are_not_checked():
    unknown = runner(num_classes=395)
    del unknown.train_dataloader.dataset.metainfo
    ConfigCheckHook().before_train(unknown)


class QuadrupletHead(torch.nn.Module):
    """Stand for a user's own head that needs data of one split."""

    def __init__(self, split: str) -> None:
        super().__init__()
        self.split = split

    def check_training_data(self, metainfo, sampler):
        if metainfo['split'] != self.split or sampler.batch_size != 8:
            raise ValueError(f'split={self.split!r}, but the training data are of {metainfo["split"]!r}.')


def test_a_head_of_a_user_checks_the_training_data_itself():
    own = runner()
    own.model.heads.own = QuadrupletHead('train')
    ConfigCheckHook().before_train(own)
    own.model.heads.own = QuadrupletHead('val')
    with pytest.raises(ValueError, match="^model.heads.own: split='val', but the training data are of 'train'"):
        ConfigCheckHook().before_train(own)


def test_batch_size_must_equal_the_samplers():
    with pytest.raises(ValueError, match='train_dataloader.batch_size=64, but .* batches of 8'):
        ConfigCheckHook().before_train(runner(batch_size=64))


@pytest.mark.parametrize('num_instances', [1, 2])
def test_pairs_within_a_modality_need_two_images_of_it(num_instances):
    fitting = runner()
    fitting.model.heads.pairs = MODELS.build(dict(type='VerificationHead', in_channels=2, modality_pairs='all'))
    fitting.train_dataloader.sampler.num_instances = num_instances
    if num_instances == 2:
        ConfigCheckHook().before_train(fitting)
    else:
        with pytest.raises(ValueError, match="^model.heads.pairs: modality_pairs='all' .* set num_instances=2"):
            ConfigCheckHook().before_train(fitting)


def evaluated(split: str, pids: tuple[int, ...], name: str = 'SYSU-MM01') -> SimpleNamespace:
    loader = SimpleNamespace(dataset=dataset(split, pids, name))
    return SimpleNamespace(val_dataloader=loader, test_dataloader=loader)


@pytest.mark.parametrize('moment', ['before_val', 'before_test'])
@pytest.mark.parametrize('source', ['training', 'checkpoint'])
def test_shared_identities_are_refused(moment, source):
    hook = IdentityLeakHook()
    if source == 'training':
        hook.before_train(runner())
    else:
        hook.after_load_checkpoint(None, dict(meta=dict(dataset_meta=dataset('train', (1, 2, 5)).metainfo)))
    getattr(hook, moment)(evaluated('test', (3, 4)))
    getattr(hook, moment)(evaluated('test', (2, 5), name='another data set'))
    with pytest.raises(ValueError, match=r"2 identities of the split 'test' were trained on.*\[2, 5\]"):
        getattr(hook, moment)(evaluated('test', (2, 3, 5)))


def test_an_old_checkpoint_is_compared_under_the_new_name_of_the_data_set():
    old_name, new_name = (f'{word} data (small, SYSU-MM01 layout)' for word in ('embedded', 'synthetic'))
    hook = IdentityLeakHook()
    hook.after_load_checkpoint(None, dict(meta=dict(dataset_meta=dataset('train', (1, 2), old_name).metainfo)))
    hook.before_test(evaluated('test', (3, 4), new_name))
    with pytest.raises(ValueError, match=r"the split 'test' were trained on .* of synthetic data \(small"):
        hook.before_test(evaluated('test', (2, 3), new_name))


def test_another_split_of_the_data_set_is_refused():
    hook = IdentityLeakHook()
    trained = dict(dataset('train', (1, 2), 'RegDB').metainfo, split_number=3)
    hook.after_load_checkpoint(None, dict(meta=dict(dataset_meta=trained)))
    same, other = evaluated('test', (3, 4), 'RegDB'), evaluated('test', (3, 4), 'RegDB')
    same.test_dataloader.dataset.metainfo['split_number'] = 3
    other.test_dataloader.dataset.metainfo['split_number'] = 1
    hook.before_test(same)
    with pytest.raises(ValueError, match='trained on split number 3 of RegDB, .* of split number 1.*--split-number 3'):
        hook.before_test(other)


def test_an_unknown_training_refuses_nothing():
    hook = IdentityLeakHook()
    hook.after_load_checkpoint(None, dict(state_dict={}))
    hook.before_test(evaluated('test', (1, 2)))


@pytest.fixture
def network() -> torch.nn.Module:
    return torch.nn.ModuleDict(
        dict(backbone=torch.nn.Linear(2, 3), heads=torch.nn.ModuleDict(dict(identity=torch.nn.Linear(3, 4))))
    )


def fit(network: torch.nn.Module, state: dict, resume: bool = False, training: bool = False) -> None:
    loop = BaseLoop.__new__(EpochBasedTrainLoop) if training else dict(type='EpochBasedTrainLoop')
    loading = SimpleNamespace(model=network, _resume=resume, _train_loop=loop)
    CheckpointFitHook().after_load_checkpoint(loading, dict(state_dict=state))


def test_a_checkpoint_that_fits_is_loaded(network):
    fit(network, network.state_dict(), resume=True)
    fit(network, {f'module.{name}': tensor for name, tensor in network.state_dict().items()})


@pytest.mark.parametrize(
    ('change', 'problem'),
    [
        (lambda state: state.pop('backbone.bias'), r"1 missing \(first: \['backbone.bias'\]\)"),
        (lambda state: state.update({'neck.w': torch.ones(1)}), '1 unexpected'),
        (lambda state: state.update({'backbone.weight': torch.ones(5, 2)}), '1 of another shape'),
    ],
)
def test_the_checkpoint_of_another_network_is_refused(network, change, problem):
    state = dict(network.state_dict())
    change(state)
    with pytest.raises(ValueError, match=problem):
        fit(network, state)


def test_heads_may_differ_unless_training_is_resumed(network):
    state = {**network.state_dict(), 'heads.identity.weight': torch.ones(9, 3)}
    fit(network, state)
    with pytest.raises(ValueError, match='heads.identity.weight'):
        fit(network, state, resume=True)


class DescribingHead(torch.nn.Linear):
    def describe(self, features, targets):
        return {}


@pytest.mark.parametrize('change', [lambda state, name: state.pop(name), lambda state, name: state.update({name: ONE})])
def test_heads_that_describe_images_may_differ_in_training_only(change):
    network = torch.nn.Module()
    network.heads = torch.nn.ModuleDict(dict(identity=torch.nn.Linear(2, 3), contrast=DescribingHead(2, 3)))
    state = dict(network.state_dict())
    change(state, 'heads.identity.weight')
    fit(network, state)
    change(state, 'heads.contrast.weight')
    fit(network, state, training=True)
    with pytest.raises(ValueError, match='heads.contrast.weight'):
        fit(network, state)
