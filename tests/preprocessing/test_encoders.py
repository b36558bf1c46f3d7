"""What the four encoders promise alike, in every container."""

import datetime as dt
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import skops.io
from sklearn.base import clone
from sklearn.compose import make_column_selector
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from skcook.datasets import load_penguins
from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.preprocessing import CountEncoder, OneHotEncoder, OrdinalEncoder, TargetEncoder
from tests._containers import (
    FORMS,
    MISSING,
    assert_close,
    assert_same_data,
    check_container_contract,
    copy_of,
    forms,
    parametrize_forms,
    plain,
)

KINDS = ("string", "integer", "float", "boolean", "datetime", "date")

#: For each kind: values to learn from, with a missing one, and a value never seen.
VALUES = {
    "string": (["pear", None, "fig", "pear", "äpfel\0\n", "pear"], "plum"),
    "integer": ([3, None, 1, 3, 2, 3], 7),
    "float": ([0.5, None, -1.5, 0.5, 0.1, 0.5], 7.5),
    "boolean": ([True, None, False, True, True, True], None),
    "datetime": (
        [dt.datetime(2024, 1, d) if d else None for d in (3, 0, 1, 3, 2, 3)],  # noqa: DTZ001
        dt.datetime(2025, 1, 1),  # noqa: DTZ001
    ),
    "date": (
        [dt.date(2024, 1, d) if d else None for d in (3, 0, 1, 3, 2, 3)],
        dt.date(2025, 1, 1),
    ),
}
Y = [1, 0, 0, 1, 1, 0]

#: Each encoder, set so that it takes an unseen value, and encodes the first column.
ENCODERS = {
    "ordinal": OrdinalEncoder(0, handle_unknown="use_encoded_value", unknown_value=-9),
    "one-hot": OneHotEncoder(0, handle_unknown="ignore", sparse_output=False),
    "target": TargetEncoder(0, cv=2, random_state=0),
    "count": CountEncoder(0),
}


def encoder_cases():
    return pytest.mark.parametrize("encoder", ENCODERS.values(), ids=ENCODERS.keys())


def reference(kind):
    """The form whose results the others must equal: plain pandas."""
    return forms(kind)[0]


@encoder_cases()
@parametrize_forms(*KINDS)
def test_container_matrix(encoder, form):
    values, unseen = VALUES[form.kind]
    X = form.frame({"a": values}, rest=True)
    fitted = check_container_contract(encoder, X, Y)

    expected_from = reference(form.kind).frame({"a": values}, rest=True)
    expected = clone(encoder).fit(expected_from, Y)
    n_new = len(fitted.get_feature_names_out()) - X.shape[1] + 1
    own = slice(0, n_new)
    assert_close(plain(fitted.transform(X))[own], plain(expected.transform(expected_from))[own])
    assert_close(
        plain(clone(encoder).fit_transform(X, Y))[own],
        plain(clone(encoder).fit_transform(expected_from, Y))[own],
    )
    # Arrays have no names, and the names of categories say 3.0 for 3, or a float32 in full.
    is_other_number = "float32" in form.name.lower() or form.name == "pandas-float64-of-integers"
    if form.container != "numpy" and not is_other_number:
        names = fitted.get_feature_names_out()[own]
        assert list(names) == list(expected.get_feature_names_out()[own])

    new = [unseen, None, values[0]]
    got = plain(fitted.transform(form.frame({"a": new}, rest=True)))[own]
    assert_close(
        got,
        plain(expected.transform(reference(form.kind).frame({"a": new}, rest=True)))[own],
    )


@encoder_cases()
@parametrize_forms("string")
def test_a_long_column_gives_what_a_short_one_does(encoder, form):
    # More rows than the kernel handles in plain Python.
    values = [v for v in VALUES["string"][0] for _ in range(20)]
    X = form.frame({"a": values})
    y = Y * 20
    fitted = clone(encoder).fit(X, y)
    short = plain(fitted.transform(form.frame({"a": VALUES["string"][0]})))
    assert_close([c[::20] for c in plain(fitted.transform(X))], short)
    new = plain(fitted.transform(form.frame({"a": ["plum", None, *values]})))
    assert_close([c[2::20] for c in new], short)
    one = plain(fitted.transform(form.frame({"a": ["plum"]})))
    assert_close([c[:1] for c in new], one)


