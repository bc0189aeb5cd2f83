"""Leaks between training and evaluation, found in real trees of images."""

import io
import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch

from mmvireid.datasets import CSVDataset, FolderDataset
from mmvireid.engine import IdentityLeakHook
from mmvireid.utils.image_digests import digest_file, digest_files


def write_tree(root: Path, seed: int = 0, splits: dict[str, tuple[int, ...]] | None = None) -> Path:
    """Write random images of identities 1 and 2 for training, and of 3 and 4 for testing."""
    generator = np.random.default_rng(seed)
    for split, pids in (splits or dict(train=(1, 2), test=(3, 4))).items():
        for pid in pids:
            for folder in ('visible/cam1', 'infrared/cam3'):
                path = root / split / folder / f'{pid:04d}' / 'a.png'
                path.parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(path), generator.integers(0, 256, (8, 4, 3), np.uint8))
    return root


def loader(dataset) -> SimpleNamespace:
    return SimpleNamespace(dataset=dataset)


def start_training(train, test=None, val=None, hook: IdentityLeakHook | None = None) -> IdentityLeakHook:
    hook = hook or IdentityLeakHook()
    runner = SimpleNamespace(train_dataloader=loader(train), _test_dataloader=test and dict(dataset=test))
    runner._val_dataloader = val and dict(dataset=val)
    hook.before_train(runner)
    return hook


def save(hook: IdentityLeakHook, train) -> dict:
    checkpoint = dict(meta=dict(dataset_meta=train.metainfo))
    hook.before_save_checkpoint(None, checkpoint)
    return checkpoint


def load_and_test(checkpoint: dict, dataset) -> None:
    file = io.BytesIO()
    torch.save(checkpoint, file)
    file.seek(0)
    hook = IdentityLeakHook()
    hook.after_load_checkpoint(None, torch.load(file, weights_only=True))
    hook.before_test(SimpleNamespace(test_dataloader=loader(dataset)))


@pytest.fixture
def root(tmp_path) -> Path:
    return write_tree(tmp_path / 'gate')


def folder_config(root: Path, split: str) -> dict:
    return dict(type='FolderDataset', data_root=str(root), split=split)


def test_disjoint_splits_pass_at_the_start_and_at_the_test(root):
    train = FolderDataset(str(root), 'train')
    hook = start_training(train, test=folder_config(root, 'test'))
    load_and_test(save(hook, train), FolderDataset(str(root), 'test'))


@pytest.mark.parametrize('name', ['test', 'val'])
def test_a_leak_between_the_splits_ends_the_run_at_its_start(root, name):
    shutil.copytree(root / 'train/visible/cam1/0002', root / 'test/visible/cam2/0002')
    (image,) = (root / 'test/visible/cam2/0002').iterdir()
    cv2.imwrite(str(image), np.zeros((8, 4, 3), np.uint8))  # another image of identity 2
    with pytest.raises(ValueError, match=r"1 identities of the split 'test' were trained on .* \(first pids: \[2\]\)"):
        start_training(FolderDataset(str(root), 'train'), **{name: folder_config(root, 'test')})


def rename_and_split_again(root: Path) -> Path:
    """Copy all images to a folder of another name, where identity 2 is in the test split too, with another image."""
    renamed = root.with_name('renamed')
    shutil.copytree(root, renamed)
    write_tree(renamed, seed=5, splits=dict(test=(2,)))
    return renamed


def test_a_renamed_folder_with_the_same_images_is_refused(root):
    renamed = rename_and_split_again(root)
    train, message = (
        FolderDataset(str(root), 'train'),
        r"of gate \('renamed' holds the same images\) \(first pids: \[2\]",
    )
    with pytest.raises(ValueError, match=message):
        start_training(train, test=folder_config(renamed, 'test'))
    checkpoint = save(start_training(train), train)
    with pytest.raises(ValueError, match=message):
        load_and_test(checkpoint, FolderDataset(str(renamed), 'test'))


def test_another_data_set_in_a_folder_of_the_same_name_is_accepted(root, tmp_path):
    other = write_tree(tmp_path / 'elsewhere' / 'gate', seed=1, splits=dict(test=(1, 2)))
    train = FolderDataset(str(root), 'train')
    hook = start_training(train, test=folder_config(other, 'test'))
    load_and_test(save(hook, train), FolderDataset(str(other), 'test'))


def test_one_image_copied_under_another_identity_is_refused(root):
    original = root / 'train/infrared/cam3/0001/a.png'
    copy = root / 'test/infrared/cam3/0004/copy.png'
    shutil.copy(original, copy)
    train = FolderDataset(str(root), 'train')
    with pytest.raises(ValueError, match=rf"1 images of the split 'test' .*'{copy}', the same .* as '{original}'\)"):
        start_training(train, test=folder_config(root, 'test'))
    checkpoint = save(start_training(train), train)
    with pytest.raises(ValueError, match=rf"1 images of the split 'test' are also .* \(first: '{copy}'\): remove"):
        load_and_test(checkpoint, FolderDataset(str(root), 'test'))


