"""Rules in words: "37 < age <= 48", "island = Biscoe", "sex is missing"."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd


def number_words(values: np.ndarray) -> list[str]:
    """Write numbers with as few digits as keep them apart.

    Parameters
    ----------
    values : ndarray of float
        Sorted numbers.

    Returns
    -------
    words : list of str
        One text a number.

    Examples
    --------
    >>> import numpy as np
    >>> from skcook.explain.tabular._rules import number_words
    >>> number_words(np.array([0.125, 37.0, 1234567.0]))
    ['0.125', '37', '1234567']
    >>> number_words(np.array([1000.121, 1000.124]))
    ['1000.121', '1000.124']
    """
    for digits in range(4, 18):
        words = [_one_number(value, digits) for value in values]
        if len(set(words)) == len(set(values.tolist())):
            break
    return words


def _one_number(value: float, digits: int) -> str:
    if not np.isfinite(value):
        return str(value)
    if value == round(value) and abs(value) < 1e15:
        return str(int(value))
    if 1e-4 <= abs(value) < 1e15:
        decimals = max(digits - 1 - int(np.floor(np.log10(abs(value)))), 0)
        text = f"{value:.{decimals}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:.{digits}g}"


def tick_words(values: np.ndarray, kind: str, zone: str | None) -> list[str]:
    """Write dates or durations, given as nanoseconds.

    Parameters
    ----------
    values : ndarray of float
        Nanoseconds, since 1970 in UTC for dates.
    kind : {"datetime", "duration"}
        What they are.
    zone : str or None
        Time zone of the column.

    Returns
    -------
    words : list of str
        One text a value; a date without a time of day is written without one.
    """
    if kind == "duration":
        return [str(pd.Timedelta(int(value))) for value in values]
    stamps = [pd.Timestamp(int(value), tz="UTC") for value in values]
    stamps = [stamp.tz_convert(zone) if zone else stamp.tz_localize(None) for stamp in stamps]
    if all(stamp == stamp.normalize() for stamp in stamps):
        return [stamp.date().isoformat() for stamp in stamps]
    return [stamp.isoformat(sep=" ", timespec="seconds") for stamp in stamps]


def bin_rules(name: str, words: list[str]) -> list[str]:
    """Return the rules of the bins between edges, and last the one of a missing value.

    Parameters
    ----------
    name : str
        The column.
    words : list of str
        Its edges, in words.

    Returns
    -------
    rules : list of str
        One more than bins.

    Examples
    --------
    >>> from skcook.explain.tabular._rules import bin_rules
    >>> bin_rules("age", ["37", "48"])
    ['age <= 37', '37 < age <= 48', 'age > 48', 'age is missing']
    """
    missing = f"{name} is missing"
    if not words:
        return [f"{name} has any value", missing]
    between = [f"{low} < {name} <= {high}" for low, high in pairwise(words)]
    return [f"{name} <= {words[0]}", *between, f"{name} > {words[-1]}", missing]


def level_rule(name: str, level: Any) -> str:
    """Return the rule of one value of a column that is no quantity.

    Parameters
    ----------
    name : str
        The column.
    level : object
        The value; None if missing.

    Returns
    -------
    rule : str
        Long texts are cut.
    """
    if level is None:
        return f"{name} is missing"
    text = str(level)
    return f"{name} = {text if len(text) <= 80 else text[:77] + '...'}"
