"""Keys compare across containers."""

import narwhals.stable.v2 as nw
import numpy as np
import pytest

from skcook.preprocessing.joins._join_keys import KeyIndex, key_kind, key_values
from tests._containers import forms

VALUES = {
    "string": ["b", "a", None],
    "integer": [7, 5, None],
    "float": [7.5, 5.0, None],
    "boolean": [True, False, None],
    "datetime": [np.datetime64("2024-02-29T10:00"), np.datetime64("2024-03-01T00:00"), None],
}


def columns_of(kind):
    made = []
    for form in forms(kind):
        if form.container == "numpy":
            continue
        values = VALUES[kind]
        if kind == "datetime":
            values = [v if v is None else v.item() for v in values]
        made.append(nw.from_native(form.column(values), series_only=True))
    return made


@pytest.mark.parametrize("kind", ["string", "integer", "float", "boolean", "datetime"])
def test_every_form_finds_every_other(kind):
    for known in columns_of(kind):
        index = KeyIndex([key_values(known)[:2]])
        for series in columns_of(kind):
            assert index.find([key_values(series)]).tolist() == [0, 1, -1], series.dtype
            assert key_kind(series) == ("numeric" if kind in ("integer", "float") else kind)


def test_whole_numbers_match_floats():
    index = KeyIndex([np.array([3, 2**53])])
    assert index.find([np.array([3.0, np.nan, 3.5])]).tolist() == [0, -1, -1]


def test_several_columns_are_one_key():
    keys = [np.array(["a", "a", "b"], dtype=object), np.array([1, 2, 2])]
    index = KeyIndex(keys)
    assert not len(index.repeated())
    assert index.find(keys).tolist() == [0, 1, 2]
    assert index.find([np.array(["b", None], dtype=object), np.array([1, 1])]).tolist() == [-1, -1]
    assert KeyIndex([key[[0, 1, 0, 0]] for key in keys]).repeated().tolist() == [2, 3]


def test_an_index_of_nothing_finds_nothing():
    index = KeyIndex([np.array([], dtype=object)])
    assert index.find([np.array(["a"], dtype=object)]).tolist() == [-1]
