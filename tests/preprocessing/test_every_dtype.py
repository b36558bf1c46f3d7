"""A column comes out the same whole, row by row and empty, of whatever dtype it is."""

import datetime as dt
from decimal import Decimal

import dateutil.tz
import numpy as np
import pandas as pd
import polars as pl
import pytest

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
from tests._containers import plain

pa = pytest.importorskip("pyarrow")


def arrow(values, dtype):
    return pd.array(values, dtype=pd.ArrowDtype(dtype))


DECIMALS = [Decimal("1.10"), Decimal("2.20"), None, Decimal("3.30")]
NOON = pd.Timestamp("2024-01-01 12:00")
BINS = pd.cut(pd.Series([1, 5, np.nan, 9]), [0, 3, 6, 10])
COLUMNS = {
    "arrow decimals": arrow(DECIMALS, pa.decimal128(10, 2)),
    "arrow lists": arrow([[1], [2], None, [1, 2]], pa.list_(pa.int64())),
    "arrow structs": arrow([{"a": 1}, {"a": 2}, None, {"a": 1}], pa.struct([("a", pa.int64())])),
    "arrow nulls": arrow([None] * 4, pa.null()),
    "arrow dictionary": arrow(["a", "b", None, "a"], pa.dictionary(pa.int32(), pa.string())),
    "arrow zone": arrow([NOON] * 2 + [None, NOON], pa.timestamp("ns", "Europe/Paris")),
    "sparse": pd.arrays.SparseArray([0, 2.0, np.nan, 0]),
    "sparse integers": pd.arrays.SparseArray([0, 0, 900, 1]),
    "bins": BINS,
    "categories that are tuples": pd.Categorical([("a", 1), ("b", 2), None, ("a", 1)]),
    "zones": [NOON.tz_localize("Asia/Tokyo"), NOON.tz_localize("Europe/Paris"), None, None],
    "some zones": [NOON.tz_localize("Asia/Tokyo"), NOON, None, None],
    "an offset": pd.DatetimeIndex([NOON] * 4).tz_localize(dt.timezone(dt.timedelta(hours=2))),
    "dates and times": [dt.date(2024, 1, 1), NOON.to_pydatetime(), None, dt.date(2024, 1, 2)],
    "integers of more than 64 bits": [2**70, 2**63, None, -1],
    "NaT": pd.to_datetime([None] * 4),
    "wide integers of polars": pl.Series([2**100, -(2**90), None, 1], dtype=pl.Int128),
    "null of polars": pl.Series([None] * 4),
}
STEPS = [
    NumericImputer(add_indicator=True),
    NumericImputer("most_frequent"),
    NumericImputer("constant", columns="c"),
    CategoricalImputer(),
    CategoricalImputer("constant", columns="c"),
    ForwardFillImputer(columns="c"),
    OrdinalEncoder(["c"], handle_unknown="use_encoded_value", unknown_value=-1),
    OneHotEncoder(["c"], sparse_output=False, handle_unknown="ignore"),
    CountEncoder(["c"]),
    TargetEncoder(["c"], cv=2),
    NumericScaler(),
    OutlierClipper("quantile", quantiles=(0.0, 0.5)),
    DropConstant(),
    DropCorrelated(),
]


def frame_of(name):
    column = COLUMNS[name]
    numbers = [1.0, 2.0, 3.0, 5.0]
    if isinstance(column, pl.Series):
        return pl.DataFrame({"c": column, "n": numbers})
    column = pd.Series(column, dtype=object if isinstance(column, list) else None)
    return pd.DataFrame({"c": column, "n": numbers})


def refused(step, X):
    try:
        step.fit(X, [0, 1, 0, 1])
    except ValueError as exc:
        return str(exc)
    return None


def rows_of(X, start, stop):
    return X.iloc[start:stop] if isinstance(X, pd.DataFrame) else X[start:stop]


def dtypes_of(X):
    return list(map(str, X.dtypes))


@pytest.mark.parametrize("step", STEPS, ids=lambda step: str(step)[:40])
@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_is_the_same_whole_row_by_row_and_empty(name, step):
    X = frame_of(name)
    refusal = refused(step, X)
    if refusal is not None:
        assert "'c'" in refusal
        return
    whole = step.transform(X)
    assert dtypes_of(step.transform(rows_of(X, 0, 0))) == dtypes_of(whole)
    blank = type(X)({"c": [None, None], "n": [1.0, 2.0]})
    assert len(step.transform(blank)) == 2
    for container in ("pandas", "polars"):
        out = step.set_output(transform=container).transform(X)
        assert list(out.columns) == list(whole.columns)
    step.set_output(transform="default")
    if isinstance(step, ForwardFillImputer):
        return  # whose rows depend on those before them
    values = plain(whole)
    for i in range(4):
        row = step.transform(rows_of(X, i, i + 1))
        assert dtypes_of(row) == dtypes_of(whole)
        assert repr(plain(row)) == repr([cells[i : i + 1] for cells in values])


