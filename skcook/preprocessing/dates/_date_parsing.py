"""Read strings as points in time, and learn how they are written.

How a column is written is learned once, in ``fit``, and is then the same for every later batch:
whether "03/04/2021" is in March or in April must not depend on the rows that come with it. What
cannot be told from the data is refused, never guessed.

>>> import numpy as np
>>> from skcook.preprocessing.dates._date_parsing import learn_formats, parse
>>> texts = np.array(["03.04.2021", "28.04.2021", "2021-05-01"], dtype=object)
>>> formats, times = learn_formats(texts, "ordered")
>>> formats
['%d.%m.%Y', 'ISO8601']
>>> times.wall[0]
np.datetime64('2021-04-03T00:00:00.000000')
"""

import contextlib
import re
import sys
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.tseries.api import guess_datetime_format

from skcook.exceptions import ColumnValuesError
from skcook.utils._validation import shown

ISO = "ISO8601"

#: A day of a month of a year, and perhaps a time of day and an offset.
_ISO_PATTERN = re.compile(
    r"\d{4}([-/])\d{2}\1\d{2}"
    r"([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?\s?(Z|[+-]\d{2}(:?\d{2})?)?)?"
)
_OFFSET = re.compile(r"\s*(Z|[+-]\d{2}(?::?\d{2})?)$")

#: How many values are looked at to guess a format, and how many formats one column may mix.
_SAMPLE, _MOST_FORMATS = 1000, 8


@dataclass(frozen=True)
class Times:
    """Points in time.

    Shapes: wall (n,), instants (n,).
    """

    wall: np.ndarray
    instants: np.ndarray


def present(texts: Any) -> np.ndarray:
    """Tell which values of an array of objects, or of a polars Series, are not missing."""
    return pd.notna(texts) if isinstance(texts, np.ndarray) else texts.is_not_null().to_numpy()


def unread(times: Times, texts: Any) -> np.ndarray:
    """Return the rows that hold something which was not read as a time."""
    rows = np.flatnonzero(np.isnat(times.wall))
    return rows[present(texts[rows])] if len(rows) else rows


def looks_like_dates(texts: Any, formats: list[str] | None) -> bool:
    """Tell, from some values, whether strings may be taken for dates unasked.

    Shapes: texts (n,).
    """
    if not len(texts):
        return False
    if formats is not None:
        good = ~np.isnat(parse(texts, formats, "").wall)
    else:
        good = np.array([_ISO_PATTERN.fullmatch(text) is not None for text in texts])
    return good.mean() >= 0.95


def parse(texts: Any, formats: list[str], name: str) -> Times:
    """Read strings as points in time.

    Shapes: texts (n,).
    """
    first, *others = formats
    times = _parse_one(texts, first, name)
    for pattern in others:
        rest = unread(times, texts)
        if not len(rest):
            break
        more = _parse_one(texts[rest], pattern, name)
        times.wall[rest], times.instants[rest] = more.wall, more.instants
    return times


def learn_formats(texts: Any, name: str) -> tuple[list[str], Times]:
    """Find out how the dates of a column are written.

    Shapes: texts (n,).
    """
    rest = np.flatnonzero(present(texts[:_SAMPLE]))
    if not len(rest):
        rest = np.flatnonzero(present(texts))
    if not len(rest):
        return [ISO], _parse_one(texts, ISO, name)
    first = _learn_one(texts[rest[:_SAMPLE]], texts, name, [])
    if first is None:
        raise ColumnValuesError(
            f"Column {name!r} does not look like dates: {shown(list(texts[rest[:3]]))}. Leave it "
            "out of `columns`, or say how they are written by `format`, such as '%d/%m/%Y'."
        )
    formats, times = [first], _parse_one(texts, first, name)
    rest = unread(times, texts)
    while len(rest) and len(formats) < _MOST_FORMATS:
        pattern = _learn_one(texts[rest[:_SAMPLE]], texts[rest], name, formats)
        if pattern is None:
            break
        formats.append(pattern)
        more = _parse_one(texts[rest], pattern, name)
        times.wall[rest], times.instants[rest] = more.wall, more.instants
        rest = rest[np.isnat(more.wall)]
    return formats, times


def _learn_one(sample: Any, texts: Any, name: str, known: list[str]) -> str | None:
    """Return the format of the first value of the sample that has one not known yet."""
    for text in dict.fromkeys(sample):
        if _ISO_PATTERN.fullmatch(text):
            if ISO in known:
                continue
            return ISO
        guess = _guess(text)
        if guess is None or guess in known or _twin(guess) in known:
            # Beside 13/04 in a column of month/day, 04/13 is a mistake, not another format.
            continue
        if _twin(guess) == guess:
            return guess
        return _day_or_month_first((sample, texts), guess, name, known)
    return None


