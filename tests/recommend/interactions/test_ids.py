import datetime as dt
from decimal import Decimal
from uuid import UUID

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skcook import artifacts
from skcook.exceptions import ColumnValuesError
from skcook.recommend import EASERecommender, PopularityRecommender
from skcook.recommend.interactions._ids import (
    as_series,
    check_ids,
    encode,
    factorize,
    index_of,
    lookup,
    pack_state,
    unpack_state,
)


def series(values):
    return nw.from_native(values, series_only=True)


STRINGS = ["b", "a", "b", "é\ud800", ""]
FORMS = {
    "int64": pd.Series([7, 5, 7, 2**62, -1]),
    "uint8": pd.Series([7, 5, 7, 200, 0], dtype="uint8"),
    "int8": pd.Series([127, -128, 127, 0, 1], dtype="int8"),
    "uint64": pd.Series([2**64 - 1, 2**64 - 2, 2**64 - 1, 2**63, 2**64 - 3], dtype="uint64"),
    "Int64": pd.Series([7, 5, 7, 2**62, -1], dtype="Int64"),
    "float": pd.Series([7.5, 5, 7.5, 2, -1]),
    "object": pd.Series(STRINGS, dtype=object),
    "str": pd.Series(["b", "a", "b", "c", ""], dtype="str"),
    "category": pd.Series(["b", "a", "b", "c", ""]).astype(
        pd.CategoricalDtype(["unused", "a", "b", "c", ""])
    ),
    "mixed": pd.Series([1, "1", 1, 2.5, "x"], dtype=object),
    "date": pd.Series(pd.to_datetime(["2020-01-02", "2020-01-01"] + ["2020-01-02"] * 3)),
    "boolean": pd.Series([True, False, True, True, False]),
    "polars-int": pl.Series([7, 5, 7, 2**62, -1]),
    "polars-string": pl.Series(["b", "a", "b", "c", ""]),
    "polars-categorical": pl.Series(["b", "a", "b", "c", ""], dtype=pl.Categorical),
    "polars-enum": pl.Series(["b", "a", "b", "c", ""], dtype=pl.Enum(["c", "", "a", "b"])),
}


@pytest.mark.parametrize("values", FORMS.values(), ids=FORMS)
def test_codes_lead_back_to_the_ids_in_the_order_of_appearance(values):
    codes, ids = factorize(series(values), "ids")
    assert isinstance(ids, np.ndarray)
    assert codes.dtype == np.int32
    back = ids[codes]
    expected = np.array(values.to_list(), dtype=back.dtype)
    assert (back == expected).all()
    assert codes[0] == 0
    assert len(set(ids.tolist())) == len(ids)


@pytest.mark.parametrize("values", FORMS.values(), ids=FORMS)
def test_ids_are_found_again(values):
    codes, ids = factorize(series(values), "ids")
    again, unique, places = lookup(index_of(ids[::-1]), series(values), "ids")
    assert (ids[::-1][places[again]] == ids[codes]).all()
    assert len(unique) == len(ids)


def test_pandas_and_polars_give_the_same_ids():
    for one, other in (("str", "polars-string"), ("int64", "polars-int")):
        left, right = factorize(series(FORMS[one]), ""), factorize(series(FORMS[other]), "")
        assert left[0].tolist() == right[0].tolist()
        assert left[1].tolist() == right[1].tolist()


def test_new_ids_get_the_next_codes():
    codes, ids = encode(series(pd.Series([9, 3, 9, 4])), np.array([3, 5]), "ids")
    assert ids.tolist() == [3, 5, 9, 4]
    assert codes.tolist() == [2, 0, 2, 3]


def test_new_ids_of_another_type_keep_both():
    codes, ids = encode(series(pd.Series(["1"])), np.array([1]), "ids")
    assert ids.tolist() == [1, "1"]
    assert codes.tolist() == [1]


MISSING = {
    "nan": pd.Series([1.0, np.nan]),
    "none": pd.Series(["a", None], dtype=object),
    "NA": pd.Series([1, pd.NA], dtype="Int64"),
    "NaT": pd.Series(pd.to_datetime(["2020-01-01", None])),
    "polars-null": pl.Series(["a", None]),
    "polars-nan": pl.Series([1.0, float("nan")]),
}


