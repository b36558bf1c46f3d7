"""What a column is, is decided in fit, and means the same in transform, whatever it comes in."""

import datetime as dt
import io
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone
from sklearn.inspection import permutation_importance
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeRegressor

from skcook.exceptions import ColumnValuesError
from skcook.preprocessing import (
    CategoricalImputer,
    CountEncoder,
    DateFeatures,
    DropConstant,
    DropCorrelated,
    ForwardFillImputer,
    LookupJoiner,
    NumericImputer,
    NumericScaler,
    OneHotEncoder,
    OrdinalEncoder,
    OutlierClipper,
    TargetEncoder,
)
from tests._containers import assert_close, plain

#: A column of strings, of dates as strings, of numbers, of flags, of dates and of categories.
TRAIN = {
    "s": ["x", "y", "x", "y"],
    "d": ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"],
    "n": [1.5, 2.5, 9.0, 4.0],
    "k": [1, 2, 3, 4],
    "b": [True, False, True, True],
    "t": [dt.datetime(2024, 1, day) for day in (1, 2, 3, 4)],  # noqa: DTZ001
}
Y = [1.0, 2.0, 3.0, 4.0]
TABLES = {
    name: pd.DataFrame({name: values, "found": [10, 20]})
    for name, values in {"s": ["x", "y"], "k": [1, 2], "t": TRAIN["t"][:2]}.items()
}

#: Each transformer with one column that it works on.
STEPS = [
    (CategoricalImputer(columns="s"), "s"),
    (CategoricalImputer(columns="b"), "b"),
    (NumericImputer(columns="n"), "n"),
    (NumericImputer(columns="k"), "k"),
    (ForwardFillImputer("s"), "s"),
    (ForwardFillImputer("n"), "n"),
    (ForwardFillImputer("t"), "t"),
    (ForwardFillImputer("n", group_by="s"), "s"),
    (ForwardFillImputer("n", group_by="k"), "k"),
    (ForwardFillImputer("n", group_by="t"), "t"),
    (LookupJoiner(TABLES["s"], on="s"), "s"),
    (LookupJoiner(TABLES["k"], on="k"), "k"),
    (LookupJoiner(TABLES["t"], on="t"), "t"),
    (DateFeatures(columns="d"), "d"),
    (DateFeatures(columns="t"), "t"),
    (OrdinalEncoder("s", handle_unknown="use_encoded_value", unknown_value=-1), "s"),
    (OneHotEncoder("s", handle_unknown="ignore", sparse_output=False), "s"),
    (OneHotEncoder("t", handle_unknown="ignore", sparse_output=False), "t"),
    (CountEncoder("b"), "b"),
    (TargetEncoder("s", cv=2), "s"),
    (NumericScaler(columns="n"), "n"),
    (OutlierClipper(columns="k"), "k"),
    (DropConstant(), "s"),
    (DropCorrelated(), "s"),
]
ids = [f"{type(step).__name__}-{name}" for step, name in STEPS]

NOTHING = {
    "pandas": {
        "objects": pd.Series([None, None], dtype=object),
        "objects of NaN": pd.Series([np.nan, np.nan], dtype=object),
        "float64": pd.Series([np.nan, np.nan]),
        "Int64": pd.Series([None, None], dtype="Int64"),
        "str": pd.Series([None, None], dtype="str"),
        "boolean": pd.Series([None, None], dtype="boolean"),
        "datetime": pd.Series([None, None], dtype="datetime64[us]"),
        "timedelta": pd.Series([None, None], dtype="timedelta64[us]"),
        "category": pd.Series([None, None], dtype="category"),
        "arrow": pd.Series([None, None], dtype="string[pyarrow]"),
    },
    "polars": {
        "Null": pl.Series([None, None]),
        "Float64": pl.Series([None, None], dtype=pl.Float64),
        "NaN": pl.Series([float("nan")] * 2),
        "Int8": pl.Series([None, None], dtype=pl.Int8),
        "String": pl.Series([None, None], dtype=pl.String),
        "Categorical": pl.Series([None, None], dtype=pl.Categorical),
        "Date": pl.Series([None, None], dtype=pl.Date),
        "Duration": pl.Series([None, None], dtype=pl.Duration),
        "List": pl.Series([None, None], dtype=pl.List(pl.Int64)),
    },
}


