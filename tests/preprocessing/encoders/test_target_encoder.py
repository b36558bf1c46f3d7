"""TargetEncoder: scikit-learn's numbers, no leak, and the refusals of its own."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import TargetEncoder as SklearnTargetEncoder

from skcook.exceptions import ColumnsError
from skcook.preprocessing import TargetEncoder
from tests._containers import assert_close, plain

RNG = np.random.default_rng(0)
N = 300
X = pd.DataFrame(
    {
        "s": RNG.choice(["a", "b", "c", "d", None], N, p=[0.4, 0.3, 0.1, 0.1, 0.1]),
        "i": RNG.integers(0, 12, N),
        "t": RNG.random(N) < 0.5,
    }
)
NEW = pd.DataFrame({"s": ["b", None, "q"], "i": [3, 99, 0], "t": [True, False, True]})
EFFECT = X["s"].map({"a": 0.1, "b": 0.9, "c": 0.5, "d": 0.2}).fillna(0.7).to_numpy()
TARGETS = {
    "binary": (RNG.random(N) < EFFECT).astype(int),
    "binary-strings": np.where(RNG.random(N) < EFFECT, "yes", "no"),
    "binary-booleans": RNG.random(N) < EFFECT,
    "multiclass": RNG.integers(0, 3, N) * (EFFECT > 0.3),
    "multiclass-strings": np.array(["lo", "mid", "hi"])[RNG.integers(0, 3, N)],
    "continuous": EFFECT + RNG.normal(size=N),
    "continuous-far": 1e4 + EFFECT + RNG.normal(size=N),
}
SPLITTERS = {
    "KFold": KFold(5, shuffle=True, random_state=1),
    "StratifiedKFold": StratifiedKFold(3, shuffle=True, random_state=1),
    "GroupKFold": GroupKFold(4),
    "StratifiedGroupKFold": StratifiedGroupKFold(3),
    "list": [
        (np.flatnonzero(np.arange(N) % 2 == 0), np.flatnonzero(np.arange(N) % 2 == 1)),
        (np.flatnonzero(np.arange(N) % 2 == 1), np.flatnonzero(np.arange(N) % 2 == 0)),
    ],
}
# Before 1.9 scikit-learn took a number of folds only.
PEER_TAKES_SPLITTERS = "cv_object" in SklearnTargetEncoder._parameter_constraints["cv"]
CV = {"cv": SPLITTERS["KFold"]} if PEER_TAKES_SPLITTERS else {"cv": 5, "random_state": 1}


def assert_fitted_alike(ours, peer):
    assert ours.target_type_ == peer.target_type_
    np.testing.assert_allclose(ours.target_mean_, peer.target_mean_, rtol=1e-12)
    assert len(ours.encodings_) == len(peer.encodings_)
    for got, expected in zip(ours.encodings_, peer.encodings_, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12)
    assert (ours.classes_ is None) == (peer.classes_ is None)
    assert ours.classes_ is None or ours.classes_.tolist() == peer.classes_.tolist()
    assert list(ours.get_feature_names_out()) == list(peer.get_feature_names_out())


@pytest.mark.parametrize("smooth", ["auto", 0, 7.5], ids=str)
@pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS.keys())
def test_it_gives_what_scikit_learn_gives(y, smooth):
    ours = TargetEncoder(slice(None), smooth=smooth, **CV)
    peer = SklearnTargetEncoder(smooth=smooth, **CV)
    got, expected = ours.fit_transform(X, y), peer.fit_transform(X, y)
    np.testing.assert_allclose(got.to_numpy(), expected, rtol=1e-12)
    assert_fitted_alike(ours, peer)
    np.testing.assert_allclose(ours.transform(NEW), peer.transform(NEW), rtol=1e-12)
    assert_fitted_alike(TargetEncoder(slice(None), smooth=smooth, **CV).fit(X, y), peer)


@pytest.mark.skipif(not PEER_TAKES_SPLITTERS, reason="scikit-learn < 1.9")
@pytest.mark.parametrize("name", ["KFold", "StratifiedKFold", "list"])
def test_it_takes_any_splitter(name):
    y, cv = TARGETS["binary"], SPLITTERS[name]
    expected = SklearnTargetEncoder(cv=cv).fit_transform(X, y)
    got = TargetEncoder(slice(None), cv=cv).fit_transform(X, y)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize("shuffle", [True, False])
def test_a_number_of_folds_means_the_splitter_of_scikit_learn(shuffle):
    seed = 3 if shuffle else None
    for y, kind in ((TARGETS["binary"], StratifiedKFold), (TARGETS["continuous"], KFold)):
        cv = kind(4, shuffle=shuffle, random_state=seed)
        expected = TargetEncoder(slice(None), cv=cv).fit_transform(X, y)
        got = TargetEncoder(slice(None), cv=4, shuffle=shuffle, random_state=3).fit_transform(X, y)
        np.testing.assert_array_equal(got, expected)


GROUPS = np.arange(N) // 10


@pytest.mark.parametrize("name", ["GroupKFold", "StratifiedGroupKFold"])
def test_groups_are_passed_to_the_splitter(name):
    y, cv = TARGETS["binary"], SPLITTERS[name]
    splits = list(cv.split(X, y, GROUPS))
    expected = TargetEncoder(slice(None), cv=splits).fit_transform(X, y)
    got = TargetEncoder(slice(None), cv=cv).fit_transform(X, y, groups=GROUPS)
    np.testing.assert_array_equal(got, expected)

    pipe = make_pipeline(TargetEncoder(slice(None), cv=cv), LogisticRegression())
    by_parameter = pipe.fit(X, y, targetencoder__groups=GROUPS).predict_proba(X)
    reference = LogisticRegression().fit(expected, y)
    np.testing.assert_allclose(pipe[-1].coef_, reference.coef_)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = TargetEncoder(slice(None), cv=cv).fit_transform(X, y, groups=GROUPS)
        by_routing = pipe.fit(X, y, groups=GROUPS).predict_proba(X)
    np.testing.assert_array_equal(routed, expected)
    np.testing.assert_array_equal(by_routing, by_parameter)


def test_groups_that_no_splitter_would_respect_are_refused():
    with pytest.raises(ValueError, match=r"groups are given, and cv=5 would cut.*GroupKFold"):
        TargetEncoder(slice(None)).fit_transform(X, TARGETS["binary"], groups=GROUPS)
    with pytest.raises(ValueError, match=r"fit_transform got 'weights'; only `groups`"):
        TargetEncoder(slice(None)).fit_transform(X, TARGETS["binary"], weights=GROUPS)


def test_rows_that_are_no_category_count_for_none():
    # scikit-learn 1.9 counts them for the first category, and gives all of them the mean of the
    # last fold; here they get that of their own.
    frame = pd.DataFrame({"a": ["x", "y", "q", "q"] * 10})
    y = np.array([1.0, 0.0, 9.0, 9.0] * 10)
    cv = KFold(2)
    encoder = TargetEncoder(
        "a", categories=[["x", "y"]], cv=cv, smooth=0.0, target_type="continuous"
    )
    got = encoder.fit_transform(frame, y)["a"].to_numpy()
    assert encoder.encodings_[0].tolist() == [1.0, 0.0]
    for train, test in cv.split(frame):
        unknown = test[frame["a"].to_numpy()[test] == "q"]
        np.testing.assert_allclose(got[unknown], y[train].mean())


def permuted(n, n_categories, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"id": rng.integers(0, n_categories, n).astype(str)})
    return frame, rng.permutation(np.arange(n) % 2)


def test_a_permuted_target_is_not_learned():
    # 20,000 rows, 5,000 categories of 4 rows each: what a leak would love.
    frame, y = permuted(20_000, 5_000, seed=0)
    encoder = TargetEncoder(random_state=0)
    own = roc_auc_score(y, encoder.fit_transform(frame, y)["id"])
    leaky = roc_auc_score(y, encoder.fit(frame, y).transform(frame)["id"])
    assert abs(own - 0.5) < 0.02
    assert leaky > 0.7

    model = make_pipeline(TargetEncoder(random_state=0), LogisticRegression())
    assert abs(model.fit(frame, y).predict_proba(frame)[:, 1].std()) < 0.02
    scores = cross_val_score(model, frame, y, scoring="roc_auc", cv=5)
    assert abs(scores.mean() - 0.5) < 0.02


@pytest.mark.parametrize(
    "y",
    [
        pd.Series(TARGETS["binary-strings"], index=range(5, N + 5)),
        pl.Series(TARGETS["binary-strings"]),
        TARGETS["binary-strings"].tolist(),
        TARGETS["binary-strings"].astype(object),
        pd.Series(TARGETS["binary-strings"], dtype="category"),
    ],
    ids=["pandas", "polars", "list", "object", "category"],
)
def test_a_target_may_come_in_any_container(y):
    cv = SPLITTERS["KFold"]
    expected = TargetEncoder(cv=cv).fit_transform(X, TARGETS["binary-strings"])
    assert_close(plain(TargetEncoder(cv=cv).fit_transform(X, y)), plain(expected))


@pytest.mark.parametrize(
    ("y", "params", "match"),
    [
        (None, {}, "requires y to be passed"),
        (np.where(np.arange(N) == 5, np.nan, 1.5), {}, "contains NaN"),
        (pd.Series([None, "x", "y"] * (N // 3)), {}, "y contains NaN|missing"),
        (np.zeros((N, 2)), {}, "1d array"),
        (np.zeros(N - 1), {}, "inconsistent numbers of samples"),
        (np.arange(N) % 3, {"target_type": "binary"}, "y has 3 classes: 0, 1, 2"),
        (np.array(["x"] * N), {"target_type": "continuous"}, "could not convert|numeric"),
        (TARGETS["binary"], {"cv": ShuffleSplit(3)}, "exactly once with no overlap"),
        (TARGETS["binary"], {"smooth": -1.0}, "smooth"),
        (TARGETS["binary"], {"cv": 1}, "cv|n_splits"),
    ],
    ids=lambda value: str(value)[:25].replace("\n", ""),
)
def test_bad_targets_and_settings_are_refused(y, params, match):
    for method in ("fit", "fit_transform"):
        if method == "fit" and "cv" in params:
            continue
        with pytest.raises((ValueError, TypeError), match=match):
            getattr(TargetEncoder(**params), method)(X, y)


def test_a_target_type_that_cannot_be_inferred_is_named():
    with pytest.raises(ValueError, match=r"1d array"):
        TargetEncoder().fit(X, np.eye(2, dtype=int)[TARGETS["binary"]])


def test_multiclass_columns_stand_where_the_column_stood():
    frame = pd.DataFrame({"n": range(N), "s": X["s"], "m": range(N)})
    encoder = TargetEncoder(random_state=0).fit(frame, TARGETS["multiclass-strings"])
    assert list(encoder.transform(frame).columns) == ["n", "s_hi", "s_lo", "s_mid", "m"]
    clash = frame.rename(columns={"m": "s_lo"})
    with pytest.raises(ColumnsError, match="more than one column named 's_lo'"):
        TargetEncoder().fit(clash, TARGETS["multiclass-strings"]).transform(clash)


def test_two_classes_may_be_encoded_as_many():
    encoder = TargetEncoder("s", target_type="multiclass").fit(X, TARGETS["binary-strings"])
    np.testing.assert_allclose(encoder.transform(X)[["s_no", "s_yes"]].sum(axis=1), 1)
