"""Files of a command line, each with the label that a picture shows."""

from collections.abc import Sequence
from pathlib import Path


def label_files(files: Sequence[Path], labels: Sequence[str] | None) -> dict[str, Path]:
    """The files by label: those given with ``--labels``, else the files' names without their suffix.

    Raises:
        ValueError: There are more or fewer labels than files, or two files have one label.
    """
    labels = [file.stem for file in files] if labels is None else labels
    if len(labels) != len(files):
        raise ValueError(f'--labels: {len(labels)} labels for {len(files)} files; give one for each.')
    repeated = sorted({label for label in labels if labels.count(label) > 1})
    if repeated:
        raise ValueError(f'--labels: {repeated} would label several files; give each another.')
    return dict(zip(labels, files, strict=True))