def test_one_csv_file_whose_splits_share_an_identity_is_refused(root):
    lines = ['path,identity,camera,modality,split']
    for image in sorted(root.glob('*/*/*/*/a.png')):
        split, modality, camera, pid = image.relative_to(root).parts[:4]
        pid = '2' if pid == '0004' else pid
        lines.append(f'{image.relative_to(root)},{pid},{camera[3:]},{modality},{split}')
    (root / 'annotations.csv').write_text('\n'.join(lines))
    with pytest.raises(
        ValueError, match=r"'test' were trained on as part of the split 'train' of gate \(first pids: \[2"
    ):
        start_training(CSVDataset(str(root), 'train'), test=dict(type='CSVDataset', data_root=str(root), split='test'))


def test_the_data_of_an_earlier_training_count_too(root, tmp_path):
    first = FolderDataset(str(root), 'train')
    hook = IdentityLeakHook()
    hook.after_load_checkpoint(None, save(start_training(first), first))
    second = FolderDataset(str(write_tree(tmp_path / 'yard', seed=2)), 'train')
    with pytest.raises(ValueError, match="identities of the split 'train' were trained on .* of gate"):
        start_training(second, test=folder_config(root, 'train'), hook=hook)
    hook = IdentityLeakHook()
    hook.after_load_checkpoint(None, save(start_training(first), first))
    checkpoint = save(start_training(second, hook=hook), second)
    load_and_test(checkpoint, FolderDataset(str(root), 'test'))
    with pytest.raises(ValueError, match="identities of the split 'train' were trained on .* of gate"):
        load_and_test(checkpoint, FolderDataset(str(root), 'train'))


def test_a_checkpoint_without_digests_is_compared_by_the_name_of_the_folder(root, tmp_path):
    old = dict(meta=dict(dataset_meta=FolderDataset(str(root), 'train').metainfo))
    other = write_tree(tmp_path / 'elsewhere' / 'gate', seed=1, splits=dict(test=(1, 2)))
    with pytest.raises(ValueError, match="2 identities of the split 'test' were trained on"):
        load_and_test(old, FolderDataset(str(other), 'test'))
    load_and_test(old, FolderDataset(str(other.rename(tmp_path / 'yard')), 'test'))


def test_a_loaded_checkpoint_shows_mmengine_the_metainfo_alone(root):
    train = FolderDataset(str(root), 'train')
    checkpoint = save(start_training(train), train)
    assert len(checkpoint['meta']['dataset_meta']['images']['digests']) == 8 * len(train)
    IdentityLeakHook().after_load_checkpoint(None, checkpoint)
    assert checkpoint['meta']['dataset_meta'] == train.metainfo


def test_test_data_that_do_not_load_are_a_warning(root, monkeypatch):
    lines = []
    monkeypatch.setattr('mmvireid.engine.hooks.identity_leak_hook.print_log', lambda line, **_: lines.append(line))
    start_training(FolderDataset(str(root), 'train'), test=folder_config(root, 'absent'))
    assert (
        len(lines) == 1 and 'not compared with test_dataloader.dataset' in lines[0] and "no split 'absent'" in lines[0]
    )


def test_empty_files_are_no_copies_of_each_other(root, monkeypatch):
    lines = []
    monkeypatch.setattr('mmvireid.datasets.split_record.print_log', lambda line, **_: lines.append(line))
    for name in ('train/visible/cam1/0001', 'test/visible/cam1/0003'):
        (root / name / 'b.png').touch()
    start_training(FolderDataset(str(root), 'train'), test=folder_config(root, 'test'))
    assert [line[:45] for line in lines] == 2 * ['1 of 5 images are empty or unreadable, so tha']


def test_digests_see_every_part_of_a_small_file_and_three_parts_of_a_large_one(tmp_path):
    file = tmp_path / 'a.png'
    for size, places in ((60_000, (0, 30_000, 59_999)), (200_000, (0, 100_000, 199_999))):
        content = bytearray(size)
        found = set()
        for place in (None, *places):
            if place is not None:
                content[place] = 1
            file.write_bytes(content)
            found.add(digest_file(file))
        file.write_bytes(bytes(content) + b'\0')
        assert len(found | {digest_file(file)}) == 5


def test_thirty_thousand_images_take_a_few_seconds(tmp_path):
    contents = [np.random.default_rng(seed).bytes(6000) for seed in range(100)]
    for number, content in enumerate(contents):
        (tmp_path / f'{number}.jpg').write_bytes(content)
    paths = 300 * [tmp_path / f'{number}.jpg' for number in range(100)]
    start = time.perf_counter()
    digests = digest_files(paths)
    assert time.perf_counter() - start < 10
    assert len(digests) == 30_000 and len(set(digests)) == 100
