"""How dates are written is learned, and what cannot be told is refused."""

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skcook.exceptions import ColumnValuesError
from skcook.preprocessing.dates._date_parsing import ISO, learn_formats, looks_like_dates, parse


def objects(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def days(times):
    return [None if np.isnat(t) else str(t)[:16] for t in times]


@pytest.mark.parametrize(
    ("texts", "formats", "expected"),
    [
        (["2024-02-29", "2023-01-01"], ["ISO8601"], ["2024-02-29", "2023-01-01"]),
        (
            ["2024-02-29", "2024-02-29 18:30", "2024-02-29T18:30:59.5", "2024/02/29"],
            ["ISO8601"],
            ["2024-02-29", "2024-02-29T18:30", "2024-02-29T18:30", "2024-02-29"],
        ),
        (["03/04/2021", "13/04/2021"], ["%d/%m/%Y"], ["2021-04-03", "2021-04-13"]),
        (["13/04/2021", "03/04/2021"], ["%d/%m/%Y"], ["2021-04-13", "2021-04-03"]),
        (["03/04/2021", "04/13/2021"], ["%m/%d/%Y"], ["2021-03-04", "2021-04-13"]),
        (["2 January 2020", "15 March 2021"], ["%d %B %Y"], ["2020-01-02", "2021-03-15"]),
        (
            ["2020-01-02", "25.12.2021", "Jan 2, 2020"],
            ["ISO8601", "%d.%m.%Y", "%b %d, %Y"],
            ["2020-01-02", "2021-12-25", "2020-01-02"],
        ),
        (["n/a", "2020-01-02", "", "?"], ["ISO8601"], [None, "2020-01-02", None, None]),
        # The one value that only reads the other way round is a mistake, not a second format.
        (
            ["04/13/2021", "04/14/2021", "15/04/2021"],
            ["%m/%d/%Y"],
            ["2021-04-13", "2021-04-14", None],
        ),
        # Nor does the first value decide against the others.
        (
            ["04/13/2021", "14/04/2021", "15/04/2021"],
            ["%d/%m/%Y"],
            [None, "2021-04-14", "2021-04-15"],
        ),
        (["2024.02.03", "2024.02.04"], ["%Y.%m.%d"], ["2024-02-03", "2024-02-04"]),
        ([None, float("nan")], ["ISO8601"], [None, None]),
    ],
    ids=str,
)
def test_formats_are_learned(texts, formats, expected):
    texts = objects(texts)
    learned, times = learn_formats(texts, "a")
    assert learned == formats
    got = [t if e is None or len(e) > 10 else t[:10] for t, e in zip(days(times.wall), expected)]
    assert got == expected
    again = parse(texts, formats, "a")
    np.testing.assert_array_equal(again.wall, times.wall)
    np.testing.assert_array_equal(again.instants, times.instants)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["03/04/2021", "05/06/2021"], "may be written as %m/%d/%Y or as %d/%m/%Y"),
        (["hello", "world"], "does not look like dates: 'hello', 'world'"),
        (["x" * 1000], "does not look like dates: 'xxx"),
    ],
    ids=["ambiguous", "text", "long"],
)
def test_what_cannot_be_told_is_refused(texts, message):
    with pytest.raises(ColumnValuesError, match=message):
        learn_formats(objects(texts), "a")


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        (["2024-07-01T18:30:00+02:00", "2024-07-01 18:30:00+02:00"], "ISO8601"),
        (["2024-07-01T18:30:00+02:00", "2024-12-01T18:30:00+01:00"], "ISO8601"),
        (["2024-07-01T18:30Z", "2024-12-01T18:30-05:30"], "ISO8601"),
        (["2024-07-01T18:30+02", "2024-12-01T18:30"], "ISO8601"),
        (["2024-07-01T18:30+0200", None, "2024-12-01T18:30-0030"], "ISO8601"),
        (["01.07.2024 18:30 +0200", "01.12.2024 18:30 +0100"], "%d.%m.%Y %H:%M %z"),
    ],
    ids=["one-offset", "summer-and-winter", "zulu", "with-and-without", "minutes", "format"],
)
def test_offsets_keep_the_hour_as_written(texts, pattern):
    times = parse(objects(texts), [pattern], "a")
    hours = pd.DatetimeIndex(times.wall[~np.isnat(times.wall)]).hour
    assert set(hours) == {18}
    for text, instant in zip(texts, times.instants):
        if text is None:
            assert np.isnat(instant)
        else:
            options = {} if pattern == "ISO8601" else {"format": pattern}
            read = pd.to_datetime(text, utc=True, **options)
            assert read.tz_localize(None) == pd.Timestamp(instant)


def test_offsets_may_differ_wherever_the_format_has_them():
    texts = objects(["2024 +0100 01", "2024 +0200 01", None, "2024 Z 01"])
    times = parse(texts, ["%Y %z %m"], "d")
    assert times.wall.astype("datetime64[D]").tolist()[:2] == [dt.date(2024, 1, 1)] * 2
    hours = (times.wall - times.instants).astype("timedelta64[h]").astype(float)
    assert hours[[0, 1, 3]].tolist() == [1.0, 2.0, 0.0]
    assert np.isnat(times.wall[2])
    with pytest.raises(ColumnValuesError, match="'a' cannot be read by the format '%Q'"):
        parse(texts, ["%Q"], "a")