def frame_with(library, name, column):
    frame = library.DataFrame({key: values[2:] for key, values in TRAIN.items()})
    if library is pd:
        return frame.assign(**{name: column})
    return frame.with_columns(column.alias(name))


@pytest.mark.parametrize(("step", "name"), STEPS, ids=ids)
@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_a_column_without_a_value_is_taken_in_every_dtype(step, name, library):
    columns = NOTHING["pandas" if library is pd else "polars"]
    fitted = clone(step).fit(library.DataFrame(TRAIN), Y)
    results = {
        dtype: plain(fitted.transform(frame_with(library, name, column)))
        for dtype, column in columns.items()
    }
    first, *others = results.values()
    for result in others:
        assert_close(result, first)
    assert fitted.transform(frame_with(library, name, next(iter(columns.values())))).shape == (
        2,
        len(fitted.get_feature_names_out()),
    )


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT], ids=repr)
def test_arrays_of_objects_without_a_value_are_of_no_kind(missing):
    nothing = np.array([[missing], [missing]], dtype=object)
    assert CategoricalImputer("constant").fit(nothing).columns_ == ["x0"]
    assert NumericImputer("constant").fit(nothing).columns_ == []
    words = np.array([["a"], ["b"], ["a"]], dtype=object)
    assert CategoricalImputer().fit(words).transform(nothing[:1]).tolist() == [["a"]]
    numbers = np.array([[1.0], [3.0]], dtype=object)
    assert NumericImputer().fit(numbers).transform(nothing[:1]).tolist() == [[2.0]]


def test_an_empty_column_of_a_file_goes_through_a_pipeline():
    X = pd.DataFrame(TRAIN).drop(columns="t")
    pipe = make_pipeline(
        NumericImputer(), CategoricalImputer(), DateFeatures(), OrdinalEncoder(),
        DecisionTreeRegressor(),
    ).fit(X, Y)  # fmt: skip
    header = ",".join(X.columns)
    batch = pd.read_csv(
        io.StringIO(f"{header}\n{',' * (X.shape[1] - 1)}\n"), skip_blank_lines=False
    )
    assert set(batch.dtypes.astype(str)) == {"float64"}
    row = pd.DataFrame([dict.fromkeys(X.columns)])
    assert pipe.predict(batch) == pipe.predict(row)


@pytest.mark.parametrize(("step", "name"), STEPS, ids=ids)
@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_an_array_after_a_frame_is_taken_by_position(step, name, library):
    X = library.DataFrame(TRAIN)
    fitted = clone(step).fit(X, Y)
    expected = plain(fitted.transform(X))
    array = pd.DataFrame(TRAIN).astype(object).to_numpy()
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        out = fitted.transform(array)
    assert isinstance(out, np.ndarray)
    assert_close(plain(out), expected)


def test_a_frame_after_an_array_is_taken_by_position():
    array = np.array([[1.0, 5.0], [3.0, np.nan]])
    for library in (pd, pl):
        X = library.DataFrame({"a": [1.0, None], "b": [2.0, 2.0]})
        with pytest.warns(UserWarning, match="has feature names"):
            out = NumericImputer().fit(array).transform(X)
        assert plain(out) == [[1.0, 2.0], [2.0, 2.0]]


def test_polars_works_with_permutation_importance():
    X = pl.DataFrame({"s": ["x", "y"] * 20, "n": list(range(40))})
    y = np.array([0.0, 1.0] * 20)
    pipe = make_pipeline(OrdinalEncoder(), DecisionTreeRegressor()).fit(X, y)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        found = permutation_importance(pipe, X, y, n_repeats=2, random_state=0)
    assert found.importances_mean[0] > 0.5 > found.importances_mean[1]


