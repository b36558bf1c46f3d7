"""NumericScaler: scikit-learn's numbers, every container."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from skcook.preprocessing import NumericScaler
from tests._containers import (
    assert_close,
    check_container_contract,
    dtypes_of,
    forms,
    plain,
)

PEERS = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler}
VALUES = [3, None, 1, 8, None, 1]
NUMERIC = [f for f in forms("integer", "float") if f.name != "pandas-integer-category"]


@pytest.mark.parametrize("method", PEERS)
@pytest.mark.parametrize("form", NUMERIC, ids=repr)
def test_container_matrix(form, method):
    X = form.frame({"a": VALUES, "b": [4, 4, 4, 4, 4, 4]}, rest=True)
    fitted = check_container_contract(NumericScaler(method, columns=[0, 1]), X)
    out = fitted.transform(X)
    values = np.array([[np.nan if v is None else v, 4.0] for v in VALUES])
    tol = 1e-6 if "32" in form.name else 1e-12
    assert_close(plain(out)[:2], plain(PEERS[method]().fit_transform(values)), tol)
    back = plain(fitted.inverse_transform(out))[:1]
    assert_close([[v for v in back[0] if v is not None]], [[3.0, 1.0, 8.0, 1.0]], tol)
    if form.container != "numpy":
        small = "32" in form.name and "Float" in form.name.title()
        assert str(dtypes_of(out)["a"]).lower() == ("float32" if small else "float64")


def test_other_columns_are_left_alone():
    X = pd.DataFrame({"s": ["x", "y"], "n": [1, 3], "b": [True, False]})
    out = NumericScaler().fit_transform(X)
    assert plain(out) == [["x", "y"], [-1.0, 1.0], [True, False]]
    no_numbers = NumericScaler().fit(X[["s"]])
    assert no_numbers.scaler_ is None
    assert plain(no_numbers.transform(X[["s"]])) == [["x", "y"]]
    assert plain(no_numbers.inverse_transform(X[["s"]])) == [["x", "y"]]


@pytest.mark.parametrize("method", PEERS)
@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_a_column_of_nothing_stays_so(frame, method):
    X = frame({"a": np.array([np.nan, np.nan]), "b": [1.0, 2.0]})
    assert plain(NumericScaler(method).fit_transform(X))[0] == [None, None]


@pytest.mark.parametrize(
    ("column", "options", "message"),
    [
        ([1.0, np.inf], {}, "column 'a' contains infinity"),
        (["x", "y"], {"columns": "a"}, "column 'a' is string"),
        ([1.0, 2.0], {"method": "zscore"}, "method"),
    ],
)
def test_refusals(column, options, message):
    with pytest.raises(ValueError, match=message):
        NumericScaler(**options).fit(pd.DataFrame({"a": column}))


def test_survives_pickle_and_skops():
    skops_io = pytest.importorskip("skops.io")
    X = pd.DataFrame({"a": [1.0, 2.0, None], "s": ["x", "y", "z"]})
    fitted = NumericScaler().fit(X)
    data = skops_io.dumps(fitted)
    trusted = skops_io.get_untrusted_types(data=data)
    assert all(name.startswith("skcook.") for name in trusted)
    for copy in (pickle.loads(pickle.dumps(fitted)), skops_io.loads(data, trusted=trusted)):
        assert plain(copy.transform(X)) == plain(fitted.transform(X))
