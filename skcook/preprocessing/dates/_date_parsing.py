"""Read strings as points in time, and learn how they are written.

How a column is written is learned once, in ``fit``, and is then the same for every later batch:
whether "03/04/2021" is in March or in April must not depend on the rows that come with it. What
cannot be told from the data is refused, never guessed. So a value is read the same alone and among
any others, from pandas and from polars.

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
from skcook.utils._columns import objects
from skcook.utils._validation import in_words

ISO = "ISO8601"

#: A day of a month of a year, and perhaps a time of day and an offset.
_ISO_PATTERN = re.compile(
    r"\d{4}([-/])\d{2}\1\d{2}"
    r"([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?\s?(Z|[+-]\d{2}(:?\d{2})?)?)?"
)
#: An offset, which stands behind a time of day: the end of a bare date, "-20", is none.
_OFFSET = re.compile(
    r"(.*[T ]\d{2}(?::?\d{2}(?::?\d{2}(?:[.,]\d+)?)?)?)\s*"
    r"(Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)\s*"
)
#: The end of a day, which ISO 8601 writes as the hour 24, and is the start of the next.
_MIDNIGHT = re.compile(r"(.*[T ])24(:?00(?::?00(?:[.,]0+)?)?(?:\s*(?:Z|[+-]\d{2}.*))?)")

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
        _put(times, rest, _parse_one(texts[rest], pattern, name))
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
            f"Column {name!r} does not look like dates: {in_words(list(texts[rest[:3]]))}. Leave "
            "it out of `columns`, or say how they are written by `format`, such as '%d/%m/%Y'."
        )
    formats, times = [first], _parse_one(texts, first, name)
    rest = unread(times, texts)
    while len(rest) and len(formats) < _MOST_FORMATS:
        pattern = _learn_one(texts[rest[:_SAMPLE]], texts[rest], name, formats)
        if pattern is None:
            break
        formats.append(pattern)
        more = _parse_one(texts[rest], pattern, name)
        _put(times, rest, more)
        rest = rest[np.isnat(more.wall)]
    return formats, times


def _learn_one(sample: Any, texts: Any, name: str, known: list[str]) -> str | None:
    """Return the format of the first value of the sample that has one not known yet."""
    for text in dict.fromkeys(sample):
        guess = ISO if _ISO_PATTERN.fullmatch(text) else _guess(text)
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
    stripped = objects(text.strip() for text in texts[bad])
    if (stripped != texts[bad]).any():
        _put(times, bad, _parse_pandas(stripped, pattern, name))
    if pattern == ISO and len(bad := unread(times, texts)):
        found = [(row, end) for row in bad if (end := _MIDNIGHT.fullmatch(texts[row].strip()))]
        if found:
            starts = objects(end[1] + "00" + end[2] for _, end in found)
            more = _parse_one(starts, ISO, name)
            day = np.timedelta64(1, "D")
            _put(times, [row for row, _ in found], Times(more.wall + day, more.instants + day))
    return times


def _put(times: Times, rows: Any, more: Times) -> None:
    times.wall[rows], times.instants[rows] = more.wall, more.instants


def _parse_polars(texts: Any, pattern: str, name: str) -> Times:
    """Read one exact format by polars, which takes a third of the time, and the rest by pandas."""
    wall = np.full(len(texts), np.datetime64("NaT", "us"))
    forms = {pattern: _shape(pattern)}
    if pattern == ISO:
        # What the first value is written in, most are.
        first = "".join(texts.drop_nulls().head(1).to_list())
        forms = dict(
            sorted(_ISO_SHAPES.items(), key=lambda item: re.search(str(item[1]), first) is None)
        )
    for form, shape in forms.items():
        rows = np.flatnonzero(np.isnat(wall))
        if shape is None or not len(rows):
            continue
        some = texts if len(rows) == len(texts) else texts[rows]
        # Only what is written in full, since polars takes shorter forms than pandas does.
        whole = some.str.contains(shape).fill_null(False)
        if not whole.any():
            continue
        # polars raises where pandas has no error, or a better one: at half a time of day.
        with contextlib.suppress(sys.modules["polars"].exceptions.PolarsError):
            # A cache takes twice as long unless there are few times (bench_preprocessing.py).
            read = some.str.to_datetime(form, strict=False, time_unit="us", cache=False)
            read = np.array(read.to_numpy(), dtype="datetime64[us]")
            if whole.all():
                wall[rows] = read
            else:
                wall[rows[whole.to_numpy()]] = read[whole.to_numpy()]
    times = Times(wall, wall.copy())
    rest = unread(times, texts)
    if len(rest):
        _put(times, rest, _parse_one(objects(texts[rest]), pattern, name))
    return times


#: The directives that polars and pandas read alike, written in full.
_DIGITS = {"%Y": "[1-9][0-9]{3}", "%S": "[0-5][0-9]"}
_DIGITS |= dict.fromkeys(("%m", "%d", "%H", "%M"), "[0-9]{2}")


def _shape(pattern: str) -> str | None:
    """Return a regular expression of a format; None if polars might read it otherwise."""
    parts = re.split(r"(%.)", pattern)
    if any(part.startswith("%") and part not in _DIGITS for part in parts) or "%Y" not in parts:
        return None
    return "^" + "".join(_DIGITS.get(part) or re.escape(part) for part in parts) + "$"


_ISO_SHAPES: dict[str, Any] = {
    form: _shape(form)
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")
}


_IS_PANDAS_2 = pd.__version__.startswith("2.")
_NANOSECONDS = re.compile(r"([.,]\d{6})\d+")


def _parse_pandas(texts: np.ndarray, pattern: str, name: str) -> Times:
    if _IS_PANDAS_2 and pattern == ISO and _offsets_differ(texts):
        return _parse_offsets(texts, pattern, name)
    try:
        with warnings.catch_warnings():
            # Of different offsets pandas 2 warns where pandas 3 raises.
            warnings.simplefilter("error", FutureWarning)
            times = pd.to_datetime(texts, format=pattern, errors="coerce")
    except (ValueError, FutureWarning) as exc:
        if "timezone" not in str(exc) and "time zone" not in str(exc) and "tz" not in str(exc):
            raise ColumnValuesError(
                f"Column {name!r} cannot be read by the format {pattern!r}: {exc}"
            ) from exc
        return _parse_offsets(texts, pattern, name)
    if times.unit == "ns" and times.hasnans:
        # One value with nanoseconds narrows the range of all: beside it, the year 1 is not read.
        long = [isinstance(t, str) and _NANOSECONDS.search(t) is not None for t in texts]
        if any(long):
            cut = (_NANOSECONDS.sub(r"\1", t) if isinstance(t, str) else t for t in texts)
            return _parse_pandas(objects(cut), pattern, name)
    instants = times if times.tz is None else times.tz_convert(None)
    wall = times if times.tz is None else times.tz_localize(None)
    return Times(_microseconds(wall), _microseconds(instants))


def _offsets_differ(texts: np.ndarray) -> bool:
    """Tell whether some values have an offset and others none, which pandas 2 does not refuse."""
    found = {_OFFSET.fullmatch(text) is not None for text in texts if isinstance(text, str)}
    return len(found) > 1


def _parse_offsets(texts: np.ndarray, pattern: str, name: str) -> Times:
    """Read values that have different offsets, which pandas does not."""
    found = [_OFFSET.fullmatch(text) if isinstance(text, str) else None for text in texts]
    if pattern != ISO or not any(found):  # or pandas sees offsets where there should be none
        return _parse_one_by_one(texts, pattern, name)
    bare = objects(text if end is None else end[1] for text, end in zip(texts, found, strict=True))
    offset = np.array([0 if end is None else _minutes(end[2]) for end in found])
    times = _parse_one(bare, ISO, name)
    return Times(times.wall, times.instants - offset.astype("timedelta64[m]"))


def _minutes(offset: str) -> int:
    if offset == "Z":
        return 0
    digits = offset[1:].replace(":", "").ljust(4, "0")
    return (-1 if offset[0] == "-" else 1) * (60 * int(digits[:2]) + int(digits[2:]))


def _parse_one_by_one(texts: np.ndarray, pattern: str, name: str) -> Times:
    """Read values that pandas does not read together, each different one once."""
    rows, distinct = pd.factorize(texts)
    each = [_parse_pandas(distinct[i : i + 1], pattern, name) for i in range(len(distinct))]
    nothing = np.array(["NaT"], dtype="datetime64[us]")
    wall = np.concatenate([*(times.wall for times in each), nothing])
    instants = np.concatenate([*(times.instants for times in each), nothing])
    return Times(wall[rows], instants[rows])


def _microseconds(index: pd.DatetimeIndex) -> np.ndarray:
    return np.array(index.to_numpy(), dtype="datetime64[us]")