@pytest.mark.parametrize("output", ["pandas", "polars"])
@pytest.mark.parametrize(("step", "name"), STEPS, ids=ids)
def test_the_output_that_scikit_learn_is_set_to_changes_nothing_inside(step, name, output):
    X = pd.DataFrame(TRAIN)
    expected = plain(clone(step).fit(X, Y).transform(X))
    with sklearn.config_context(transform_output=output):
        fitted = clone(step).fit(X, Y)
        assert isinstance(fitted.transform(X), pd.DataFrame if output == "pandas" else pl.DataFrame)
        assert_close(plain(fitted.transform(X)), expected)


def test_every_odd_column_works_or_is_refused_by_name():
    cut = pd.DataFrame({"a": pd.cut([1, 2, 5, np.nan], 2)})
    assert not CategoricalImputer().fit_transform(cut)["a"].isna().any()
    sparse = pd.DataFrame({"a": pd.arrays.SparseArray([1.0, np.nan, 0.0])})
    assert NumericImputer().fit_transform(sparse)["a"].tolist() == [1.0, 0.5, 0.0]
    zones = [pd.Timestamp("2024-01-01 23:00", tz=zone) for zone in ("UTC", "Asia/Tokyo")]
    objects = pd.DataFrame({"d": pd.Series(zones, dtype=object)})
    assert plain(DateFeatures(["day", "hour"]).fit_transform(objects)) == [[1, 1], [23, 23]]
    wide = pl.DataFrame({"a": pl.Series([3, 1, None], dtype=pl.Int128)})
    assert plain(NumericScaler("minmax").fit_transform(wide)) == [[1.0, 0.0, None]]
    codes = OrdinalEncoder("a").fit_transform(wide)["a"].to_list()
    assert codes[:2] == [1.0, 0.0]
    for column in ([[1, 2], [3]], [{"a": 1}, {"a": 2}]):
        with pytest.raises(ColumnValuesError, match="Column 'a' holds values that cannot be"):
            OrdinalEncoder("a").fit(pd.DataFrame({"a": column}))
    for beyond in ([2**70, 1], [2**63, -1]):
        for X in (
            pd.DataFrame({"a": pd.Series(beyond, dtype=object)}),
            pl.DataFrame({"a": pl.Series(beyond, dtype=pl.Int128)}),
        ):
            with pytest.raises(ColumnValuesError, match="'a' holds whole numbers that no dtype"):
                OrdinalEncoder("a").fit(X)


def _odd_columns():
    arrow = pytest.importorskip("pyarrow")
    strings = arrow.array(["a", "b", None, "a"]).dictionary_encode()
    stamps = pd.to_datetime(["2024-01-01", None, "2024-01-02", "2024-01-01"])
    return {
        "categories of numbers": pd.Categorical([3, 1, None, 3]),
        "categories of dates": pd.Categorical(stamps),
        "intervals": pd.cut([1, 2, 3, 4], 2),
        "periods": pd.period_range("2024-01", periods=4, freq="M"),
        "times of day": [dt.time(1), dt.time(2), None, dt.time(1)],
        "bytes": [b"a", b"b", None, b"a"],
        "dicts": [{"a": 1}, None, {"a": 1}, {"a": 2}],
        "complex": np.array([1 + 2j, 2, 3, 4]),
        "sparse": pd.arrays.SparseArray([1.0, np.nan, 2.0, 1.0]),
        "Arrow's dictionary": pd.arrays.ArrowExtensionArray(strings),
        "Arrow's lists": pd.array([[1], [2], None, [1]], pd.ArrowDtype(arrow.list_(arrow.int64()))),
        "Arrow's dates": pd.array(stamps.date, pd.ArrowDtype(arrow.date32())),
    }


UNASKED = [
    CategoricalImputer(), CountEncoder(), DateFeatures(), DropConstant(), DropCorrelated(),
    ForwardFillImputer(), NumericImputer(), NumericScaler(), OneHotEncoder(sparse_output=False),
    OrdinalEncoder(), OutlierClipper(),
]  # fmt: skip


