"""OneHotEncoder: scikit-learn's columns, sparse and dense, and the refusals of its own."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from scipy import sparse
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.preprocessing import OneHotEncoder as SklearnOneHotEncoder

from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.preprocessing import OneHotEncoder
from tests._containers import assert_close, plain
from tests.preprocessing.encoders.test_ordinal_encoder import NAN, NEW, STRANGE, TRAIN

IGNORE = {"handle_unknown": "ignore"}
RARE = {"handle_unknown": "infrequent_if_exist"}
CATEGORIES = [
    ["d", "c", "b", "a"],
    ["z", "x", "y", NAN],
    [1, 2, 3, 9],
    [-1.5, 0.5, 2.5, NAN],
    [False, True],
]
CASES = {
    "defaults": {},
    "drop-first": {"drop": "first"},
    "drop-if-binary": {"drop": "if_binary"},
    "drop-given": {"drop": ["b", "x", 9, 0.5, True]},
    "drop-given-nan": {"drop": ["b", NAN, 9, NAN, True]},
    "dtype": {"dtype": np.int8},
    "ignore": IGNORE,
    "ignore-drop": {**IGNORE, "drop": "first"},
    "infrequent": {**RARE, "min_frequency": 3},
    "infrequent-absent": RARE,
    "infrequent-error": {"min_frequency": 0.3},
    "infrequent-ignore": {**IGNORE, "max_categories": 2},
    "infrequent-all": {**RARE, "max_categories": 1},
    "infrequent-drop": {**RARE, "max_categories": 3, "drop": "first"},
    "infrequent-drop-binary": {**RARE, "max_categories": 2, "drop": "if_binary"},
    "warn": {"handle_unknown": "warn", "min_frequency": 3},
    "categories": {**IGNORE, "categories": CATEGORIES},
    "categories-drop": {"categories": CATEGORIES, "drop": "first"},
    "combiner": {"feature_name_combiner": lambda feature, value: f"{feature}={value!r}"},
}


@pytest.mark.filterwarnings("ignore:Found unknown categories")
@pytest.mark.parametrize("sparse_output", [True, False], ids=["sparse", "dense"])
@pytest.mark.parametrize("params", CASES.values(), ids=CASES.keys())
def test_it_gives_what_scikit_learn_gives(params, sparse_output):
    ours = OneHotEncoder(slice(None), sparse_output=sparse_output, **params).fit(TRAIN)
    peer = SklearnOneHotEncoder(sparse_output=sparse_output, **params).fit(TRAIN)
    assert list(ours.get_feature_names_out()) == list(peer.get_feature_names_out())
    assert list(ours.get_feature_names_out(TRAIN.columns)) == list(peer.get_feature_names_out())
    for got, expected in zip(ours.categories_, peer.categories_, strict=True):
        assert_close([plain(got[:, None])[0]], [plain(expected[:, None])[0]])
    assert (ours.drop_idx_ is None) == (peer.drop_idx_ is None)
    assert peer.drop_idx_ is None or ours.drop_idx_.tolist() == peer.drop_idx_.tolist()
    if hasattr(peer, "infrequent_categories_"):
        for got, expected in zip(
            ours.infrequent_categories_, peer.infrequent_categories_, strict=True
        ):
            assert (got is None) == (expected is None)
            if expected is not None:
                assert_close(plain(got[:, None]), plain(expected[:, None]))
    frames = [TRAIN, NEW] + ([STRANGE] if "handle_unknown" in params else [])
    for frame in frames:
        got, expected = ours.transform(frame), peer.transform(frame)
        if sparse_output:
            assert type(got) is type(expected)
            assert got.dtype == expected.dtype
            assert (got != expected).nnz == 0
            got.check_format()
        else:
            assert set(got.dtypes) == {expected.dtype}
            np.testing.assert_array_equal(got.to_numpy(), expected)
        back = ours.inverse_transform(got)
        # Of an unseen value, scikit-learn says None, or NaN among others: both are missing here.
        assert_close(plain(back), plain(peer.inverse_transform(expected)))
    again = OneHotEncoder(slice(None), sparse_output=sparse_output, **params).fit_transform(TRAIN)
    np.testing.assert_array_equal(plain(again), plain(ours.transform(TRAIN)))


@pytest.mark.parametrize("frame", [TRAIN, pl.from_pandas(TRAIN)], ids=["pandas", "polars"])
def test_a_sparse_result_stacks_numbers_as_a_column_transformer_does(frame):
    columns = ["s", "m"]
    got = OneHotEncoder(columns).fit_transform(frame)
    stacker = ColumnTransformer(
        [("one-hot", SklearnOneHotEncoder(), columns)],
        remainder="passthrough",
        sparse_threshold=1,
        verbose_feature_names_out=False,
    ).fit(TRAIN)
    expected = pd.DataFrame(
        stacker.transform(TRAIN).toarray(), columns=stacker.get_feature_names_out()
    )
    names = OneHotEncoder(columns).fit(frame).get_feature_names_out()
    assert sparse.issparse(got)
    assert_close(plain(got), plain(expected[names]))
    assert names[:4].tolist() == ["s_a", "s_b", "s_c", "s_d"]
    assert names[-3:].tolist() == ["i", "f", "t"]


def test_a_sparse_result_refuses_what_a_matrix_cannot_hold():
    X = TRAIN.assign(when=pd.Timestamp("2024-01-01"))
    with pytest.raises(
        ColumnValuesError, match=r"column 'when' is datetime64.*sparse_output=False"
    ):
        OneHotEncoder().fit_transform(X)
    assert OneHotEncoder(sparse_output=False).fit_transform(X)["when"].dtype == X["when"].dtype


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_set_output_of_a_sparse_result_says_what_to_set(output):
    encoder = OneHotEncoder().set_output(transform=output)
    with pytest.raises(ValueError, match="Set sparse_output=False"):
        encoder.fit_transform(TRAIN)
    with pytest.raises(ValueError, match="Set sparse_output=False"):
        encoder.fit(TRAIN).transform(TRAIN)


@pytest.mark.skipif("sparse_interface" not in sklearn.get_config(), reason="scikit-learn < 1.9")
@pytest.mark.parametrize(("interface", "kind"), [("sparray", "array"), ("spmatrix", "matrix")])
def test_the_sparse_interface_is_that_of_scikit_learn(interface, kind):
    with sklearn.config_context(sparse_interface=interface):
        out = OneHotEncoder().fit_transform(TRAIN)
    assert type(out).__name__ == f"csr_{kind}"


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"handle_unknown": "warn"}, "column 's', 'm' during transform.*as all zeros"),
        ({**IGNORE, "drop": "first"}, "column 's', 'm' during transform.*as all zeros"),
        ({"handle_unknown": "warn", "max_categories": 2}, "as the infrequent category"),
    ],
    ids=["warn", "drop", "infrequent"],
)
def test_unseen_values_warn_where_scikit_learn_does(params, match):
    encoder = OneHotEncoder(["s", "m"], **params).fit(TRAIN)
    with pytest.warns(UserWarning, match=match) as caught:
        encoder.transform(STRANGE)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("X", "match"),
    [
        (
            {"a": ["nan", None]},
            "two columns would be called 'a_nan', one from 'a' and one from 'a'",
        ),
        ({"a": ["b_c", "x"], "a_b": ["c", "y"]}, "'a_b_c', one from 'a' and one from 'a_b'"),
        ({"a": ["x", "y"], "a_x": [1, 2]}, "'a_x', one from 'a' and one from 'a_x'"),
    ],
    ids=["nan", "joined", "number"],
)
def test_names_that_meet_are_refused(X, match):
    with pytest.raises(ColumnsError, match=match):
        OneHotEncoder(sparse_output=False).fit(pd.DataFrame(X))
    named = OneHotEncoder(
        sparse_output=False, feature_name_combiner=lambda feature, value: f"{feature}={value!r}"
    )
    assert named.fit_transform(pd.DataFrame(X)).shape[0] == 2


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"drop": ["a"]}, "`drop` has 1 entries and must have one for each of the 2"),
        ({"drop": ["a", "q"]}, "dropped from column 'm', 'q', was not found .* 'x', 'y', 'z', nan"),
        ({"drop": ["d", "x"], "min_frequency": 2}, "drop category 'd' from column 's' because"),
    ],
    ids=["length", "absent", "infrequent"],
)
def test_a_drop_that_cannot_be_is_refused(params, match):
    with pytest.raises(ValueError, match=match):
        OneHotEncoder(["s", "m"], **params).fit(TRAIN)


def test_a_combiner_must_return_strings():
    with pytest.raises(TypeError, match=r"should return a Python string. Got <class 'int'>"):
        OneHotEncoder("s", feature_name_combiner=lambda f, c: 1, sparse_output=False).fit(TRAIN)


def test_zeros_only_cannot_be_inverted_where_they_mean_nothing():
    encoder = OneHotEncoder("s", sparse_output=False).fit(TRAIN[["s"]])
    with pytest.raises(
        ColumnValuesError, match=r"Rows 0, 1 can not be inverted.*'s' are all zeros"
    ):
        encoder.inverse_transform(np.zeros((2, 4)))
    with pytest.raises(ColumnsError, match="X has 3 columns; OneHotEncoder gave 4"):
        encoder.inverse_transform(np.zeros((2, 3)))


def test_a_selector_and_an_array_of_strings():
    X = TRAIN[["s"]]
    expected = SklearnOneHotEncoder().fit_transform(X).toarray()
    selector = make_column_selector(dtype_exclude="number")
    np.testing.assert_array_equal(OneHotEncoder(selector).fit_transform(X).toarray(), expected)
    as_array = X.to_numpy(dtype=object)
    np.testing.assert_array_equal(OneHotEncoder().fit_transform(as_array).toarray(), expected)
    np.testing.assert_array_equal(
        OneHotEncoder(sparse_output=False).fit_transform(as_array), expected
    )
