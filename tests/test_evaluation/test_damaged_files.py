"""A damaged file of results or features is refused in one line that names the file, or it is still well formed."""

import json
import re
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmvireid.evaluation import (
    CosineDistance,
    FeatureSet,
    ImageSet,
    RegDBProtocol,
    average_splits,
    compare_results,
    evaluate,
    load_features,
    load_result,
    result_table,
    save_features,
    save_result,
)
from mmvireid.evaluation.reranking import KReciprocalReranking
from mmvireid.utils.printable import printable

WRONG_VALUES = [
    None,
    True,
    -1,
    0,
    3,
    2.5,
    101,
    10**400,
    float('nan'),
    float('inf'),
    '',
    '\x1b[31m',
    [],
    {},
    [None],
    [[]],
]
SEED = st.integers(0, 2**32 - 1)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Write a whole result and a whole features file."""
    folder = tmp_path_factory.mktemp('damaged')
    images = ImageSet([1, 2, 1, 2], [0] * 4, [0, 0, 1, 1], [f'{name}.jpg' for name in 'abcd'])
    features = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    reranking = KReciprocalReranking(k1=2, k2=1)
    result = evaluate(images, {'feature': features}, RegDBProtocol(), CosineDistance(), reranking=reranking)
    save_result(folder / 'whole.json', result)
    record = dict(feature='bn', flip=True, data=dict(dataset='RegDB'))
    save_features(folder / 'whole.npz', FeatureSet(images, features, record, {'map': features[:, :2]}))
    return folder


def places(value: Any) -> list[tuple]:
    """List the path of each value in a JSON document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(key, *rest) for key, child in inner for rest in [(), *places(child)]]


def damage(value: Any, place: tuple, change: Callable[[Any, Any], None]) -> None:
    for key in place[:-1]:
        value = value[key]
    change(value, place[-1])


def damage_bytes(whole: bytes, seed: int) -> bytes:
    """Cut the bytes off, flip some bits, or both."""
    generator = np.random.default_rng(seed)
    content = bytearray(whole)
    if generator.random() < 0.3:
        del content[generator.integers(len(content)) :]
    for _ in range(generator.integers(1, 4)):
        if content:
            content[generator.integers(len(content))] ^= 1 << generator.integers(8)
    return bytes(content)


def use_result(file) -> None:
    """Load a result and use it in every way that needs no picture."""
    try:
        loaded = load_result(file)
    except ValueError as error:
        assert str(file) in str(error) and '\n' not in str(error) and str(error) == printable(error)
        return
    table = result_table({'x': loaded})
    assert 'nan' not in table and all(printable(line) == line for line in table.splitlines())
    # A result may lack its queries, because an average has none, and its digests, because old results have none.
    with suppress_message('has no gallery_digest|has no scores of single queries'):
        compare_results(loaded, loaded, num_resamples=2)
    with pytest.raises(ValueError, match='same split|is an average over splits itself'):
        average_splits({'a': loaded, 'b': loaded})


@contextmanager
def suppress_message(pattern: str):
    try:
        yield
    except ValueError as error:
        assert re.search(pattern, str(error))


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 10**6), value=st.sampled_from(range(-2, len(WRONG_VALUES))))
def test_a_damaged_result(folder, place, value):
    """Remove a key or the first entry of a list, double an entry, or write another value."""
    damaged = json.loads((folder / 'whole.json').read_text())
    every_place = places(damaged)

    def change(parent, key):
        if value == -2:
            del parent[key]
        elif value == -1 and isinstance(parent, list):
            parent.append(parent[key])
        else:
            parent[key] = WRONG_VALUES[value]

    damage(damaged, every_place[place % len(every_place)], change)
    file = folder / 'damaged.json'
    file.write_text(json.dumps(damaged))
    use_result(file)


@settings(max_examples=60, deadline=None)
@given(seed=SEED)
def test_damaged_bytes_of_a_result(folder, seed):
    file = folder / 'bytes.json'
    file.write_bytes(damage_bytes((folder / 'whole.json').read_bytes(), seed))
    use_result(file)


@settings(max_examples=100, deadline=None)
@given(seed=SEED)
def test_damaged_bytes_of_features(folder, seed):
    """The checksums of the archive reveal every other number. Some bytes, such as dates, have no meaning."""
    whole = load_features(folder / 'whole.npz', ['map'])
    file = folder / 'bytes.npz'
    file.write_bytes(damage_bytes((folder / 'whole.npz').read_bytes(), seed))
    try:
        loaded = load_features(file, ['map'])
    except ValueError as error:
        assert str(file) in str(error) and '\n' not in str(error)
        return
    assert torch.equal(loaded.features, whole.features) and loaded.record == whole.record
    assert torch.equal(loaded.descriptors['map'], whole.descriptors['map'])
    for name in ('pids', 'cam_ids', 'modalities', 'paths'):
        assert getattr(loaded.images, name).tolist() == getattr(whole.images, name).tolist()


@pytest.mark.parametrize('content', ['[' * 100_000, '{"a": 1, "a": 2}', '{"a": 1e999}', '{"a": NaN}', '{"a": "\x00"}'])
def test_texts_that_are_no_strict_json(folder, content):
    (folder / 'text.json').write_text(content)
    with pytest.raises(ValueError, match=r"text.json' is not a result file of the evaluation: [^\n]*\. Write one with"):
        load_result(folder / 'text.json')


def test_names_with_control_characters_are_escaped(folder):
    damaged = (folder / 'whole.json').read_text().replace('visible-to-thermal', '\\u001b[31m\\n')
    (folder / 'names.json').write_text(damaged)
    use_result(folder / 'names.json')
    assert '\\x1b[31m\\n' in result_table({'x': load_result(folder / 'names.json')})
