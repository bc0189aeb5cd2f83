"""Files of a command line, each with a label for a picture or a table."""

from collections.abc import Sequence
from pathlib import Path


def label_files(files: Sequence[Path], labels: Sequence[str] | None) -> dict[str, Path]:
    """Map labels to files. Without ``labels``, a label is the name of the file without its suffix.

    Raises:
        ValueError: The numbers of labels and files differ, or two files have the same label.

    Example:
        >>> from pathlib import Path
        >>> from mmvireid.utils.labeled_files import label_files
        >>> {label: file.as_posix() for label, file in label_files([Path('runs/hpi.json')], labels=None).items()}
        {'hpi': 'runs/hpi.json'}
    """
    labels = [file.stem for file in files] if labels is None else labels
    if len(labels) != len(files):
        raise ValueError(f'--labels: {len(labels)} labels for {len(files)} files. Give one label for each file.')
    repeated = sorted({label for label in labels if labels.count(label) > 1})
    if repeated:
        raise ValueError(f'--labels: {repeated} would label several files. Give each file its own label.')
    return dict(zip(labels, files, strict=True))