#: Ways to write a date, good ones and bad ones, that people's files have in one column.
SPELLINGS = [
    *("2024-05-20", "2024-02-29", "2023-02-29", "1999-12-31", "0001-01-01", "9999-12-31"),
    *("2024-05-20 08:00", "2024-05-20T08:00:00", "2024-05-20 08:00:00.5", "2024-05-20 8:00"),
    *("2024-05-21T08:00:00+02:00", "2024-05-21T08:00:00-02:00", "2024-05-21T08:00:00Z"),
    *("2024-05-21 08:00:00 +02:00", "2024-05-21T08:00+0200", "2024-05-21T08:00-08", "2024-5-20"),
    *("2024-05-21T08:00:00.123456789", "2024-05-21T08:00:00.123456789+05:30", " 2024-05-20 "),
    *("2020-01-02T24:00:00", "2020-12-31 24:00", "2020-01-02T24:00:00+01:00", "2020-01-02T24:30"),
    *("2020-01-02T23:59:60", "2024/05/20", "2024/05/20 08:00", "20240520", "2024-05", "2024"),
    *(
        "20240520T0800",
        "20.05.2024",
        "05/20/2024",
        "20/05/2024",
        "20.05.2024 08:00",
        "May 20, 2024",
    ),
    # Offsets written as they should not be.
    *(
        "2024-05-21t08:00:00z",
        "2024-05-21T08:00:00+2",
        "2024-05-21T08:00:00+25:00",
        "2024-05-21T08:00-23:59",
    ),
    *("2024-05-20-05:00", "2024-05-21T08:00:00+02:00[Europe/Paris]", "2024-05-21T08:00 UTC"),
    *("2024-05-21T08:00:00+24:00", "2024-05-21T08:00:00+02:60"),
    *(
        "24-05-20",
        "2024-13-01",
        "2024-00-10",
        "nonsense",
        "",
        "NaT",
        "-20",
        "08:00",
        "2024-05-20-20",
    ),
]
FORMATS = [[ISO], [ISO, "%d.%m.%Y"], ["%Y-%m-%d"], ["%d/%m/%Y", "%Y-%m-%dT%H:%M:%S%z", ISO]]


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from([*SPELLINGS, None]), min_size=1, max_size=12),
    st.sampled_from(FORMATS),
)
def test_a_value_is_read_the_same_alone_and_among_others(values, formats):
    alone = [parse(objects([value]), formats, "d") for value in values]
    for column in (objects(values), pl.Series(values, dtype=pl.String)):
        whole = parse(column, formats, "d")
        for part in ("wall", "instants"):
            expected = [getattr(times, part)[0] for times in alone]
            np.testing.assert_array_equal(getattr(whole, part), np.array(expected))


def test_the_end_of_a_day_is_the_start_of_the_next():
    texts = objects(["2020-01-02T24:00:00", "2020-12-31 24:00", "2020-02-28T24:00:00+01:00"])
    times = parse(texts, [ISO], "d")
    assert times.wall.astype("datetime64[h]").astype(str).tolist() == [
        "2020-01-03T00",
        "2021-01-01T00",
        "2020-02-29T00",
    ]
    assert str(times.instants[2]) == "2020-02-28T23:00:00.000000"


@pytest.mark.parametrize(
    ("texts", "formats", "expected"),
    [
        (["2024-02-29"] * 19 + ["unknown"], None, True),
        (["2024-02-29"] * 18 + ["unknown"] * 2, None, False),
        (["2024-02-29 18:30:00+01:00"], None, True),
        (["20240229", "2024"], None, False),
        (["03/04/2021"], None, False),
        (["03/04/2021"], ["%d/%m/%Y"], True),
        (["2024-02-29 is a day"], None, False),
        (["2024-02/29"], None, False),
        (["12:30", "May", "1.5", "A-2020-01"], None, False),
        ([], None, False),
    ],
    ids=str,
)
def test_no_text_is_taken_for_dates(texts, formats, expected):
    assert looks_like_dates(objects(texts), formats) == expected


@pytest.mark.parametrize(
    ("texts", "patterns"),
    [
        (["2024-02-29", None, "2024-02-29 18:30", "x", "24-01-02", " 2024-03-01 "], ["ISO8601"]),
        (["2024-02-29 18:30:01+01:00", "2024-02-29 18:30:01+02:00"], ["ISO8601"]),
        (["29.02.2024", "1.3.2024", "31.02.2024", " 01.03.2024"], ["%d.%m.%Y"]),
        (["29.02.2024 18", "01.03.2024 07"], ["%d.%m.%Y %H"]),
        (["x", "29 Feb 2024", "2024-02-29T18:30:01.123456"], ["%d %b %Y", "ISO8601"]),
        ([None, None], ["ISO8601"]),
        ([], ["ISO8601"]),
    ],
    ids=str,
)
def test_polars_reads_what_pandas_reads(texts, patterns):
    ours = parse(pl.Series(texts, dtype=pl.String), patterns, "a")
    theirs = parse(objects(texts), patterns, "a")
    np.testing.assert_array_equal(ours.wall, theirs.wall)
    np.testing.assert_array_equal(ours.instants, theirs.instants)
