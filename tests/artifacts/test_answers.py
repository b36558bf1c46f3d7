"""Answers as flat columns, and the rows that a model refuses."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp

from skcook.artifacts._answers import (
    MAX_CALLS,
    MAX_COLUMNS,
    MAX_FOUND,
    count_rows,
    find_refused,
    flat_columns,
)

ONE, TWO = np.array([[0.2, 0.8], [0.6, 0.4]]), np.array([[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]])
CASES = {
    "one number per row": ([1.5, 2.5], None, {"p": [1.5, 2.5]}),
    "an array of labels": (np.array(["a", "b"], dtype=object), None, {"p": ["a", "b"]}),
    "columns without labels": (ONE, None, {"p_0": [0.2, 0.6], "p_1": [0.8, 0.4]}),
    "columns by class": (ONE, ["no", "yes"], {"p_no": [0.2, 0.6], "p_yes": [0.8, 0.4]}),
    "labels of another length": (ONE[:, :1], ["no", "yes"], {"p_0": [0.2, 0.6]}),
    "several outputs": (
        [ONE, TWO],
        [np.array([0, 1]), np.array(["x", "y", "z"])],
        {
            "p_0_0": [0.2, 0.6],
            "p_0_1": [0.8, 0.4],
            "p_1_x": [0.1, 0.3],
            "p_1_y": [0.2, 0.3],
            "p_1_z": [0.7, 0.4],
        },
    ),
    "several outputs, a list per row as the server has them": (
        [[[0.2, 0.8], [0.1, 0.9]], [[0.6, 0.4], [0.3, 0.7]]],
        [[0, 1], [0, 1]],
        {"p_0_0": [0.2, 0.6], "p_0_1": [0.8, 0.4], "p_1_0": [0.1, 0.3], "p_1_1": [0.9, 0.7]},
    ),
    "a frame of pandas": (
        pd.DataFrame({"a": [1, 2], 7: ["x", "y"]}),
        None,
        {"p_a": [1, 2], "p_7": ["x", "y"]},
    ),
    "a frame with a name twice": (
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        None,
        {"p_a": [1], "p_a_2": [2]},
    ),
    "a frame of polars": (pl.DataFrame({"a": [1, 2]}), None, {"p_a": [1, 2]}),
    "dicts": ([{"a": 1}, {"a": 2, "b": 3}], None, {"p_a": [1, 2], "p_b": [None, 3]}),
    "sparse": (
        sp.csr_array([[0.0, 1.0], [2.0, 0.0]]),
        ["u", "v"],
        {"p_u": [0.0, 2.0], "p_v": [1.0, 0.0]},
    ),
    "ragged lists": ([[1], [1, 2]], None, {"p": ["[1]", "[1, 2]"]}),
    "an image per row": (np.arange(8).reshape(2, 2, 2), None,
                         {"p_0_0": [0, 4], "p_0_1": [1, 5], "p_1_0": [2, 6], "p_1_1": [3, 7]}),
    "missing predictions": ([None, "a"], None, {"p": [None, "a"]}),
}  # fmt: skip


@pytest.mark.parametrize(("result", "labels", "expected"), CASES.values(), ids=CASES.keys())
def test_columns_are_flat_and_named(result, labels, expected):
    flat = flat_columns("p", result, labels)
    assert {
        name: list(np.asarray(column, dtype=object)) for name, column in flat.items()
    } == expected


def test_a_sparse_answer_of_endless_columns_is_refused():
    with pytest.raises(ValueError, match=r"20,000 columns; a file can have 10,000"):
        flat_columns("p", sp.csr_array((1, 2 * MAX_COLUMNS)))


@pytest.mark.parametrize(
    ("result", "count"),
    [
        (np.zeros((3, 2)), 3), (np.float64(1), None), (7.0, None), ([1, 2], 2), ("abc", None),
        ([ONE, TWO], 2), ([ONE, TWO[:1]], None), (pd.Series([1, 2, 3]), 3),
        (sp.csr_array((4, 9)), 4), (pl.Series([1, 2]), 2),
    ],
)  # fmt: skip
def test_rows_are_counted(result, count):
    assert count_rows(result) == count


def search(n_rows, bad):
    calls = []

    def refuses(start, stop):
        calls.append((start, stop))
        return any(start <= row < stop for row in bad)

    return list(find_refused(refuses, n_rows)), len(calls)


@pytest.mark.parametrize("bad", [[0], [9], [3, 4], list(range(10)), [1, 8]], ids=str)
def test_every_bad_row_is_found_among_a_few(bad):
    found, calls = search(10, bad)
    assert found == bad
    assert calls <= MAX_CALLS


@pytest.mark.parametrize("n_rows", [1, 100, 10_000, 65_536])
def test_the_model_is_called_a_few_times_even_if_every_row_is_bad(n_rows):
    found, calls = search(n_rows, range(n_rows))
    assert calls <= MAX_CALLS
    assert found == list(range(min(n_rows, MAX_FOUND)))


def test_scattered_rows_are_found_as_far_as_the_calls_reach():
    found, calls = search(10_000, range(0, 10_000, 501))
    assert calls <= MAX_CALLS
    assert found == list(range(0, 10_000, 501))[: len(found)]
    assert len(found) >= 4


def test_rows_that_are_refused_only_together_are_not_blamed():
    assert list(find_refused(lambda start, stop: stop - start > 1, 7)) == []