def _day_or_month_first(
    parts: tuple[Any, Any], guess: str, name: str, known: list[str]
) -> str | None:
    """Return that of the two orders of day and month that reads more values."""
    for part in parts:
        good = {
            pattern: np.count_nonzero(~np.isnat(_parse_one(part, pattern, name).wall))
            for pattern in (guess, _twin(guess))
        }
        if len(set(good.values())) == 2:
            return max(good, key=good.__getitem__)
    if known:
        return None
    raise ColumnValuesError(
        f"Column {name!r} may be written as {guess} or as {_twin(guess)}: no value such as "
        f"{parts[0][0]!r} tells the day from the month. Say which it is by `format`."
    )


def _guess(text: str) -> str | None:
    with warnings.catch_warnings():
        # pandas warns that 13/04 is not month first, which is what is to be found out.
        warnings.simplefilter("ignore", UserWarning)
        return guess_datetime_format(text.strip())


def _twin(pattern: str) -> str:
    """Return the format with day and month exchanged, where that is a format in use."""
    if pattern.startswith("%Y") or "%m" not in pattern:
        return pattern
    return pattern.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def _parse_one(texts: Any, pattern: str, name: str) -> Times:
    """Read the values that are written in one format."""
    if not isinstance(texts, np.ndarray):
        return _parse_polars(texts, pattern, name)
    times = _parse_pandas(texts, pattern, name)
    bad = unread(times, texts)
    stripped = _objects([text.strip() for text in texts[bad]])
    if (stripped != texts[bad]).any():
        more = _parse_pandas(stripped, pattern, name)
        times.wall[bad], times.instants[bad] = more.wall, more.instants
    return times


def _parse_polars(texts: Any, pattern: str, name: str) -> Times:
    """Read one exact format by polars, which takes a third of the time, and the rest by pandas."""
    exact = pattern
    if pattern == ISO:
        found = texts.drop_nulls().head(1).to_list()
        exact = (_guess(found[0]) if found else None) or "%z"
    wall = np.full(len(texts), np.datetime64("NaT", "us"))
    if "%z" not in exact:
        # polars raises where pandas has no error, or a better one: at half a time of day.
        with contextlib.suppress(sys.modules["polars"].exceptions.PolarsError):
            read = texts.str.to_datetime(exact, strict=False, time_unit="us")
            wall = np.array(read.to_numpy(), dtype="datetime64[us]")
            # It takes 24-01-02 for a day in the year 24.
            wall[wall < np.datetime64("1000-01-01")] = np.datetime64("NaT", "us")
    times = Times(wall, wall.copy())
    rest = unread(times, texts)
    if len(rest):
        more = _parse_one(_objects(texts[rest]), pattern, name)
        times.wall[rest], times.instants[rest] = more.wall, more.instants
    return times


def _objects(values: Any) -> np.ndarray:
    values = list(values)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _parse_pandas(texts: np.ndarray, pattern: str, name: str) -> Times:
    try:
        times = pd.to_datetime(texts, format=pattern, errors="coerce")
    except ValueError as exc:
        if "timezone" not in str(exc) and "tz" not in str(exc):
            raise ColumnValuesError(
                f"Column {name!r} cannot be read by the format {pattern!r}: {exc}"
            ) from exc
        return _parse_offsets(texts, pattern, name)
    instants = times if times.tz is None else times.tz_convert(None)
    wall = times if times.tz is None else times.tz_localize(None)
    return Times(_microseconds(wall), _microseconds(instants))


def _parse_offsets(texts: np.ndarray, pattern: str, name: str) -> Times:
    """Read values that have different offsets, which pandas does not."""
    if pattern != ISO and not pattern.endswith("%z"):
        raise ColumnValuesError(
            f"Column {name!r} mixes offsets from UTC; in the format {pattern!r} the %z must come "
            "last."
        )
    strings = pd.Series(texts, dtype=object)
    found = strings.str.extract(_OFFSET, expand=False)
    digits = found.str.replace("Z", "+00").str.replace(":", "").str.ljust(5, "0")
    hours = pd.to_numeric(digits.str[:3]).fillna(0).to_numpy()
    minutes = pd.to_numeric(digits.str[0] + digits.str[3:5]).fillna(0).to_numpy()
    offset = (hours * 60 + minutes).astype("timedelta64[m]")
    bare = strings.str.replace(_OFFSET, "", regex=True).to_numpy(dtype=object)
    times = _parse_one(bare, ISO if pattern == ISO else pattern[: -len("%z")].rstrip(), name)
    return Times(times.wall, times.instants - offset)


def _microseconds(index: pd.DatetimeIndex) -> np.ndarray:
    return np.array(index.to_numpy(), dtype="datetime64[us]")