@encoder_cases()
@parametrize_forms("string", "integer", "float", "boolean")
def test_an_all_missing_column_is_one_category(encoder, form):
    X = form.frame({"a": [None] * 4})
    fitted = clone(encoder).fit(X, Y[:4])
    assert [len(c) for c in fitted.categories_] == [1]
    assert pd.isna(fitted.categories_[0][0])
    expected = {
        "OrdinalEncoder": [None] * 4,
        "OneHotEncoder": [1.0] * 4,
        "TargetEncoder": [0.5] * 4,
        "CountEncoder": [4.0] * 4,
    }[type(encoder).__name__]
    assert_close(plain(fitted.transform(X)), [expected])


@encoder_cases()
@pytest.mark.parametrize("missing", MISSING.values(), ids=MISSING.keys())
def test_every_way_to_write_missing_is_one(encoder, missing):
    X = pd.DataFrame({"a": pd.Series(["x", missing, "y", None, np.nan, pd.NA], dtype=object)})
    fitted = clone(encoder).fit(X, Y)
    assert len(fitted.categories_[0]) == 3
    expected = clone(encoder).fit(X.astype("str"), Y).transform(X.astype("str"))
    assert_close(plain(fitted.transform(X)), plain(expected))


@encoder_cases()
def test_nothing_is_selected_among_numbers_and_they_come_back(encoder):
    X = np.arange(6.0).reshape(3, 2)
    out = clone(encoder).set_params(columns=None).fit(X, [0, 1, 0]).transform(X)
    np.testing.assert_array_equal(out, X)


@encoder_cases()
def test_columns_none_takes_strings_categories_and_booleans(encoder):
    penguins = load_penguins().frame.assign(
        big=lambda f: f.body_mass_g > 4000, day=pd.Timestamp("2024-01-01")
    )
    penguins["colour"] = pd.Categorical(["black"] * len(penguins))
    penguins["nothing"] = None
    y = np.arange(len(penguins)) % 2
    fitted = clone(encoder).set_params(columns=None).fit(penguins, y)
    assert fitted.columns_ == ["species", "island", "sex", "big", "colour", "nothing"]
    in_polars = pl.DataFrame(
        {c: penguins[c].astype(object).where(penguins[c].notna(), None).to_list() for c in penguins}
    )
    assert clone(fitted).fit(in_polars, y).columns_ == fitted.columns_


@encoder_cases()
@pytest.mark.parametrize(
    "columns",
    [["a"], [0], 0, "a", [True, False], make_column_selector(dtype_exclude="number"), slice(0, 1)],
    ids=["names", "positions", "position", "name", "mask", "selector", "slice"],
)
def test_columns_can_be_named_in_many_ways(encoder, columns):
    X = pd.DataFrame({"a": ["x", "y"], "b": [1, 2]})
    assert clone(encoder).set_params(columns=columns).fit(X, [0, 1]).columns_ == ["a"]


@encoder_cases()
def test_mixed_types_are_refused_and_the_column_named(encoder):
    X = pd.DataFrame({"a": [1, "x", 2.5], "b": [1, 2, 3]})
    with pytest.raises(ColumnValuesError, match=r"column 'a' must be .* int, str"):
        clone(encoder).fit(X, [0, 1, 0])


@encoder_cases()
@pytest.mark.parametrize(
    ("values", "match"),
    [
        ([[1], [2], [3]], "Column 'a' holds values that cannot be categories"),
        ([{"k": 1}, {"k": 2}, {}], "Column 'a' holds values that cannot be categories"),
        ([b"x", b"y", b"z"], "column 'a' must be .* bytes"),
    ],
    ids=["lists", "dicts", "bytes"],
)
def test_what_cannot_be_a_category_is_refused(encoder, values, match):
    with pytest.raises(ColumnValuesError, match=match):
        clone(encoder).fit(pd.DataFrame({"a": values}), [0, 1, 0])


@encoder_cases()
def test_polars_dtypes_that_cannot_be_categories_are_refused(encoder):
    X = pl.DataFrame({"a": [[1], [2, 3]]})
    with pytest.raises(ColumnValuesError, match=r"'a' is of dtype List\(Int64\)"):
        clone(encoder).fit(X, [0, 1])


