"""The calendar features of many points in time at once, and the same for exports.

A graph of numbers has no dates, so there the calendar is arithmetic. The days of the Gregorian
calendar are counted from March, so that the leap day is a year's last (the method of Howard
Hinnant, "chrono-Compatible Low-Level Date Algorithms").

>>> import numpy as np
>>> from skcook.preprocessing.dates._calendar import calendar_features
>>> times = np.array(["2024-12-30T18:30", "NaT"], dtype="datetime64[us]")
>>> calendar_features(times, times, ["week", "hour"])
{'week': array([ 1., nan], dtype=float32), 'hour': array([18., nan], dtype=float32)}
"""

import functools
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

#: Every feature; for those that come round again, after how many steps.
PERIODS: dict[str, float | None] = {
    "year": None,
    "quarter": 4,
    "month": 12,
    "week": 365.25 / 7,
    "day": 31,
    "day_of_year": 365.25,
    "day_of_week": 7,
    "hour": 24,
    "minute": 60,
    "second": 60,
    "is_weekend": None,
    "is_month_start": None,
    "is_month_end": None,
    "days_since_epoch": None,
}

_MICROSECONDS_A_DAY = 86_400_000_000


def calendar_features(
    wall: np.ndarray, instants: np.ndarray, features: Iterable[str]
) -> dict[str, np.ndarray]:
    """Read features off the calendar and the clock.

    Shapes: wall (n,), instants (n,); returns columns (n,).
    """
    index = pd.DatetimeIndex(wall)
    # Several features are made of the same fields, each of which costs a pass over the rows.
    field = functools.cache(lambda name: np.asarray(getattr(index, name)))
    missing = np.isnat(wall)
    any_missing = missing.any()
    columns = {}
    for feature in features:
        if feature == "days_since_epoch":
            values = instants.astype(np.int64) / _MICROSECONDS_A_DAY
        elif feature == "week":
            week = _iso_week(field("year"), field("day_of_year"), field("day_of_week"))
            values = week.astype(np.float32)
        elif feature == "is_weekend":
            values = (field("day_of_week") >= 5).astype(np.float32)
        else:
            values = field(feature).astype(np.float32)
        if any_missing:
            values[missing] = np.nan
        columns[feature] = values
    return columns


def _iso_week(year: np.ndarray, day_of_year: np.ndarray, day_of_week: np.ndarray) -> np.ndarray:
    """Return the ISO week.

    With that of pandas all calendar features together take 1.2 times as long
    (bench_preprocessing.py, "DateFeatures").
    """
    week = (day_of_year - day_of_week + 9) // 7
    early, late = np.flatnonzero(week < 1), np.flatnonzero(week > 52)
    week[early] = _weeks_of(year[early] - 1)
    week[late] = np.where(week[late] > _weeks_of(year[late]), 1, week[late])
    return week


def _weeks_of(year: np.ndarray) -> np.ndarray:
    """Return how many ISO weeks a year has: 53 if it ends on a Thursday, or began on one."""

    def last_weekday(y: np.ndarray) -> np.ndarray:
        return (y + y // 4 - y // 100 + y // 400) % 7

    return np.where((last_weekday(year) == 4) | (last_weekday(year - 1) == 3), 53, 52)


#: Seconds of a day.
_DAY = 86_400.0


def traced_features(seconds: Any, features: Iterable[str], *, cyclical: bool) -> Any:
    """Return what `DateFeatures` makes of seconds since 1970, side by side.

    `seconds` and what is returned are values of a graph (`skcook.export`), of shape (n, 1) and
    (n, n_features).
    """
    calendar, out = _TracedCalendar(seconds), []
    for feature in features:
        values = _FEATURES[feature](calendar)
        if values.dtype == "bool":
            values = seconds.isnan().where(np.nan, values.cast("float64"))
        period = PERIODS[feature]
        if cyclical and period:
            angle = values.cast("float32") * np.float32(2 * np.pi / period)
            out += [angle.apply("Sin"), angle.apply("Cos")]
        else:
            out.append(values)
    return seconds.graph.concat([values.cast("float64") for values in out])


class _TracedCalendar:
    """The fields of points in time; what is missing stays missing through all of it."""

    def __init__(self, seconds: Any) -> None:
        self.seconds = seconds
        self.days = seconds // _DAY
        self.second_of_day = seconds - self.days * _DAY

    @cached_property
    def era(self) -> Any:
        """Periods of 400 years since the first of March of the year 0."""
        return (self.days + 719_468.0) // 146_097.0

    @cached_property
    def day_of_era(self) -> Any:
        return self.days + 719_468.0 - self.era * 146_097.0

    @cached_property
    def year_of_era(self) -> Any:
        day = self.day_of_era
        return (day - day // 1_460.0 + day // 36_524.0 - day // 146_096.0) // 365.0

    @cached_property
    def day_from_march(self) -> Any:
        year = self.year_of_era
        return self.day_of_era - (year * 365.0 + year // 4.0 - year // 100.0)

    @cached_property
    def month_from_march(self) -> Any:
        return (self.day_from_march * 5.0 + 2.0) // 153.0

    @cached_property
    def month(self) -> Any:
        months = self.month_from_march
        return (months < 10.0).where(months + 3.0, months - 9.0)

    @cached_property
    def year(self) -> Any:
        year = self.year_of_era + self.era * 400.0
        return (self.month <= 2.0).where(year + 1.0, year)

    @cached_property
    def day(self) -> Any:
        return self.day_from_march - (self.month_from_march * 153.0 + 2.0) // 5.0 + 1.0

    @cached_property
    def day_of_year(self) -> Any:
        return self.days - _first_day(self.year) + 1.0

    @cached_property
    def day_of_week(self) -> Any:
        return (self.days + 3.0) % 7.0

    @cached_property
    def week(self) -> Any:
        """The ISO week: that of the year in which its Thursday lies."""
        thursday = _TracedCalendar((self.days - self.day_of_week + 3.0) * _DAY)
        return (thursday.day_of_year - 1.0) // 7.0 + 1.0

    @cached_property
    def next_day(self) -> "_TracedCalendar":
        return _TracedCalendar((self.days + 1.0) * _DAY)


def _first_day(year: Any) -> Any:
    """Return the day on which a year starts, counted from 1970."""
    before = year - 1.0
    return before * 365.0 + before // 4.0 - before // 100.0 + before // 400.0 - 719_162.0


_FEATURES: dict[str, Callable[[_TracedCalendar], Any]] = {
    "year": lambda c: c.year,
    "quarter": lambda c: (c.month - 1.0) // 3.0 + 1.0,
    "month": lambda c: c.month,
    "week": lambda c: c.week,
    "day": lambda c: c.day,
    "day_of_year": lambda c: c.day_of_year,
    "day_of_week": lambda c: c.day_of_week,
    "hour": lambda c: c.second_of_day // 3_600.0,
    "minute": lambda c: c.second_of_day % 3_600.0 // 60.0,
    "second": lambda c: c.second_of_day % 60.0 // 1.0,
    "is_weekend": lambda c: c.day_of_week >= 5.0,
    "is_month_start": lambda c: c.day <= 1.0,
    "is_month_end": lambda c: c.next_day.day <= 1.0,
    "days_since_epoch": lambda c: c.seconds / _DAY,
}
