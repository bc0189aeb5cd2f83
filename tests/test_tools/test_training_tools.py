"""Training and testing with the tools: one and two processes, killed and resumed runs, and early errors."""

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mmvireid.evaluation import load_result, result_table

CONFIG = Path(__file__).parents[2] / 'configs' / 'df2am' / 'df2am_r18_synthetic.py'


def losses(work_dir: Path) -> list[float]:
    """Return the losses of every run in a work dir, in order."""
    lines = [line for path in sorted(work_dir.glob('2*/vis_data/2*.json')) for line in path.read_text().splitlines()]
    return [record['loss'] for record in map(json.loads, lines) if 'loss' in record]


def test_train_writes_a_checkpoint_and_a_log(trained):
    checkpoint = torch.load(trained / 'epoch_1.pth', weights_only=False)
    assert checkpoint['meta']['dataset_meta']['split'] == 'trainval'
    assert len(losses(trained)) == checkpoint['meta']['iter'] > 5


def test_two_processes_train_and_test_like_one(
    trained, tmp_path, options, tiny_root, run, start, read_only_folder, monkeypatch
):
    monkeypatch.delenv('PORT', raising=False)
    config = CONFIG.with_name('df2am_r18_val_synthetic.py')
    num_ids = len((tiny_root / 'exp' / 'train_id.txt').read_text().split(','))
    num_classes = f'model.heads.identity.num_classes={num_ids}'
    run('dist_train.sh', config, 2, '--work-dir', tmp_path, *options, num_classes)
    assert 0 < len(losses(tmp_path)) < len(losses(trained))
    (checkpoint,) = tmp_path.glob('best_*_mAP_epoch_1.pth')
    options = [*options, num_classes]
    one, two = tmp_path / 'one.json', tmp_path / 'two.json'
    run('test.py', CONFIG, checkpoint, '--work-dir', tmp_path, '--out', one, *options)
    # Two jobs at once, with the same work dir.
    jobs = [
        start('dist_test.sh', CONFIG, *words, '--work-dir', tmp_path, *options, 'test_dataloader.batch_size=7')
        for words in [(checkpoint, 2, '--out', two), ('none', 2)]
    ]
    for job in jobs:
        out, _ = job.communicate(timeout=300)
        assert job.returncode == 0, out[-4000:]
    assert list(tmp_path.glob('.collect_*')) == []
    assert [path.name for path in read_only_folder.iterdir()] == ['.dist_test']
    results = [load_result(file) for file in (one, two)]
    # Another batch size changes the last bits of the features. Only the means of distances show this.
    means = [
        [scores['breakdown'].pop('distances')['positive_mean'] for scores in result['settings'].values()]
        for result in results
    ]
    assert results[0] == results[1] and means[0] == pytest.approx(means[1], abs=1e-5)
    assert result_table({'': results[0]}) == result_table({'': results[1]})


def wait_for(condition: Callable[[], bool], process: subprocess.Popen) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.stdout.read()[-4000:]
        assert time.monotonic() < end, 'nothing happened in two minutes'
        time.sleep(0.05)


