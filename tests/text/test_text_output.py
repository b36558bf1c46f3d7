"""Documents out: in the container that they came in."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.text import TextCleaner
from skcook.text._documents import write_like
from tests.text._forms import CONTAINERS, TEXTS


@pytest.mark.parametrize("make", CONTAINERS.values(), ids=list(CONTAINERS))
def test_the_container_comes_back(make):
    X = make(TEXTS)
    out = TextCleaner().fit_transform(X)
    assert type(out) is type(X)
    assert list(out) == ["one", "two two", ""]
    if isinstance(X, pd.Series):
        pd.testing.assert_index_equal(out.index, X.index)
        assert out.name == X.name
        assert out.dtype == ("str" if isinstance(X.dtype, pd.CategoricalDtype) else X.dtype)
    if isinstance(X, pl.Series):
        assert (out.name, out.dtype) == (X.name, pl.String)
    if isinstance(X, np.ndarray):
        assert out.dtype.kind == X.dtype.kind
    assert list(X) == TEXTS


@pytest.mark.parametrize(
    "X",
    [
        pd.Series(["A", None], dtype="str"),
        pd.Series(["A", None], dtype="string"),
        pl.Series(["A", None]),
        pl.DataFrame({"t": ["A", None]}),
        pd.DataFrame({"t": ["A", None]}),
    ],
    ids=["str", "string", "polars", "polars frame", "frame"],
)
def test_missing_stays_missing_if_asked(X):
    out = TextCleaner(missing="keep").fit_transform(X)
    if not isinstance(X, pd.Series | pl.Series):
        out = out["t"]
    assert pd.isna(out.to_list()[1])
    assert out.to_list()[0] == "a"


@pytest.mark.parametrize("make", CONTAINERS.values(), ids=list(CONTAINERS))
def test_lists_go_out_in_the_container(make):
    X = make(TEXTS)
    out = write_like(X, [["a"], [], ["b", "c"]])
    assert type(out) is type(X)
    assert [list(item) for item in out] == [["a"], [], ["b", "c"]]