@pytest.mark.parametrize("values", MISSING.values(), ids=MISSING)
def test_missing_ids_are_counted_and_placed(values):
    with pytest.raises(ColumnValuesError, match=r"'who' holds 1 missing id.*first in row 1"):
        check_ids(series(values), "column 'who'")


def test_infinite_ids_are_named():
    with pytest.raises(ColumnValuesError, match=r"1 infinite id.*row 2"):
        check_ids(series(pd.Series([1.0, 2.0, np.inf])), "column 'who'")


def test_what_cannot_be_hashed_is_no_id():
    with pytest.raises(ColumnValuesError, match="users holds values that cannot be ids"):
        factorize(series(pd.Series([[1], [2]])), "users")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("abc", ["abc"]),
        (5, [5]),
        (np.int64(5), [5]),
        ([1, "1"], [1, "1"]),
        (np.array(["a"]), ["a"]),
        (pd.Series([1]), [1]),
        (pl.Series(["a"]), ["a"]),
        (pd.Index([3]), [3]),
        ([], []),
    ],
    ids=str,
)
def test_ids_by_hand_come_in_any_form(values, expected):
    assert as_series(values, "users").to_list() == expected


def test_a_matrix_is_no_list_of_ids():
    with pytest.raises(ValueError, match=r"users must be one id .* shape \(1, 2\)"):
        as_series([[1, 2]], "users")