def test_a_run_killed_in_mid_epoch_resumes_with_the_same_losses(trained, tmp_path, options, start, run):
    checkpoints = ['default_hooks.checkpoint.by_epoch=False', 'default_hooks.checkpoint.interval=2']
    command = ['train.py', CONFIG, '--work-dir', tmp_path, *options, *checkpoints]
    process = start(*command)
    wait_for(lambda: (tmp_path / 'iter_4.pth').exists() and len(losses(tmp_path)) >= 5, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = losses(tmp_path)
    whole = losses(trained)
    assert before == whole[: len(before)]
    assert len(before) < len(whole)

    last = Path((tmp_path / 'last_checkpoint').read_text())
    done = int(last.stem.split('_')[1])
    run('train.py', CONFIG, '--work-dir', tmp_path, '--resume', *options, *checkpoints)
    assert losses(tmp_path)[len(before) :] == whole[done:]


@pytest.fixture
def train_here(tmp_path, options, call) -> Callable[..., None]:
    """Return a function that runs tools/train.py, for runs that end in an error before training."""

    def train(*words: object, config: Path = CONFIG) -> None:
        call('train.py', config, '--work-dir', tmp_path / 'work', *options, *words)

    return train


@pytest.mark.parametrize(
    ('setting', 'message'),
    [
        ('model.heads.identity.num_classes=395', 'model.heads.identity: num_classes=395, but the training data have'),
        ('train_dataloader.batch_size=9', 'train_dataloader.batch_size=9'),
        ('train_dataloader.sampler.num_ids=500', 'num_ids=500 distinct identities'),
        ('train_dataloader.dataset.data_root=nowhere', r"No folder 'nowhere' \(train_dataloader.*make_synthetic.py"),
        ('model.backbone.pretrained=absent.pth', "weights 'absent.pth' do not exist"),
        ('optim_wrapper.optimizer.type=Addam', r"no optimizer of the type 'Addam'. Did you mean 'Adam'\?"),
        ('optim_wrapper.optimizer.lrr=1', r"AdamW has no option 'lrr'. Did you mean 'lr'\?"),
        ('optim_wraper.type=OptimWrapper', r"key 'optim_wraper'. Did you mean 'optim_wrapper'\?"),
        ('model.heads.identiy.num_classes=16', r"model.heads has no 'identiy'. Did you mean 'identity'\?"),
        ('model.neck.in_channels=32', 'model.neck.bn: .* Check that the sizes in the config fit together'),
        ('train_cfg.val_interval=2', 'train_cfg.val_interval=2 needs a validation: add val_dataloader'),
        ('default_hooks.checkpoint.save_best=mAP', "save_best='mAP' needs a validation: add val_dataloader"),
    ],
)
def test_a_wrong_setting_ends_the_run_before_training_and_leaves_nothing(train_here, tmp_path, setting, message):
    with pytest.raises(SystemExit, match=f'^error: [^\n]*{message}[^\n]*$'):
        train_here(setting)
    assert not (tmp_path / 'work').exists()


def test_save_best_must_be_a_score_of_the_validation(train_here, tiny_root):
    num_ids = len((tiny_root / 'exp' / 'train_id.txt').read_text().split(','))
    with pytest.raises(SystemExit, match="save_best='mAP' is not a score .* all-search/single-shot/mAP, all-search"):
        train_here(
            *('default_hooks.checkpoint.save_best=mAP', f'model.heads.identity.num_classes={num_ids}'),
            config=CONFIG.with_name('df2am_r18_val_synthetic.py'),
        )


def test_a_failed_start_keeps_what_was_in_the_work_dir(train_here, tmp_path):
    (tmp_path / 'work').mkdir()
    (tmp_path / 'work' / 'epoch_80.pth').write_bytes(b'weights')
    with pytest.raises(SystemExit, match='Invalid learning rate'):
        train_here('optim_wrapper.optimizer.lr=-1')
    assert (tmp_path / 'work' / 'epoch_80.pth').read_bytes() == b'weights'


def test_the_screen_shows_what_a_user_needs_and_the_log_shows_all(trained):
    screen = [line for line in (trained / 'screen.txt').read_text().splitlines() if 'Epoch(train)' not in line]
    text = '\n'.join(screen)
    assert len(screen) <= 12, text
    for part in ('16 identities, 149 visible', 'Model: CrossModalityReID', 'M parameters', 'Schedule: 1 epochs of'):
        assert part in text
    assert 'AdamW with lr 0.001, on cpu' in text and 'eta: ' in (trained / 'screen.txt').read_text()
    (log,) = trained.glob('2*/2*.log')
    assert f'Log: {log}' in text
    for part in ('Config:\n', 'Hooks will be executed', 'System environment', 'UserWarning'):
        assert part not in text and part in log.read_text()


def test_training_identities_must_not_be_validation_identities(train_here):
    with pytest.raises(SystemExit, match="identities of the split 'train' were trained on"):
        train_here(
            'val_dataloader.dataset.split=train',
            'train_dataloader.dataset.split=trainval',
            config=CONFIG.with_name('df2am_r18_val_synthetic.py'),
        )


def test_training_identities_must_not_be_test_identities(train_here, tmp_path):
    with pytest.raises(SystemExit, match="identities of the split 'trainval' were trained on"):
        train_here('test_dataloader.dataset.split=trainval')
    assert losses(tmp_path / 'work') == []


def test_a_renamed_folder_does_not_hide_training_identities(call, trained, tmp_path, options, tiny_root):
    renamed = tmp_path / 'renamed'
    shutil.copytree(tiny_root, renamed)
    (renamed / 'exp' / 'synthetic.json').unlink()  # the name of the data set changes too
    shutil.copy(tiny_root / 'exp' / 'train_id.txt', renamed / 'exp' / 'test_id.txt')
    data = (*options, f'test_dataloader.dataset.data_root={renamed}')
    with pytest.raises(SystemExit, match=r"were trained on .* \('SYSU-MM01' holds the same images\)"):
        call('test.py', CONFIG, trained / 'epoch_1.pth', '--work-dir', tmp_path, *data)


def test_an_error_names_a_corrupt_image(tmp_path, options, tiny_root, train_here):
    broken = tmp_path / 'broken'
    shutil.copytree(tiny_root, broken)
    victims = sorted(broken.glob('cam*/0*/0001.jpg'))
    for victim in victims:
        victim.write_bytes(victim.read_bytes()[:100])
    with pytest.raises(SystemExit, match=rf"^error: Image '{broken}/cam\d/\d+/0001.jpg' is truncated[^\n]*$"):
        train_here(f'train_dataloader.dataset.data_root={broken}', 'train_dataloader.num_workers=1')


def test_a_checkpoint_of_another_model_is_not_tested(call, trained, tmp_path, tiny_root):
    with pytest.raises(SystemExit, match='does not fit the config.*of another shape'):
        call('test.py', CONFIG, trained / 'epoch_1.pth', '--work-dir', tmp_path, '--data-root', tiny_root)


def test_a_missing_checkpoint_is_an_error(call):
    with pytest.raises(SystemExit, match="error: No checkpoint 'absent.pth'"):
        call('test.py', CONFIG, 'absent.pth')