def test_bins_are_keys():
    X = pd.DataFrame({"bin": BINS, "price": [1.0, 2.0, 3.0, 4.0]})
    table = pd.DataFrame({"bin": BINS[[0, 1, 3]].array, "rate": [10, 20, 30]})
    joined = LookupJoiner(table, on="bin").fit_transform(X)
    assert joined["rate"].tolist() == [10, 20, pd.NA, 30]
    imputer = ForwardFillImputer("price", group_by="bin").fit(X)
    assert imputer.transform(X.assign(price=np.nan))["price"].tolist() == [1.0, 2.0, 3.0, 4.0]
    last = ForwardFillImputer("bin").fit(X).transform(X[2:])
    assert last["bin"].tolist() == [BINS[3], BINS[3]]
    assert last["bin"].cat.categories.equals(BINS.cat.categories)


def test_categories_of_one_name_are_refused_as_keys():
    X = pd.DataFrame({"key": pd.Categorical([1, "1", 1]), "price": [1.0, 2.0, 3.0]})
    with pytest.raises(ValueError, match="'key' has several categories that are written '1'"):
        ForwardFillImputer("price", group_by="key").fit(X)


def test_dates_beside_times_keep_the_time_of_day():
    X = pd.DataFrame({"c": [dt.date(2024, 1, 1), NOON.to_pydatetime()]})
    assert OrdinalEncoder(["c"]).fit_transform(X)["c"].tolist() == [0.0, 1.0]
    new = pd.DataFrame({"c": pd.Series([None, dt.date(2024, 1, 1)], dtype=object)})
    assert ForwardFillImputer().fit(X).transform(new)["c"].tolist()[0] == NOON
    out = DropConstant().set_output(transform="polars").fit_transform(X)
    assert out["c"].to_list() == [dt.datetime(2024, 1, 1), NOON.to_pydatetime()]  # noqa: DTZ001


def test_nanoseconds_among_objects_reach_polars():
    spans = pd.DataFrame({"c": pd.Series([pd.Timedelta(1), pd.Timedelta(2)], dtype=object)})
    out = DropConstant().set_output(transform="polars").fit_transform(spans)
    assert out["c"].to_physical().to_list() == [1, 2]


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_times_of_several_zones_are_joined_as_instants(library):
    noon = [NOON.tz_localize("Asia/Tokyo"), NOON.tz_localize("Europe/Paris")]
    table = pd.DataFrame({"key": ["a", "b"], "at": pd.Series(noon, dtype=object)})
    joined = LookupJoiner(table, on="key").fit_transform(library.DataFrame({"key": ["b", "a"]}))
    assert list(joined["at"]) == noon[::-1]


def test_a_zone_of_arrow_needs_no_value():
    X = pd.DataFrame({"at": COLUMNS["arrow zone"], "price": [1.0, 2.0, 3.0, 4.0]})
    imputer = ForwardFillImputer("price", group_by="at").fit(X)
    new = pd.DataFrame({"at": X["at"][2:3], "price": [np.nan]}, index=[2])
    assert imputer.transform(new)["price"].tolist() == [3.0]


@pytest.mark.parametrize(
    "values",
    [[2**64 - 1, 2, None, 2**63], [*BINS[[0, 1]], None, BINS[3]], [Decimal(2**53 + 1), None] * 2],
    ids=["large integers", "intervals", "decimals"],
)
def test_objects_of_numpy_are_the_same_row_by_row(values):
    X = np.empty((4, 1), dtype=object)
    X[:, 0] = values
    encoder = OrdinalEncoder([0], encoded_missing_value=-1).fit(X)
    rows = [encoder.transform(X[i : i + 1]).item() for i in range(4)]
    assert rows == encoder.transform(X).ravel().tolist()


def test_decimals_are_filled_with_decimals():
    X = pd.DataFrame({"price": [Decimal("1.50"), None, Decimal("2.00")]})
    filled = NumericImputer("mean").fit_transform(X)["price"]
    assert filled.tolist()[1] == Decimal("1.75")
    assert NumericScaler().fit_transform(filled.to_frame())["price"].tolist()[1] == 0


@pytest.mark.parametrize("dtype", [None, object])
@pytest.mark.parametrize(
    "zone",
    [
        dt.timezone(dt.timedelta(hours=-3), "EST"),
        dt.timezone(dt.timedelta(hours=5, minutes=30)),
        dateutil.tz.gettz("Europe/Paris"),
        "Europe/Paris",
    ],
    ids=["an offset of a name", "an offset", "dateutil", "a name"],
)
def test_a_zone_is_an_offset_or_a_name(zone, dtype):
    X = pd.DataFrame({"at": pd.Series(pd.DatetimeIndex([NOON] * 2).tz_localize(zone), dtype=dtype)})
    dates = DateFeatures(["hour"]).fit(X)
    assert dates.transform(X)["at_hour"].tolist() == [12.0, 12.0]
    out = DropCorrelated().set_output(transform="polars").fit_transform(X)
    assert list(out["at"]) == X["at"].tolist()
    in_utc = pd.DataFrame({"at": pd.DatetimeIndex(X["at"]).tz_convert("UTC")})
    if dates.zones_["at"]:
        assert dates.transform(in_utc)["at_hour"].tolist() == [12.0, 12.0]
