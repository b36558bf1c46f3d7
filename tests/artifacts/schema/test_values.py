"""Times read and written, values named."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skcook.artifacts.schema._schema_column import read_time, to_json_value, write_time


@given(st.datetimes(), st.integers(0, 999), st.booleans())
def test_times_are_read_as_they_were_written(moment, nanoseconds, zoned):
    delta = moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    count = (delta // timedelta(microseconds=1)) * 1000 + nanoseconds
    assert read_time(write_time(count, zoned=zoned)) == (count, zoned)


@given(st.datetimes(timezones=st.timezones()))
def test_what_python_writes_is_read(moment):
    moment = moment.replace(microsecond=0)  # a whole number of seconds is exact as a float
    try:
        expected = int(moment.timestamp())
    except OverflowError:
        return
    time = read_time(moment.isoformat())
    if time is not None:  # zones of old have offsets with seconds, which ISO 8601 has not
        assert time == (expected * 10**9, True)


@pytest.mark.parametrize(
    "text",
    ["", "today", "2024", "2024-13-01", "2024-02-30", "2024-W05-1", "20240131", "2024-01-31T",
     "2024-01-31T25:00", "2024-01-31 08", "31.01.2024", "2024-01-31x", "0000-01-01",
     "2024-01-31T08:15:00+2", "٢٠٢٤-٠١-٣١", "2024-01-31" * 10**5, " 2024-01-31"],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_what_is_no_time(text):
    assert read_time(text) is None


@pytest.mark.parametrize(
    "text",
    ["2024-01-31", "2024-01-31T08:15", "2024-01-31 08:15:00", "2024-01-31t08:15:00z",
     "2024-01-31T08:15:00.123456789Z", "2024-01-31T08:15:00,5+02:00", "2024-02-29"],
)  # fmt: skip
def test_what_is_a_time(text):
    assert read_time(text) is not None


def test_offsets_are_converted():
    assert read_time("2024-01-31T10:00:00+02:00")[0] == read_time("2024-01-31T08:00:00Z")[0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None), (np.nan, None), (pd.NA, None), (pd.NaT, None),
        (np.datetime64("NaT", "us"), None),
        (np.float32(0.5), 0.5), (np.int8(3), 3), (np.bool_(True), True), (Decimal("1.5"), 1.5),
        (np.str_("a"), "a"), (date(2024, 1, 31), "2024-01-31"),
        (pd.Timestamp("2024-01-31"), "2024-01-31"), (pd.Timestamp("2024-01-31 08:00"),
                                                "2024-01-31T08:00:00"),
        (np.datetime64("2024-01-31T08:00"), "2024-01-31T08:00:00"),
        (pd.Timestamp("2024-01-31 08:00", tz="Europe/Berlin"), "2024-01-31T07:00:00Z"),
        (timedelta(seconds=1.5), 1.5), (np.timedelta64(1, "D"), 86400.0),
    ],
    ids=repr,
)  # fmt: skip
def test_values_of_frames_become_values_of_json(value, expected):
    found = to_json_value(value)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize("value", [[1], {"a": 1}, object(), b"x", 1j, pd.Period("2024")], ids=type)
def test_what_json_has_no_place_for(value):
    with pytest.raises(TypeError, match="no place in JSON"):
        to_json_value(value)
