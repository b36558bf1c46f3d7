"""DateFeatures: the same features whatever the dates came as."""

import datetime as dt
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.preprocessing import DateFeatures
from skcook.preprocessing.dates._calendar import PERIODS
from tests._containers import check_container_contract, dtypes_of, forms, parametrize_forms, plain

MOMENTS = [
    dt.datetime.fromisoformat("2024-12-30 18:30:15"),
    None,
    dt.datetime.fromisoformat("2024-02-29"),
    dt.datetime.fromisoformat("2023-01-01 23:59:59"),
]
FEATURES = [*PERIODS]


def expected_of(moments):
    index = pd.DatetimeIndex([m or pd.NaT for m in moments])
    columns = {name: getattr(index, name, None) for name in FEATURES}
    columns["week"] = index.isocalendar()["week"].astype("float64").to_numpy()
    columns["is_weekend"] = index.day_of_week >= 5
    columns["days_since_epoch"] = (index - pd.Timestamp(0)) / pd.Timedelta("1D")
    return [
        [None if m is None else float(v) for v, m in zip(columns[name], moments, strict=True)]
        for name in FEATURES
    ]


@parametrize_forms("datetime")
def test_container_matrix_of_datetimes(form):
    X = form.frame({"when": MOMENTS}, rest=form.container == "numpy")
    fitted = check_container_contract(DateFeatures(FEATURES), X)
    out = fitted.transform(X)
    assert plain(out) == expected_of(MOMENTS)
    if form.container != "numpy":
        assert list(out.columns) == [f"when_{name}" for name in FEATURES]
        assert {str(d).lower() for d in dtypes_of(out).values()} == {"float32", "float64"}


@parametrize_forms("date")
def test_container_matrix_of_dates(form):
    dates = [m and m.date() for m in MOMENTS]
    X = form.frame({"when": dates})
    fitted = check_container_contract(DateFeatures(FEATURES), X)
    midnight = [d and dt.datetime.combine(d, dt.time()) for d in dates]
    assert plain(fitted.transform(X)) == expected_of(midnight)


@pytest.mark.parametrize("form", forms("string"), ids=repr)
@pytest.mark.parametrize(
    "written", [str, "{:%d.%m.%Y %H:%M:%S}".format, "{:%B %d, %Y %H:%M:%S}".format]
)
def test_container_matrix_of_strings(form, written):
    texts = [m and written(m) for m in MOMENTS]
    X = form.frame({"when": texts, "text": ["a", "2024", "b", None]})
    fitted = check_container_contract(DateFeatures(FEATURES, columns=[0]), X)
    out = fitted.transform(X)
    assert plain(out) == [*expected_of(MOMENTS), ["a", "2024", "b", None]]
    assert list(fitted.n_unparsable_.values()) == [0]
    assert plain(DateFeatures(FEATURES, columns=[0]).fit_transform(X)) == plain(out)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_only_what_is_dates_beyond_doubt_is_taken_unasked(frame):
    X = frame(
        {
            "iso": ["2024-01-05", None, "2024-02-05"],
            "stamp": [MOMENTS[0], None, MOMENTS[2]],
            "european": ["25.12.2024", "26.12.2024", None],
            "text": ["on 2024-01-05", "x", "y"],
            "code": ["20240105", "2024", "12"],
            "number": [20240105, 20240106, 20240107],
            "nothing": [None, None, None],
        }
    )
    assert DateFeatures().fit(X).columns_ == ["iso", "stamp"]
    with_format = DateFeatures(format="%d.%m.%Y").fit(X)
    assert with_format.columns_ == ["stamp", "european"]
    out = with_format.transform(X)
    assert [c for c in out.columns if c.startswith("european")][:2] == [
        "european_year",
        "european_quarter",
    ]


def test_a_column_whose_first_rows_only_are_dates_is_left_alone():
    X = pd.DataFrame({"a": ["2024-01-05"] * 1000 + ["a text"] * 500, "b": 1})
    fitted = DateFeatures().fit(X)
    assert fitted.columns_ == []
    assert fitted.n_unparsable_ == {}
    out = DateFeatures().fit_transform(X)
    assert list(out.columns) == ["a", "b"]


def test_one_bad_date_becomes_missing_and_is_counted():
    X = pd.DataFrame({"a": ["2024-01-05"] * 30 + ["unknown", None]})
    fitted = DateFeatures(["day"]).fit(X)
    assert fitted.n_unparsable_ == {"a": 1}
    assert plain(fitted.transform(X)) == [[5.0] * 30 + [None, None]]
    with pytest.raises(ColumnValuesError, match=r"1 value of column 'a' is no date.*'unknown'"):
        DateFeatures(errors="raise").fit(X)
    strict = DateFeatures(errors="raise").fit(X[:30])
    with pytest.raises(ColumnValuesError, match="'unknown'"):
        strict.transform(X)


def test_a_batch_is_read_as_fit_was():
    """03/04 alone would be the 4th of March to pandas."""
    fitted = DateFeatures(["month", "day"], columns="a").fit(pd.DataFrame({"a": ["13/04/2021"]}))
    row = pd.DataFrame({"a": ["03/04/2021"]})
    assert plain(fitted.transform(row)) == [[4.0], [3.0]]
    assert plain(fitted.transform(pl.from_pandas(row))) == [[4.0], [3.0]]


