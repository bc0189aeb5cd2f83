"""Checkpoints that run code, are damaged, or come from mmengine's different sources."""

import argparse
import hashlib
import io
import os
import pickle
import re
import time
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer
from mmengine.model import BaseModel
from mmengine.runner import CheckpointLoader, Runner
from mmengine.runner import checkpoint as mmengine_checkpoint
from mmengine.runner.checkpoint import load_checkpoint as load_into_model

from mmvireid.models.backbones import load_pretrained
from mmvireid.utils.checkpoint_guard import guard_mmengine
from mmvireid.utils.checkpoints import check_checkpoint, load_checkpoint, trust_checkpoint, trusting_all

URL = 'https://example.org/some/weights.pth'


class Planted:
    """A pickle that makes a folder when it is loaded."""

    def __init__(self, victim: Path) -> None:
        self.victim = str(victim)

    def __reduce__(self):
        return os.mkdir, (self.victim,)


@pytest.fixture
def victim(tmp_path) -> Path:
    return tmp_path / 'the_code_ran'


@pytest.fixture
def planted(tmp_path, victim) -> str:
    """Save a checkpoint whose weights are in order, beside code."""
    file = tmp_path / 'planted.pth'
    torch.save(dict(state_dict=torch.nn.Linear(2, 2).state_dict(), meta=dict(note=Planted(victim))), file)
    return str(file)


@pytest.fixture(autouse=True)
def forget_trust(monkeypatch):
    monkeypatch.setattr('mmvireid.utils.checkpoints._trusted', [])


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """Return torch's folder of downloads, with a server that serves no file."""
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'torch'))
    folder = tmp_path / 'torch' / 'hub' / 'checkpoints'
    folder.mkdir(parents=True)
    return folder


class Model(BaseModel):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)

    def forward(self, inputs, mode):
        return dict(loss=self.layer(inputs).square().mean())


class Notes(Hook):
    """Put what hooks and data sets of users put into a checkpoint."""

    def before_save_checkpoint(self, runner, checkpoint):
        checkpoint['message_hub']['runtime_info']['best'] = np.float64(0.5)
        checkpoint['notes'] = dict(
            counts=np.arange(3), flags=np.array([True]), names=np.array(['a']), half=np.float16(1), pids={1, 2}
        )


def test_a_checkpoint_of_the_runner_loads_whole(tmp_path):
    runner = Runner(
        Model(),
        work_dir=str(tmp_path),
        train_dataloader=dict(dataset=[torch.ones(2)] * 3, sampler=dict(type='DefaultSampler', shuffle=False)),
        train_cfg=dict(by_epoch=True, max_epochs=1),
        optim_wrapper=dict(optimizer=dict(type='AdamW', lr=0.1)),
        param_scheduler=[dict(type='LinearLR'), dict(type='CosineAnnealingLR', T_max=3)],
        custom_hooks=[Notes(), dict(type='EMAHook')],
        default_scope='mmengine',
        experiment_name='runner',
    )
    runner.train()
    file = tmp_path / 'epoch_1.pth'
    loaded, expected = load_checkpoint(file), torch.load(file, weights_only=False)
    assert loaded.keys() >= {'meta', 'state_dict', 'message_hub', 'optimizer', 'param_schedulers', 'ema_state_dict'}
    histories = [each['message_hub']['log_scalars'].pop('train/loss') for each in (loaded, expected)]
    assert np.array_equal(histories[0].data[0], histories[1].data[0]) and histories[0].mean() == histories[1].mean()
    for each in (loaded, expected):
        each['message_hub'].pop('log_scalars')
    assert pickle.dumps(torch.utils._pytree.tree_map(plain, loaded)) == pickle.dumps(
        torch.utils._pytree.tree_map(plain, expected)
    )


def plain(leaf: object) -> object:
    return repr(leaf)


def test_names_of_numpy_1_load(tmp_path):
    """Replace numpy's names in a file by the names that numpy 1 saves."""
    content = dict(history=HistoryBuffer([1.0, 2.0], [1, 1]), best=np.float64(3))
    file = saved(tmp_path, content, _use_new_zipfile_serialization=False)
    file.write_bytes(file.read_bytes().replace(b'numpy._core.multiarray', b'numpy.core.multiarray'))
    loaded = load_checkpoint(file)
    assert loaded['history'].mean() == 1.5 and loaded['best'] == 3