@encoder_cases()
@pytest.mark.parametrize(
    ("then", "now", "match"),
    [
        (["x", "y"], [1, 2], "'a' holds numbers or booleans .1, 2.; in fit it held strings"),
        ([1, 2], ["x", "y"], "'a' holds strings .'x', 'y'.; in fit it held numbers"),
        ([1, 2], pd.to_datetime(["2024-01-01"] * 2), "'a' holds dates"),
    ],
    ids=["numbers", "strings", "dates"],
)
@pytest.mark.parametrize("n", [1, 50], ids=["short", "long"])
def test_another_kind_than_in_fit_is_refused(encoder, then, now, match, n):
    fitted = clone(encoder).fit(pd.DataFrame({"a": then}), [0, 1])
    X = pd.concat([pd.DataFrame({"a": now})] * n)
    with pytest.raises(ColumnValuesError, match=match):
        fitted.transform(X)


@encoder_cases()
def test_a_number_is_the_same_category_in_every_dtype(encoder):
    fitted = clone(encoder).fit(pd.DataFrame({"a": [1, 2, 2]}), [0, 1, 1])
    expected = plain(fitted.transform(pd.DataFrame({"a": [1, 2]})))
    for values in ([1.0, 2.0], pd.array([1, 2], "Int64"), pd.Categorical([1, 2])):
        assert plain(fitted.transform(pd.DataFrame({"a": values}))) == expected


@encoder_cases()
def test_unused_categories_are_none(encoder):
    X = pd.DataFrame({"a": pd.Categorical(["x", "y", "x"], categories=["z", "y", "x"])})
    fitted = clone(encoder).fit(X, [0, 1, 0])
    assert fitted.categories_[0].tolist() == ["x", "y"]


@encoder_cases()
def test_intervals_are_categories_in_their_own_order(encoder):
    X = pd.DataFrame({"a": pd.cut([1, 30, 9, 120], [0, 5, 20, 100, 500])})
    fitted = clone(encoder).fit(X, [0, 1, 0, 1])
    assert fitted.categories_[0].tolist() == ["(0, 5]", "(5, 20]", "(20, 100]", "(100, 500]"]
    if isinstance(encoder, TargetEncoder):  # its fit_transform is cross-fitted
        names = X.astype(str)
        expected = clone(encoder).fit(names, [0, 1, 0, 1]).transform(names)
    else:
        expected = clone(encoder).fit_transform(X, [0, 1, 0, 1])
    assert plain(fitted.transform(X)) == plain(expected)


@encoder_cases()
def test_time_zones_are_instants(encoder):
    when = pd.to_datetime(["2024-01-01 12:00", "2024-06-01 12:00", None]).tz_localize("UTC")
    X = pd.DataFrame({"a": when})
    elsewhere = pd.DataFrame({"a": when.tz_convert("Asia/Tokyo")})
    in_polars = pl.DataFrame({"a": when.tz_localize(None).to_pydatetime().tolist()[:2] + [None]})
    in_polars = in_polars.with_columns(
        pl.col("a").dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo")
    )
    fitted = clone(encoder).fit(X, [0, 1, 0])
    assert plain(fitted.transform(elsewhere)) == plain(fitted.transform(X))
    assert plain(fitted.transform(in_polars)) == plain(fitted.transform(X))


