"""Rules in words: "37 < age <= 48", "island = Biscoe", "sex is missing"."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd


def number_words(values: np.ndarray) -> list[str]:
    """Write numbers with as few digits as keep them apart."""
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
    """Write dates or durations, given as nanoseconds."""
    if kind == "duration":
        return [str(pd.Timedelta(int(value))) for value in values]
    stamps = [pd.Timestamp(int(value), tz="UTC") for value in values]
    stamps = [stamp.tz_convert(zone) if zone else stamp.tz_localize(None) for stamp in stamps]
    if all(stamp == stamp.normalize() for stamp in stamps):
        return [stamp.date().isoformat() for stamp in stamps]
    return [stamp.isoformat(sep=" ", timespec="seconds") for stamp in stamps]


def bin_rules(name: str, words: list[str]) -> list[str]:
    """Return the rules of the bins between edges, and last the one of a missing value."""
    missing = f"{name} is missing"
    if not words:
        return [f"{name} has any value", missing]
    between = [f"{low} < {name} <= {high}" for low, high in pairwise(words)]
    return [f"{name} <= {words[0]}", *between, f"{name} > {words[-1]}", missing]


def level_rule(name: str, level: Any) -> str:
    """Return the rule of one value of a column that is no quantity."""
    if level is None:
        return f"{name} is missing"
    text = str(level)
    return f"{name} = {text if len(text) <= 80 else text[:77] + '...'}"