def test_planted_code_does_not_run_from_any_source(planted, victim, cache, monkeypatch):
    content = Path(planted).read_bytes()
    (cache / 'weights.pth').write_bytes(content)
    monkeypatch.setattr(mmengine_checkpoint, 'get_torchvision_models', lambda: dict(net=URL))
    monkeypatch.setattr(mmengine_checkpoint, 'get_external_models', lambda: dict(net=URL, file=planted))
    monkeypatch.setattr(mmengine_checkpoint, 'get_mmcls_models', lambda: dict(net=URL))

    class Backend:
        def get(self, path):
            return content

    monkeypatch.setattr(mmengine_checkpoint, 'get_file_backend', lambda *args, **kwargs: Backend())
    sources = [planted, URL, 'torchvision://net', 'modelzoo://net', 'open-mmlab://net', 'open-mmlab://file']
    for source in [*sources, 'mmcls://net', 's3://bucket/net.pth']:
        with pytest.raises(ValueError, match=r"holds 'posix.mkdir', which may run code: the file was not loaded"):
            CheckpointLoader.load_checkpoint(source)
    with pytest.raises(ValueError, match='planted.pth.*--trust-checkpoint .*trust_pretrained=True'):
        load_pretrained(torch.nn.Linear(2, 2), planted)
    with pytest.raises(ValueError, match='may run code'):
        load_into_model(torch.nn.Linear(2, 2), planted)
    assert not victim.exists()
    assert {*CheckpointLoader._schemes} == {
        *('', 'http://', 'https://', 'pavi://', 'modelzoo://', 'torchvision://', 'open-mmlab://', 'openmmlab://'),
        *('mmcls://', r'(\S+\:)?s3://', r'(\S+\:)?petrel://'),
    }, 'mmengine has a new source: add it above'


def test_trust_covers_what_was_named(planted, victim, tmp_path, cache):
    trust_checkpoint(tmp_path / 'other.pth')
    with pytest.raises(ValueError, match='may run code'):
        load_checkpoint(planted)
    trust_checkpoint(os.path.relpath(planted))
    assert load_checkpoint(planted).keys() == {'state_dict', 'meta'} and victim.is_dir()
    victim.rmdir()

    (tmp_path / 'runs').mkdir()
    torch.save(Planted(victim), tmp_path / 'runs' / 'epoch_1.pth')
    trust_checkpoint(tmp_path / 'runs')
    load_checkpoint(tmp_path / 'runs' / 'epoch_1.pth')
    victim.rmdir()

    (cache / 'weights.pth').write_bytes(Path(planted).read_bytes())
    trust_checkpoint(URL)
    CheckpointLoader.load_checkpoint(URL)
    assert victim.is_dir()


def test_trusted_pretrained_weights(planted, victim):
    network = torch.nn.Linear(2, 2)
    load_pretrained(network, planted, trust=True)
    assert victim.is_dir()
    with pytest.raises(ValueError, match='may run code'):
        load_checkpoint(planted)


class Attribute:
    """Pickle as ``getattr(owner, name)``."""

    def __init__(self, owner: object, name: str) -> None:
        self.owner, self.name = owner, name

    def __reduce__(self):
        return getattr, (self.owner, self.name)


def test_getattr_gives_statistics_of_a_history_only(tmp_path):
    assert load_checkpoint(saved(tmp_path, Attribute(HistoryBuffer, 'mean'))) is HistoryBuffer.mean
    for owner, name in ((HistoryBuffer, '__init__'), (np.ndarray, 'tofile'), (OrderedDict, 'update')):
        with pytest.raises(ValueError, match="holds 'getattr', which may run code"):
            load_checkpoint(saved(tmp_path, Attribute(owner, name)))


def test_python_text_that_a_resume_would_run_is_dropped(tmp_path):
    checkpoint = load_checkpoint(saved(tmp_path, dict(meta=dict(config='import os', epoch=3), state_dict={})))
    assert checkpoint == dict(meta=dict(epoch=3), state_dict={})


def test_other_objects_are_named(tmp_path):
    with pytest.raises(ValueError, match="saved.pth' holds 'argparse.Namespace', which may run code"):
        load_checkpoint(saved(tmp_path, dict(args=argparse.Namespace(lr=1))))
    with pytest.raises(ValueError, match="saved.pth' holds 'eval'"):
        load_checkpoint(saved(tmp_path, dict(function=eval)))


def saved(folder: Path, content: object, **options) -> Path:
    torch.save(content, folder / 'saved.pth', **options)
    return folder / 'saved.pth'


def test_every_flipped_byte_is_refused_or_harmless(tmp_path):
    """Flip one bit of every byte of a checkpoint. No flip may change what is loaded."""
    file = saved(tmp_path, dict(state_dict=dict(weight=torch.arange(5.0)), meta=dict(epoch=1)))
    content, refused = file.read_bytes(), 0
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1
        try:
            loaded = load_checkpoint(io.BytesIO(damaged))
        except ValueError as error:
            assert re.search('is damaged|cannot be read|is not a file of torch.save', str(error)), str(error)
            refused += 1
        else:
            assert loaded['meta'] == dict(epoch=1) and torch.equal(loaded['state_dict']['weight'], torch.arange(5.0))
    assert refused > len(content) / 3


