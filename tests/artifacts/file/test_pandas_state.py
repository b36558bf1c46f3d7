import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline

from skcook import artifacts
from skcook.artifacts.file._skops import pack_pandas, unpack_pandas
from skcook.datasets import load_penguins
from skcook.exceptions import ArtifactError


class Keeps(TransformerMixin, BaseEstimator):
    """Keep anything as fitted state."""

    def __init__(self, state=None):
        self.state = state

    def fit(self, X, y=None):
        self.state_ = self.state
        self.nested_ = [{"mapping": self.state}, (self.state, 1)]
        return self

    def transform(self, X):
        return np.asarray(X) * 2


STATES = {
    "numbers": pd.Series([1.5, np.nan], index=["a", "b"], name="n"),
    "strings": pd.Series(["x", None], dtype="str"),
    "objects": pd.Series(["x", 1, None, np.nan], dtype=object),
    "categories": pd.Series(pd.Categorical(["b", None, "a"], ["b", "a"], ordered=True)),
    "nullable": pd.Series([1, None], dtype="Int64", index=[np.nan, 2.0]),
    "times": pd.Series(pd.to_datetime(["2024-01-01", None])),
    "durations": pd.Series(pd.to_timedelta([1, 2], unit="s")),
    "a frame": pd.DataFrame({"a": [1, 2], 3: ["x", "y"]}, index=[5, 7]),
    "names that repeat": pd.DataFrame([[1, "a"], [2, "b"]], columns=["a", "a"]),
    "no rows": pd.DataFrame({"a": pd.Series([], dtype=float)}),
    "an index": pd.Index(["a", "b"], name="i"),
    "a range": pd.RangeIndex(2, 9, 3),
    "a dtype": pd.Int64Dtype(),
}


def same(a, b):
    if isinstance(a, pd.DataFrame):
        pd.testing.assert_frame_equal(a, b)
    elif isinstance(a, pd.Series):
        pd.testing.assert_series_equal(a, b)
    elif isinstance(a, pd.Index):
        pd.testing.assert_index_equal(a, b, exact=True)
    else:
        assert a == b


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_state_comes_back_as_it_was(state):
    model = Keeps(state).fit([[1.0]])
    packed = pack_pandas(make_pipeline(model))
    assert model.state_ is state  # the model itself is not changed
    back = unpack_pandas(packed).steps[0][1]
    assert type(back) is Keeps
    for found in (back.state_, back.nested_[0]["mapping"], back.nested_[1][0]):
        same(state, found)


def test_a_model_without_such_state_is_the_same_object():
    model = make_pipeline(Keeps({"a": [1, 2, {"b": np.ones(3)}]}).fit([[1.0]]))
    assert pack_pandas(model) is model


@pytest.mark.filterwarnings("ignore:.*no_silent_downcasting")
def test_pipelines_of_category_encoders_are_saved(tmp_path):
    encoders = pytest.importorskip("category_encoders")
    X, y = load_penguins(return_X_y=True)
    for name in ("TargetEncoder", "OrdinalEncoder", "CatBoostEncoder", "CountEncoder"):
        encoder = getattr(encoders, name)(cols=["island", "sex"])
        model = make_pipeline(encoder, HistGradientBoostingClassifier(max_iter=3)).fit(
            X, y == "Gentoo"
        )
        with pytest.warns(UserWarning, match="not on skcook's list"):
            path = artifacts.save(model, tmp_path / "m.skcook", X)
        trusted = artifacts.inspect(path)["untrusted_types"]
        loaded = artifacts.load(path, trusted=trusted)
        np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_what_cannot_be_written_is_still_named(tmp_path):
    state = pd.Series([1], index=pd.MultiIndex.from_tuples([(1, 2)]))
    with pytest.raises(ArtifactError, match=r"state"):
        artifacts.save(Keeps(state).fit([[1.0]]), tmp_path / "m.skcook", np.ones((3, 1)))
