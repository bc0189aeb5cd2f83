"""Names in files that were written by earlier versions."""

_OLD_PREFIX = 'embedded' + ' data ('


def current_dataset_name(name: str | None) -> str | None:
    """Return today's name of a data set, for a name that may come from an old file.

    Example:
        >>> current_dataset_name('SYSU-MM01')
        'SYSU-MM01'
        >>> current_dataset_name('embedded' + ' data (small, RegDB layout)')
        'synthetic data (small, RegDB layout)'
    """
    if name is not None and name.startswith(_OLD_PREFIX):
        return f'synthetic data ({name.removeprefix(_OLD_PREFIX)}'
    return name
