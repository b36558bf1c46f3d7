"""Read strings as points in time, and learn how they are written.

How a column is written is learned once, in ``fit``, and is then the same for every later batch:
whether "03/04/2021" is in March or in April must not depend on the rows that come with it. What
cannot be told from the data is refused, never guessed.

>>> import numpy as np
>>> from skcook.preprocessing._date_parsing import learn_formats, parse
>>> texts = np.array(["03.04.2021", "28.04.2021", "2021-05-01"], dtype=object)
>>> formats, times = learn_formats(texts, "ordered")
>>> formats
['%d.%m.%Y', 'ISO8601']
>>> times.wall[0]
np.datetime64('2021-04-03T00:00:00.000000')
"""

import re
import warnings
from dataclasses import dataclass

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

    Parameters
    ----------
    wall : ndarray of datetime64[us] of shape (n,)
        As written, whatever the offset; NaT if missing or unparsable.
    instants : ndarray of datetime64[us] of shape (n,)
        The same in UTC. Without an offset, the time as written.
    """

    wall: np.ndarray
    instants: np.ndarray


def looks_like_dates(texts: np.ndarray, formats: list[str] | None) -> bool:
    """Tell, from some values, whether strings may be taken for dates unasked.

    Parameters
    ----------
    texts : ndarray of object of shape (n,)
        The strings that are not missing, or the first of them.
    formats : list of str or None
        The formats they are written in; None allows the form of ISO 8601 alone, in which no text,
        number or code is written by accident.

    Returns
    -------
    dates : bool
        Whether at least nineteen of twenty are dates.
    """
    if not len(texts):
        return False
    if formats is not None:
        good = ~np.isnat(parse(texts, formats, "").wall)
    else:
        good = np.array([_ISO_PATTERN.fullmatch(text) is not None for text in texts])
    return good.mean() >= 0.95


def parse(texts: np.ndarray, formats: list[str], name: str) -> Times:
    """Read strings as points in time.

    Parameters
    ----------
    texts : ndarray of object of shape (n,)
        Strings, and None or NaN where missing.
    formats : list of str
        Formats of ``strftime``, or "ISO8601". Each value is read by the first that fits.
    name : str
        The column, for errors.

    Returns
    -------
    times : Times
        The points in time.
    """
    first, *others = formats
    times = _parse_one(texts, first, name)
    for pattern in others:
        rest = np.flatnonzero(np.isnat(times.wall) & pd.notna(texts))
        if not len(rest):
            break
        more = _parse_one(texts[rest], pattern, name)
        times.wall[rest], times.instants[rest] = more.wall, more.instants
    return times


def learn_formats(texts: np.ndarray, name: str) -> tuple[list[str], Times]:
    """Find out how the dates of a column are written.

    Parameters
    ----------
    texts : ndarray of object of shape (n,)
        Strings, and None or NaN where missing.
    name : str
        The column, for errors.

    Returns
    -------
    formats : list of str
        What `parse` needs; the one that was found first comes first.
    times : Times
        The points in time.

    Raises
    ------
    ColumnValuesError
        If no value can be read, or days and months cannot be told apart.
    """
    nothing = np.full(len(texts), np.datetime64("NaT", "us"))
    times = Times(nothing, nothing.copy())
    rest = np.flatnonzero(pd.notna(texts))
    if not len(rest):
        return [ISO], times
    formats: list[str] = []
    while len(rest) and len(formats) < _MOST_FORMATS:
        pattern = _learn_one(texts[rest], name, formats)
        if pattern is None:
            break
        formats.append(pattern)
        more = _parse_one(texts[rest], pattern, name)
        times.wall[rest], times.instants[rest] = more.wall, more.instants
        rest = rest[np.isnat(more.wall)]
    if not formats:
        raise ColumnValuesError(
            f"Column {name!r} does not look like dates: {shown(list(texts[rest[:3]]))}. Leave it "
            "out of `columns`, or say how they are written by `format`, such as '%d/%m/%Y'."
        )
    return formats, times


def _learn_one(texts: np.ndarray, name: str, known: list[str]) -> str | None:
    """Return the format of the first value that has one and is not read already."""
    for text in dict.fromkeys(texts[:_SAMPLE]):
        if _ISO_PATTERN.fullmatch(text):
            if ISO in known:
                continue
            return ISO
        guesses = [guess for day_first in (False, True) if (guess := _guess(text, day_first))]
        guesses = [g for g in dict.fromkeys(guesses) if g not in known]
        if not guesses or any(_twin(guess) in known for guess in guesses):
            # Beside 13/04 in a column of month/day, 04/13 is a mistake, not another format.
            continue
        if len(guesses) == 1:
            return guesses[0]
        return _day_or_month_first(texts, guesses, name, known)
    return None


def _day_or_month_first(
    texts: np.ndarray, guesses: list[str], name: str, known: list[str]
) -> str | None:
    """Return the one of two formats that reads more values."""
    for part in (texts[:_SAMPLE], pd.unique(texts)):
        good = [int((~np.isnat(_parse_one(part, guess, name).wall)).sum()) for guess in guesses]
        if good[0] != good[1]:
            return guesses[int(good[1] > good[0])]
    if known:
        return None
    raise ColumnValuesError(
        f"Column {name!r} may be written as {guesses[0]} or as {guesses[1]}: no value such as "
        f"{texts[0]!r} tells the day from the month. Say which it is by `format`."
    )


def _guess(text: str, day_first: bool) -> str | None:
    with warnings.catch_warnings():
        # pandas warns that 13/04 is not month first, which is what was asked.
        warnings.simplefilter("ignore", UserWarning)
        return guess_datetime_format(text, dayfirst=day_first)


def _twin(pattern: str) -> str:
    """Return the format with day and month exchanged."""
    return pattern.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def _parse_one(texts: np.ndarray, pattern: str, name: str) -> Times:
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
