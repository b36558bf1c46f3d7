"""What both imputers share: life in a pipeline and on disk."""

import pickle

import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from skcook.preprocessing import CategoricalImputer, NumericImputer
from tests._containers import plain

X = pd.DataFrame({"n": [1.0, None, 4.0], "s": ["a", None, "a"]})
IMPUTERS = [NumericImputer(add_indicator=True), CategoricalImputer(add_indicator=True)]


@pytest.mark.parametrize("imputer", IMPUTERS, ids=lambda e: type(e).__name__)
def test_survives_pickle_and_skops(imputer):
    skops_io = pytest.importorskip("skops.io")
    fitted = clone(imputer).fit(X)
    expected = plain(fitted.transform(X))
    assert plain(pickle.loads(pickle.dumps(fitted)).transform(X)) == expected
    data = skops_io.dumps(fitted)
    trusted = skops_io.get_untrusted_types(data=data)
    assert all(name.startswith("skcook.") for name in trusted)
    assert plain(skops_io.loads(data, trusted=trusted).transform(X)) == expected


@pytest.mark.parametrize("frame", [X, pl.from_pandas(X)], ids=["pandas", "polars"])
def test_two_imputers_fill_a_mixed_frame(frame):
    steps = make_pipeline(NumericImputer(add_indicator=True), CategoricalImputer())
    out = steps.fit_transform(frame)
    assert list(out.columns) == ["n", "s", "missingindicator_n"]
    assert plain(out) == [[1.0, 2.5, 4.0], ["a", "a", "a"], [False, True, False]]
    assert list(steps.get_feature_names_out()) == list(out.columns)


def test_another_container_than_in_fit():
    imputer = NumericImputer().fit(X)
    assert plain(imputer.transform(pl.from_pandas(X))) == plain(imputer.transform(X))
