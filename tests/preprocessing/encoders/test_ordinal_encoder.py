"""OrdinalEncoder: scikit-learn's codes, and the refusals of its own."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.preprocessing import OrdinalEncoder as SklearnOrdinalEncoder

from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.preprocessing import OrdinalEncoder
from tests._containers import assert_close, plain

NAN = float("nan")
TRAIN = pd.DataFrame(
    {
        "s": ["b", "a", "c", "a", "b", "a", "d", "a"],
        "m": ["x", None, "y", "x", "z", None, "x", "y"],
        "i": [3, 1, 2, 1, 3, 1, 1, 9],
        "f": [0.5, NAN, -1.5, 0.5, 0.5, NAN, 2.5, 0.5],
        "t": [True, False, True, True, False, True, True, True],
    }
)
NEW = TRAIN.iloc[::-1].reset_index(drop=True)
STRANGE = pd.DataFrame(
    {"s": ["q", "a"], "m": ["x", "q"], "i": [7, 1], "f": [0.5, 8.0], "t": [True, False]}
)
USE = {"handle_unknown": "use_encoded_value"}

CASES = {
    "defaults": {},
    "encoded-missing": {"encoded_missing_value": -1},
    "integers": {"encoded_missing_value": -1, "dtype": np.int32},
    "float32": {"dtype": np.float32},
    "unknown": {**USE, "unknown_value": -2},
    "unknown-nan": {**USE, "unknown_value": NAN},
    "unknown-above": {**USE, "unknown_value": 100, "encoded_missing_value": 100},
    "min-frequency": {"min_frequency": 2},
    "min-frequency-share": {"min_frequency": 0.3},
    "max-categories": {"max_categories": 2},
    "max-categories-one": {"max_categories": 1, "encoded_missing_value": -1},
    "both": {"max_categories": 3, "min_frequency": 2, **USE, "unknown_value": 77},
    "categories": {
        **USE,
        "unknown_value": -5,
        "categories": [
            ["d", "c", "b", "a"],
            ["z", "x", NAN],
            [1, 2, 3, 9],
            [-1.5, 0.5, NAN],
            [False, True],
        ],
    },
}


@pytest.mark.parametrize("params", CASES.values(), ids=CASES.keys())
def test_it_gives_what_scikit_learn_gives(params):
    ours = OrdinalEncoder(slice(None), **params).fit(TRAIN)
    peer = SklearnOrdinalEncoder(**params).fit(TRAIN)
    for got, expected in zip(ours.categories_, peer.categories_, strict=True):
        assert_close([plain(got[:, None])[0]], [plain(expected[:, None])[0]])
        assert got.dtype == expected.dtype
    if hasattr(peer, "infrequent_categories_"):
        for got, expected in zip(
            ours.infrequent_categories_, peer.infrequent_categories_, strict=True
        ):
            assert (got is None) == (expected is None)
            assert got is None or got.tolist() == expected.tolist()
    else:
        assert not hasattr(ours, "infrequent_categories_")
    assert list(ours.get_feature_names_out()) == list(peer.get_feature_names_out())
    frames = [TRAIN, NEW] + ([STRANGE] if "handle_unknown" in params else [])
    for frame in frames:
        got, expected = ours.transform(frame), peer.transform(frame)
        assert set(got.dtypes) == {expected.dtype}
        np.testing.assert_array_equal(got.to_numpy(), expected)
    np.testing.assert_array_equal(
        OrdinalEncoder(slice(None), **params).fit_transform(TRAIN), peer.transform(TRAIN)
    )


@pytest.mark.parametrize("params", CASES.values(), ids=CASES.keys())
def test_its_inverse_is_that_of_scikit_learn(params):
    # scikit-learn 1.9 cannot invert a column that has both rare categories and missing values.
    is_grouping = "min_frequency" in params or "max_categories" in params
    train = TRAIN[["s", "i", "t"]] if is_grouping else TRAIN
    ours = OrdinalEncoder(slice(None), **params).fit(train)
    peer = SklearnOrdinalEncoder(**params).fit(train)
    frames = [train] + ([STRANGE[train.columns]] if "handle_unknown" in params else [])
    for frame in frames:
        codes = ours.transform(frame)
        expected = plain(peer.inverse_transform(peer.transform(frame)))
        assert_close(plain(ours.inverse_transform(codes)), expected)
        assert_close(plain(ours.inverse_transform(codes.to_numpy())), expected)


def test_its_inverse_knows_rare_and_missing_apart():
    encoder = OrdinalEncoder("m", min_frequency=2).fit(TRAIN)
    back = encoder.inverse_transform(encoder.transform(TRAIN))
    assert plain(back)[1][:5] == ["x", None, "y", "x", "infrequent_sklearn"]


def test_an_array_gives_an_array_of_the_same_dtype():
    X = TRAIN[["s", "m"]].to_numpy(dtype=object)
    ours, peer = OrdinalEncoder().fit(X), SklearnOrdinalEncoder().fit(X)
    np.testing.assert_array_equal(ours.transform(X), peer.transform(X))
    back = ours.inverse_transform(ours.transform(X))
    assert back.dtype == object
    assert plain(back) == plain(X)
    assert OrdinalEncoder(dtype=np.int8, encoded_missing_value=-1).fit_transform(X).dtype == np.int8


def test_what_is_not_encoded_comes_back_from_the_inverse_too():
    for X in (TRAIN, pl.from_pandas(TRAIN)):
        encoder = OrdinalEncoder(["m"]).fit(X)
        codes = encoder.transform(X)
        assert plain(encoder.inverse_transform(codes)) == plain(X)
        assert list(encoder.inverse_transform(codes).columns) == list(X.columns)


@pytest.mark.parametrize(
    ("params", "error", "match"),
    [
        ({"unknown_value": 3}, TypeError, "unknown_value should only be set when"),
        (USE, TypeError, "unknown_value should be an integer or NaN"),
        ({**USE, "unknown_value": NAN, "dtype": int}, ValueError, "dtype parameter should be a f"),
        ({**USE, "unknown_value": 1}, ValueError, "encoding the seen categories of column 's'"),
        ({"encoded_missing_value": 1}, ValueError, "a known category of column 'm'"),
        ({"dtype": int}, ValueError, "Column 'm' has missing values"),
        ({"handle_unknown": "ignore"}, ValueError, "handle_unknown"),
        ({"min_frequency": 1.5}, ValueError, "min_frequency"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_settings_that_contradict_are_refused(params, error, match):
    with pytest.raises(error, match=match):
        OrdinalEncoder(**params).fit(TRAIN)


@pytest.mark.parametrize("value", [7.0, -3.0, 0.5], ids=str)
def test_codes_that_it_does_not_give_are_refused(value):
    encoder = OrdinalEncoder("s").fit(TRAIN)
    codes = encoder.transform(TRAIN).assign(s=value)
    with pytest.raises(ColumnValuesError, match=r"'s' has codes that .* from 0 to 3"):
        encoder.inverse_transform(codes)


def test_the_inverse_of_another_number_of_columns_is_refused():
    encoder = OrdinalEncoder().fit(TRAIN)
    with pytest.raises(ColumnsError, match="X has 2 columns; OrdinalEncoder gave 5"):
        encoder.inverse_transform(np.zeros((3, 2)))


def test_a_missing_value_unseen_in_fit_is_an_unknown_one_as_in_scikit_learn():
    X, new = pd.DataFrame({"a": ["x", "y"]}), pd.DataFrame({"a": [None, "x"]}, dtype="str")
    params = {**USE, "unknown_value": -2, "encoded_missing_value": -1}
    expected = SklearnOrdinalEncoder(**params).fit(X).transform(new)
    np.testing.assert_array_equal(OrdinalEncoder(**params).fit(X).transform(new), expected)


def test_it_is_lean():
    # The codes of a column are not kept once it is encoded, nor is anything of the data.
    encoder = OrdinalEncoder().fit(pd.concat([TRAIN] * 1000))
    held = sum(
        value.nbytes
        for values in vars(encoder).values()
        if isinstance(values, list)
        for value in values
        if isinstance(value, np.ndarray)
    )
    assert held < 1000