@encoder_cases()
def test_big_and_hostile_strings(encoder):
    values = [
        "x" * 100_000,
        "",
        " ",
        "\0",
        "a\0b",
        "nan",
        "None",
        "日本",
        "\U0001f600",
        "'; --",
        "<b>",
    ]
    y = [0, 1] * 5 + [0]
    for X in (pd.DataFrame({"a": values}), pl.DataFrame({"a": values * 4})):
        fitted = clone(encoder).fit(X, y * (len(X) // len(values)))
        assert fitted.categories_[0].tolist() == sorted(values)


@pytest.mark.parametrize("encoder", [OrdinalEncoder(), OneHotEncoder(), TargetEncoder()], ids=str)
def test_the_categories_given_are_kept(encoder):
    X = pd.DataFrame({"a": ["x", None, "y", "x"]})
    before = copy_of(X)
    fitted = clone(encoder).set_params(categories=[["y", "z", "x", None]]).fit(X, [0, 1, 1, 0])
    assert fitted.categories_[0].tolist()[:3] == ["y", "z", "x"]
    assert pd.isna(fitted.categories_[0][3])
    assert_same_data(X, before)


@pytest.mark.parametrize("encoder", [OrdinalEncoder(), OneHotEncoder(), TargetEncoder()], ids=str)
@pytest.mark.parametrize(
    ("given", "match"),
    [
        ([["x", "y"], ["x"]], "`categories` has 2 entries and must have one for each of the 1"),
        ([["x", None, "y"]], "column 'a' have a missing value before the end"),
        ([["x", "y", "x"]], "column 'a' repeat"),
        ([[2, 1]], "column 'a' are not sorted"),
        ([["x", 1]], "'a' must be all strings"),
    ],
    ids=["length", "missing", "repeat", "order", "mixed"],
)
def test_bad_categories_are_refused(encoder, given, match):
    X = pd.DataFrame({"a": ["x", "y"]})
    with pytest.raises((ColumnValuesError, ColumnsError), match=match):
        clone(encoder).set_params(categories=given).fit(X, [0, 1])


@pytest.mark.parametrize(
    "encoder",
    [OrdinalEncoder("a"), OneHotEncoder("a"), CountEncoder("a", handle_unknown="error")],
    ids=["ordinal", "one-hot", "count"],
)
@parametrize_forms("string")
def test_unseen_values_are_named(encoder, form):
    if form.container == "numpy":
        encoder = clone(encoder).set_params(columns=0)
    column = "x0" if form.container == "numpy" else "a"
    for n in (1, 50):
        fitted = clone(encoder).fit(form.frame({"a": ["x", "y"] * n}))
        with pytest.raises(
            ColumnValuesError, match=f"column '{column}' during transform: 'z'. Known are: 'x', 'y'"
        ):
            fitted.transform(form.frame({"a": ["x", "z"] * n}))
        with pytest.raises(ColumnValuesError, match=f"column '{column}' during transform: nan"):
            fitted.transform(form.frame({"a": ["x", None] * n}))


@encoder_cases()
@pytest.mark.parametrize("form", [f for f in FORMS if f.container != "numpy"], ids=repr)
def test_skops_needs_no_trust_and_pickle_no_frames(encoder, form):
    X = form.frame({"a": VALUES[form.kind][0]})
    fitted = clone(encoder).fit(X, Y)
    dumped = skops.io.dumps(fitted)
    untrusted = set(skops.io.get_untrusted_types(data=dumped))
    assert {t for t in untrusted if not t.startswith("skcook.")} <= {"numpy.dtype"}
    for again in (
        skops.io.loads(dumped, trusted=sorted(untrusted)),
        pickle.loads(pickle.dumps(fitted)),
    ):
        assert_close(plain(again.transform(X)), plain(fitted.transform(X)))
        assert list(again.get_feature_names_out()) == list(fitted.get_feature_names_out())


@pytest.mark.filterwarnings("ignore")  # the checks provoke warnings on purpose
@parametrize_with_checks(
    [
        OrdinalEncoder(slice(None), handle_unknown="use_encoded_value", unknown_value=-1),
        OneHotEncoder(slice(None), handle_unknown="ignore", sparse_output=False),
        OneHotEncoder(slice(None), handle_unknown="ignore"),
        TargetEncoder(slice(None), cv=3, random_state=0),
        CountEncoder(slice(None)),
    ],
)
def test_scikit_learn_checks_with_every_column_encoded(estimator, check):
    check(estimator)


def test_a_grid_search_tunes_them_in_a_pipeline():
    X, y = load_penguins(return_X_y=True)
    pipe = make_pipeline(OrdinalEncoder(), DecisionTreeClassifier(random_state=0))
    grid = {
        "ordinalencoder": [OrdinalEncoder(), CountEncoder(), TargetEncoder(random_state=0)],
        "decisiontreeclassifier__max_depth": [2, 4],
    }
    search = GridSearchCV(pipe, grid, cv=3, error_score="raise").fit(X, y)
    assert search.best_score_ > 0.9