@pytest.mark.parametrize("step", UNASKED, ids=lambda step: type(step).__name__)
def test_an_odd_column_beside_others_stops_no_step(step):
    for name, values in _odd_columns().items():
        X = pd.DataFrame({"c": values, "n": [1.0, 2.0, 4.0, 7.0]})
        out = clone(step).fit(X).transform(X)
        assert len(out) == 4, name
        assert "n" in out.columns, name


@pytest.mark.parametrize("step", UNASKED, ids=lambda step: type(step).__name__)
def test_an_object_of_polars_stops_no_step(step):
    X = pl.DataFrame({"c": pl.Series([object()] * 3, dtype=pl.Object), "n": [1.0, 2.0, 4.0]})
    assert "n" in clone(step).fit(X).transform(X).columns


def test_categories_of_dates_are_dates():
    X = pd.DataFrame({"d": _odd_columns()["categories of dates"]})
    assert plain(DateFeatures(["day"]).fit_transform(X)) == [[1.0, None, 2.0, 1.0]]


def test_frames_that_are_not_taken_are_refused_by_name():
    pa = pytest.importorskip("pyarrow")
    with pytest.raises(TypeError, match=r"polars.LazyFrame; call .collect\(\) first"):
        NumericImputer().fit(pl.DataFrame({"a": [1.0]}).lazy())
    with pytest.raises(TypeError, match=r"pyarrow.Table; convert it with .to_pandas\(\)"):
        NumericImputer().fit(pa.table({"a": [1.0]}))
    rows = [{"a": 1.0}, {"a": 2.0}]
    by_name = [rows, {"a": [1.0, 2.0]}, np.array([(1.0,), (2.0,)], dtype=[("a", float)])]
    for X in by_name:
        with pytest.raises(TypeError, match=r"make a frame of them with pandas.DataFrame\(X\)"):
            NumericImputer().fit(X)


@pytest.mark.parametrize("dtype", [float, int, object])
def test_a_masked_value_is_missing(dtype):
    X = np.ma.masked_array([[1, 100], [3, 4], [5, 6]], mask=[[0, 1], [0, 0], [0, 0]], dtype=dtype)
    assert NumericImputer("constant").fit_transform(X).tolist() == [[1, 0], [3, 4], [5, 6]]


def test_arrays_of_another_byte_order_are_read():
    X = pd.DataFrame({"a": np.array([2, 1, 2], dtype=">i4"), "b": np.array([1.0, 1.0, 1.0], ">f8")})
    assert DropConstant().fit(X).constant_columns_ == ["b"]
    assert OrdinalEncoder(["a"]).fit_transform(X)["a"].tolist() == [1.0, 0.0, 1.0]


def test_an_array_of_times_stays_one():
    X = np.array([["2024-01-01"], ["NaT"], ["2024-01-02"]], dtype="datetime64[D]")
    out = DropConstant().fit_transform(X)
    assert out.dtype.kind == "M"
    assert np.array_equal(out, X, equal_nan=True)


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_an_aware_column_is_brought_to_the_zone_of_fit(library):
    def frame(zone):
        times = pd.date_range("2024-06-30 22:30", periods=2, tz="Europe/Paris").tz_convert(zone)
        made = pd.DataFrame({"t": times})
        return made if library is pd else pl.from_pandas(made)

    dates = DateFeatures(["month", "day", "hour"]).fit(frame("Europe/Paris"))
    expected = [[6, 7], [30, 1], [22, 22]]
    for zone in ("Europe/Paris", "UTC", "Asia/Tokyo"):
        assert plain(dates.transform(frame(zone))) == expected
    objects = pd.DataFrame({"t": frame("UTC")["t"].to_list()}, dtype=object)
    if library is pd:
        assert plain(dates.transform(objects)) == expected
    naive = library.DataFrame({"t": [dt.datetime(2024, 6, 30, 9)]})  # noqa: DTZ001
    assert plain(dates.transform(naive)) == [[6], [30], [9]]