@pytest.mark.parametrize(
    "values", [STRINGS, ["a", None], [], [1, "a"], ["x" * 100_000, "y"]], ids=range(5)
)
def test_a_state_is_packed_and_unpacked(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    state = {"ids": array, "n": 3, "numbers": np.arange(3)}
    again = unpack_state(pack_state(state))
    assert again["ids"].tolist() == values
    assert again["n"] == 3
    assert again["numbers"] is state["numbers"]


def test_packed_strings_are_no_objects():
    (packed,) = pack_state({"ids": np.array(["a", "bc"], dtype=object)})["ids"].values()
    assert {type(value) for value in packed.values()} <= {str, np.ndarray}
    assert {v.dtype.kind for v in packed.values() if isinstance(v, np.ndarray)} <= set("uib")


def test_times_with_a_zone_are_packed_and_unpacked():
    times = pd.date_range("2020-01-01", periods=3, freq="h", tz="Europe/Rome")
    packed = pack_state({"ids": times.astype(object).to_numpy()})
    again = unpack_state(packed)["ids"]
    assert again.tolist() == times.tolist()
    assert str(again[0].tz) == "Europe/Rome"


#: Forms that whole numbers of the range may come in.
WHOLE = {
    "int64": (-(2**63), 2**63 - 1, lambda v: pd.Series(v, dtype="int64")),
    "uint64": (0, 2**64 - 1, lambda v: pd.Series(v, dtype="uint64")),
    "UInt64": (0, 2**64 - 1, lambda v: pd.Series(pd.array(np.array(v, dtype="uint64")))),
    "object": (-(2**70), 2**70, lambda v: pd.Series(v, dtype=object)),
    "float64": (-(2**53), 2**53, lambda v: pd.Series(v, dtype="float64")),
    "polars-uint64": (0, 2**64 - 1, lambda v: pl.Series(v, dtype=pl.UInt64)),
    "polars-int128": (-(2**70), 2**70, lambda v: pl.Series(v, dtype=pl.Int128)),
}


def near(low, high):
    """Draw whole numbers from the edges of dtypes, where floats would run together."""
    edges = [0, 2**53, -(2**53), 2**63, -(2**63), 2**64]
    close = st.builds(lambda edge, step: edge + step, st.sampled_from(edges), st.integers(-3, 3))
    return st.lists(close.filter(lambda v: low <= v <= high), min_size=1, max_size=6)


@settings(max_examples=200)
@given(data=st.data(), known=st.sampled_from(sorted(WHOLE)), new=st.sampled_from(sorted(WHOLE)))
def test_whole_numbers_are_the_same_id_in_every_dtype_and_no_other(data, known, new):
    first, second = (data.draw(near(*WHOLE[form][:2])) for form in (known, new))
    codes, ids = factorize(series(WHOLE[known][2](first)), "ids")
    assert [int(ids[code]) for code in codes] == first
    codes, ids_of_new, places = lookup(index_of(ids), series(WHOLE[new][2](second)), "ids")
    assert [int(ids_of_new[code]) for code in codes] == second
    found = [int(ids[places[code]]) if places[code] >= 0 else None for code in codes]
    assert found == [value if value in first else None for value in second]
    codes, together = encode(series(WHOLE[new][2](second)), ids, "ids")
    assert [int(together[code]) for code in codes] == second
    assert [int(value) for value in together[: len(ids)]] == [int(value) for value in ids]


def test_uuids_are_kept_and_found_by_their_texts_too(tmp_path):
    users = [UUID(int=2**100 + i) for i in range(3)]
    items = [UUID(int=i) for i in range(4)]
    X = pd.DataFrame([(u, i) for n, u in enumerate(users) for i in items[: n + 2]])
    X.columns = ["user", "item"]
    model = PopularityRecommender().fit(X)
    wanted = model.recommend(users[0], k=2)
    path = artifacts.save(model, tmp_path / "uuids.skcook", X_example=X)
    loaded = artifacts.load(path)
    assert loaded.user_ids_.tolist() == users
    pd.testing.assert_frame_equal(loaded.recommend(users[0], k=2), wanted)
    assert loaded.recommend(str(users[0]), k=2)["item"].tolist() == wanted["item"].tolist()
    columns = {column.name: column.type for column in artifacts.read(path).schema.columns}
    assert columns == {"user": "string", "item": "string"}
    later = EASERecommender(1.0).fit(X.iloc[:4]).partial_fit(X.iloc[4:].astype(str))
    assert set(later.user_ids_) == set(users)


def test_ids_of_128_bits_are_asked_about():
    model = PopularityRecommender().fit(pl.DataFrame({"user": [1, 2], "item": [3, 4]}))
    answer = model.recommend(pl.Series([2, 2**80], dtype=pl.Int128), k=1)
    assert answer["item"].to_list() == [3, 3]


@pytest.mark.parametrize(
    "ids",
    [
        [Decimal("1.50"), Decimal("17"), Decimal("-1E+40")],
        [dt.date(2024, 1, day) for day in (1, 2, 3)],
        [dt.datetime(2024, 1, 1, 12, 30, 0, micro) for micro in (1, 2, 3)],  # noqa: DTZ001
        [dt.timedelta(microseconds=micro) for micro in (-1, 2, 10**15)],
    ],
    ids=lambda ids: type(ids[0]).__name__,
)
def test_ids_that_are_python_objects_are_saved_as_what_they_are(ids, tmp_path):
    X = pd.DataFrame({"user": pd.Series([*ids, ids[0]], dtype=object), "item": list("abab")})
    artifacts.save(PopularityRecommender().fit(X), tmp_path / "m.skcook", X_example=X)
    loaded = artifacts.load(tmp_path / "m.skcook")
    assert loaded.user_ids_.tolist() == ids
    assert list(map(type, loaded.user_ids_)) == list(map(type, ids))
    assert loaded.known_likes(ids[0])["item"].tolist() == ["a", "b"]


def test_objects_of_polars_are_ids():
    first, second = UUID(int=1), UUID(int=2)
    X = pl.DataFrame({"user": [first, second, first], "item": ["a", "a", "b"]})
    model = PopularityRecommender().fit(X)
    answer = model.recommend(model.recommend(X["user"], k=1, exclude_seen=False)["user"], k=1)
    assert answer["item"].to_list() == ["b"]


@pytest.mark.parametrize("dtype", ["float16", "timestamp[us][pyarrow]", "duration[ms][pyarrow]"])
def test_dtypes_without_an_index_of_their_own_are_ids(dtype):
    users = pd.Series([1, 2, 1]).astype("int64[pyarrow]" if "[" in dtype else "int64").astype(dtype)
    model = PopularityRecommender().fit(pd.DataFrame({"user": users, "item": ["a", "a", "b"]}))
    assert model.user_ids_.dtype.kind in "fmM"
    assert model.recommend(users.iloc[[1]], k=1)["item"].tolist() == ["b"]
    assert model.recommend([users.iloc[1]], k=1)["item"].tolist() == ["b"]