@pytest.mark.parametrize("zone", ["Europe/Paris", "UTC", "America/St_Johns"])
@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_time_zones_keep_their_own_clock(zone, container):
    index = pd.date_range("2024-03-30 22:00", periods=6, freq="h", tz=zone)
    X = pd.DataFrame({"a": index})
    if container == "polars":
        X = pl.from_pandas(X)
    out = plain(DateFeatures(["hour", "days_since_epoch"]).fit_transform(X))
    assert out[0] == list(index.hour)
    utc = index.tz_convert("UTC").tz_localize(None)
    np.testing.assert_allclose(out[1], (utc - pd.Timestamp(0)) / pd.Timedelta("1D"), rtol=1e-14)


def test_numbers_are_dates_by_their_format():
    for column in ([20240229, 20231231], [20240229.0, np.nan]):
        X = pd.DataFrame({"a": column})
        out = DateFeatures(["day"], columns="a", format="%Y%m%d").fit_transform(X)
        assert plain(out)[0][0] == 29.0
    with pytest.raises(ColumnValuesError, match="column 'a' is numeric"):
        DateFeatures(columns="a").fit(X)


def test_cyclical_features_meet():
    X = pd.DataFrame(
        {"a": pd.to_datetime(["2024-12-31 23:00", "2024-01-01 00:00", "2024-06-30 12:00"])}
    )
    encoder = DateFeatures(["year", "month", "hour"], cyclical=True)
    out = encoder.fit_transform(X)
    assert list(out.columns) == [
        "a_year",
        "a_month_sin",
        "a_month_cos",
        "a_hour_sin",
        "a_hour_cos",
    ]
    assert list(encoder.get_feature_names_out()) == list(out.columns)
    points = out[["a_month_sin", "a_month_cos"]].to_numpy()
    np.testing.assert_allclose((points**2).sum(axis=1), 1, rtol=1e-6)
    assert np.linalg.norm(points[0] - points[1]) < np.linalg.norm(points[2] - points[1])


def test_the_date_may_be_kept():
    X = pd.DataFrame({"x": [1], "a": ["2024-02-29"], "y": [2]})
    encoder = DateFeatures(["day"], drop=False)
    out = encoder.fit_transform(X)
    assert list(out.columns) == ["x", "a", "a_day", "y"] == list(encoder.get_feature_names_out())


def test_names_of_an_array():
    X = np.array([["2024-02-29", 1.0], ["2024-03-01", 2.0]], dtype=object)
    encoder = DateFeatures(["day"]).fit(X)
    assert list(encoder.get_feature_names_out()) == ["x0_day", "x1"]
    assert list(encoder.get_feature_names_out(["when", "n"])) == ["when_day", "n"]
    assert plain(encoder.transform(X)) == [[29.0, 1.0], [1.0, 2.0]]


def test_a_row_without_the_date():
    fitted = DateFeatures(["day"]).fit(pd.DataFrame({"a": ["2024-02-29"]}))
    for row in (pd.DataFrame([{"a": None}]), pl.DataFrame({"a": [None]})):
        out = fitted.transform(row)
        assert plain(out) == [[None]]
        assert str(dtypes_of(out)["a_day"]).lower() == "float32"


@pytest.mark.parametrize(
    ("column", "options", "error", "message"),
    [
        (["2024-01-01"], {"features": ["weekday"]}, ValueError, "did you mean 'day'|no feature"),
        (["2024-01-01"], {"features": ["is_weekends"]}, ValueError, "did you mean 'is_weekend'"),
        (["2024-01-01"], {"features": "year"}, ValueError, "must be an array-like"),
        (["2024-01-01"], {"features": []}, ValueError, "`features` must name some"),
        (["2024-01-01"], {"features": ["day", "day"]}, ValueError, "repeats"),
        (["2024-01-01"], {"errors": "ignore"}, ValueError, "errors"),
        (["hello"], {"columns": "a"}, ColumnValuesError, "'a' does not look like dates"),
        (["2024-01-01"], {"columns": "b"}, ColumnsError, "no column 'b'"),
        ([True], {"columns": "a"}, ColumnValuesError, "column 'a' is boolean"),
    ],
)
def test_refusals(column, options, error, message):
    with pytest.raises(error, match=message):
        DateFeatures(**options).fit(pd.DataFrame({"a": column}))


def test_a_name_that_is_taken_is_refused():
    with pytest.raises(ColumnsError, match="'a_day'"):
        DateFeatures(["day"]).fit_transform(pd.DataFrame({"a": ["2024-02-29"], "a_day": [1]}))


def test_survives_pickle_and_skops():
    skops_io = pytest.importorskip("skops.io")
    X = pd.DataFrame({"a": ["2024-02-29", "x"], "b": [MOMENTS[0], None]})
    fitted = DateFeatures(columns=["a", "b"]).fit(X)
    data = skops_io.dumps(fitted)
    trusted = skops_io.get_untrusted_types(data=data)
    assert all(name.startswith("skcook.") for name in trusted)
    for copy in (pickle.loads(pickle.dumps(fitted)), skops_io.loads(data, trusted=trusted)):
        assert plain(copy.transform(X)) == plain(fitted.transform(X))
