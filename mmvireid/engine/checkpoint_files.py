"""Which checkpoint files can a training go on from?"""

from pathlib import Path

from mmvireid.utils.checkpoints import check_checkpoint, load_checkpoint

from .training_stopped import TrainingStopped

POINTER = 'last_checkpoint'  # the name is mmengine's


def find_resume_problem(file: str | Path) -> str | None:
    """Say why training cannot go on from a checkpoint file.

    The function reads the whole file, because a truncated file looks whole from its first bytes.

    Args:
        file: The checkpoint file.

    Returns:
        The problem; None if training can go on from the file.

    Example:
        >>> import torch
        >>> from mmvireid.engine import find_resume_problem
        >>> torch.save(dict(meta={}, state_dict={}, message_hub={}), 'best.pth')
        >>> find_resume_problem('best.pth')
        'it has no optimizer state'
        >>> Path('half.pth').write_bytes(Path('best.pth').read_bytes()[:200])
        200
        >>> find_resume_problem('half.pth')
        'it is truncated or damaged'
        >>> find_resume_problem('absent.pth')
        'it does not exist'
    """
    if not Path(file).is_file():
        return 'it does not exist'
    try:
        check_checkpoint(file)
    except ValueError:
        return 'it is truncated or damaged'
    try:
        checkpoint = load_checkpoint(file, map_location='cpu')
    except ValueError as error:  # the file may run code
        return f'it {str(error).removeprefix(f"{str(file)!r} ").rstrip(".")}'
    if 'optimizer' not in checkpoint:
        return 'it has no optimizer state'
    missing = sorted({'meta', 'state_dict', 'message_hub'} - checkpoint.keys())
    return f'it has no {missing[0]}' if missing else None


def find_resumable(folder: str | Path) -> tuple[Path | None, str]:
    """Find the checkpoint that a training in a folder goes on from.

    This is the checkpoint that ``last_checkpoint`` names. If training cannot go on from it, this is the newest
    checkpoint of the folder that is whole.

    Args:
        folder: A work dir.

    Returns:
        The checkpoint, or None if the folder has no checkpoint at all; and one sentence about an unexpected choice,
        or an empty text.

    Raises:
        TrainingStopped: The folder has checkpoints, but training can go on from none of them.

    Example:
        >>> import torch
        >>> from mmvireid.engine import find_resumable
        >>> torch.save(dict(meta={}, state_dict={}, message_hub={}, optimizer={}), 'epoch_1.pth')
        >>> find_resumable('.')
        (PosixPath('epoch_1.pth'), "'last_checkpoint' is missing or empty.")
        >>> find_resumable('empty')
        (None, '')
    """
    pointer = Path(folder) / POINTER
    files = sorted(Path(folder).glob('*.pth'), key=lambda file: (file.stat().st_mtime_ns, file.name), reverse=True)
    named = _named_checkpoint(pointer)
    if named is None and not files:
        return None, ''
    problem = None if named is None else find_resume_problem(named)
    if named is not None and problem is None:
        # A process that died between the two renames leaves a checkpoint that last_checkpoint does not name yet.
        for file in files:
            if file.stat().st_mtime_ns <= pointer.stat().st_mtime_ns:
                break
            if find_resume_problem(file) is None and _iterations(file) > _iterations(named):
                return file, f"'{pointer}' still names the older '{named.name}'."
        return named, ''
    reason = f"'{pointer}' is missing or empty." if named is None else f"'{named}' is unusable: {problem}."
    for file in files:
        if find_resume_problem(file) is None:
            return file, reason
    overwritten = f'; that overwrites {[file.name for file in files]}' if files else ''
    raise TrainingStopped(
        f"No checkpoint in '{folder}' can be resumed. {reason} Train without --resume to start anew{overwritten}."
    )


def _named_checkpoint(pointer: Path) -> Path | None:
    """Read ``last_checkpoint``; a work dir that was moved or copied means its own files."""
    text = pointer.read_text().strip() if pointer.is_file() else ''
    if not text:
        return None
    here = pointer.with_name(Path(text).name)
    return here if here.is_file() else Path(text)


def _iterations(file: Path) -> int:
    return load_checkpoint(file, map_location='cpu')['meta'].get('iter', 0)
