"""Read files of earlier versions: translate their names into the current ones."""

from collections.abc import Mapping

# Earlier versions called synthetic data "embedded".
_OLD_DATASET_PREFIX, _DATASET_PREFIX = 'embedded' + ' data (', 'synthetic data ('
# Earlier versions wrote this word before the name of a feature.
_OLD_NOT_NORMALIZED = 'unnormalised '
_OLD_DESCRIPTORS = {
    'contrast_values': 'kernels',
    'contrast_weights': 'kernel_weights',
    'contrast_bias': 'kernel_bias',
}
_OLD_CONTRAST = '+'.join(_OLD_DESCRIPTORS.values())


def current_dataset_name(name: str | None) -> str | None:
    """Translate the name of a data set. Names of the current version, and None, stay.

    Example:
        >>> current_dataset_name('SYSU-MM01')
        'SYSU-MM01'
    """
    if name is not None and name.startswith(_OLD_DATASET_PREFIX):
        return _DATASET_PREFIX + name.removeprefix(_OLD_DATASET_PREFIX)
    return name


def old_descriptor_name(name: str) -> str:
    """Return the name that earlier versions gave to a descriptor.

    Example:
        >>> old_descriptor_name('contrast_weights'), old_descriptor_name('map')
        ('kernel_weights', 'map')
    """
    return _OLD_DESCRIPTORS.get(name, name)


def current_record(record: Mapping) -> dict:
    """Translate ``feature`` and ``data`` of a features file's record or of a result.

    Example:
        >>> current_record({'feature': 'unnormalised bn', 'flip': False})
        {'feature': 'bn', 'flip': False, 'normalized': False}
    """
    record = dict(record)
    feature, data = record.get('feature'), record.get('data')
    if isinstance(feature, str) and feature.startswith(_OLD_NOT_NORMALIZED):
        record.update(feature=feature.removeprefix(_OLD_NOT_NORMALIZED), normalized=False)
    elif isinstance(feature, str) and feature.startswith(_OLD_CONTRAST):
        record['feature'] = '+'.join(_OLD_DESCRIPTORS) + feature.removeprefix(_OLD_CONTRAST)
    if isinstance(data, Mapping) and isinstance(data.get('dataset'), str):
        record['data'] = dict(data, dataset=current_dataset_name(data['dataset']))
    return record


def current_result(result: Mapping) -> dict:
    """Translate a result: its record and the options of its protocol.

    Example:
        >>> result = current_result({'options': {'probe_cams': [3, 6], 'collapse_identities': True}, 'feature': 'bn'})
        >>> result['options'], result['normalized']
        ({'query_cams': [3, 6], 'cmc_unit': 'identity'}, True)
    """
    result = current_record(result)
    result.setdefault('normalized', True)
    if isinstance(result.get('options'), Mapping):
        result['options'] = dict(_current_option(name, value) for name, value in result['options'].items())
    return result


def _current_option(name: str, value: object) -> tuple[str, object]:
    if name == 'collapse_identities':
        return 'cmc_unit', 'identity' if value else 'image'
    return ('query_cams' if name == 'probe_cams' else name), value