def test_a_flipped_weight_names_the_file_and_the_remedy(tmp_path):
    file = saved(tmp_path, dict(state_dict=dict(weight=torch.ones(10_000))))
    content = bytearray(file.read_bytes())
    content[20_000] ^= 0x40
    file.write_bytes(content)
    for load in (load_checkpoint, check_checkpoint, lambda path: CheckpointLoader.load_checkpoint(str(path))):
        with pytest.raises(ValueError, match=r"saved.pth' is damaged \(wrong checksum of 'saved/data/0'\)\. Copy"):
            load(file)
    with trusting_all(), pytest.raises(ValueError, match='is damaged'):
        load_checkpoint(file)


@pytest.mark.parametrize('trust', [False, True])
@pytest.mark.parametrize(
    'content, message',
    [
        (b'', r'is empty\. Use another checkpoint, or copy or download'),
        (b'<html>404</html>', r"is not a file of torch.save \(its first bytes are b'<html>40'\)\. Use a \.pth file"),
        (pickle.dumps([1]), 'is not a file of torch.save'),
        (b'PK\x03\x04 and more', r'is damaged \(its end is missing\)\. Copy or download the file again'),
    ],
)
def test_files_of_other_kinds(tmp_path, content, message, trust):
    file = tmp_path / 'file.pth'
    file.write_bytes(content)
    with trusting_all(trust), pytest.raises(ValueError, match=message) as caught:
        load_checkpoint(file)
    assert str(file) in str(caught.value) and '\n' not in str(caught.value)


@pytest.mark.parametrize('old_format', [False, True])
def test_truncated_files(tmp_path, old_format):
    state = dict(state_dict=dict(weight=torch.ones(2000)))
    file = saved(tmp_path, state, _use_new_zipfile_serialization=not old_format)
    whole = file.read_bytes()
    for size in (len(whole) - 1, len(whole) // 2, 20):
        file.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="saved.pth' .*Copy or download the file again"):
            load_checkpoint(file)


def test_old_files_load_safely_and_say_that_they_have_no_checksums(tmp_path, victim, monkeypatch):
    lines = []
    monkeypatch.setattr('mmvireid.utils.checkpoints.print_log', lambda line, **kwargs: lines.append(line))
    options = dict(_use_new_zipfile_serialization=False)
    file = saved(tmp_path, dict(weight=torch.ones(3)), **options)
    assert torch.equal(load_checkpoint(file)['weight'], torch.ones(3))
    assert "saved.pth' has the format from before torch 1.6, which has no checksums" in lines.pop()
    with pytest.raises(ValueError, match="holds 'posix.mkdir'"):
        load_checkpoint(saved(tmp_path, Planted(victim), **options))
    assert not victim.exists()


def test_an_old_file_with_its_hash_in_its_name_is_checked(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr('mmvireid.utils.checkpoints.print_log', lambda line, **kwargs: lines.append(line))
    content = saved(tmp_path, dict(weight=torch.ones(3)), _use_new_zipfile_serialization=False).read_bytes()
    file = tmp_path / f'net-{hashlib.sha256(content).hexdigest()[:8]}.pth'
    file.write_bytes(content)
    load_checkpoint(file)
    assert lines == []
    file.write_bytes(content[:-1] + b'A')
    load_checkpoint(file)
    assert 'damage cannot be detected' in lines[0]


def test_a_damaged_download_is_named(cache, monkeypatch):
    (cache / 'weights.pth').write_bytes(b'<html>not here</html>')
    with pytest.raises(ValueError, match=f"'{cache}/weights.pth' is not a file of torch.save"):
        CheckpointLoader.load_checkpoint(URL)

    def download(url, file, hash_prefix, progress):
        assert (url, hash_prefix) == ('https://download.pytorch.org/models/net-0676ba61.pth', '0676ba61')
        raise RuntimeError('invalid hash value (expected "0676ba61", got "12")')

    monkeypatch.setattr(torch.hub, 'download_url_to_file', download)
    with pytest.raises(ValueError, match='The download of .*net-0676ba61.pth. is damaged .invalid hash'):
        CheckpointLoader.load_checkpoint('https://download.pytorch.org/models/net-0676ba61.pth')


def test_checksums_cost_little(tmp_path):
    file = saved(tmp_path, dict(weight=torch.rand(2_000_000)))
    start = time.perf_counter()
    check_checkpoint(file)
    assert time.perf_counter() - start < 1


def test_another_mmengine_is_an_error(monkeypatch):
    monkeypatch.delattr(mmengine_checkpoint, 'load_url')
    with pytest.raises(ImportError, match='mmengine.runner.checkpoint has no load_url, so mmvireid cannot load'):
        guard_mmengine()
