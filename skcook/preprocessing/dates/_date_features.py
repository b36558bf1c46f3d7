"""Make features of dates."""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from skcook.base import BaseColumnTransformer
from skcook.base._flow import Calculated, DoubtError, parts
from skcook.exceptions import ColumnValuesError, ExportRefused, PlanRefused
from skcook.preprocessing.dates._calendar import PERIODS, calendar_features, traced_features
from skcook.preprocessing.dates._date_parsing import (
    ISO,
    Times,
    learn_formats,
    looks_like_dates,
    parse,
    unread,
)
from skcook.utils._columns import (
    NANOSECONDS,
    is_missing,
    is_missing_value,
    is_pandas,
    kind_of,
    numeric_values,
    objects,
    present_values,
    read_times,
    rows_between,
)
from skcook.utils._frames import TableColumns
from skcook.utils._sklearn import StrOptions
from skcook.utils._validation import did_you_mean, in_words

_DEFAULT = (
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "day_of_year",
    "day_of_week",
    "hour",
    "is_weekend",
)
_TEXT = frozenset({"string", "categorical"})


class DateFeatures(BaseColumnTransformer):
    """Replace dates by features that a model can use.

    Parameters
    ----------
    features : sequence of str, default=("year", "quarter", "month", "week", "day", "day_of_year", \
            "day_of_week", "hour", "is_weekend")
        What to make of each date. There are also "minute", "second", "is_month_start",
        "is_month_end" and "days_since_epoch" (since 1970-01-01 in UTC, with the part of the day).
        Monday is day 0 of the week; weeks are those of ISO 8601.
    columns : str, list of str or int, slice, mask or callable, default=None
        The columns to replace. None takes the columns of dates, and the columns of strings that
        are dates beyond doubt: 95 % or more of their values are written as ISO 8601 says
        ("2024-02-29", "2024-02-29 18:30", "2024-02-29T18:30:00+01:00"), or by `format` if that is
        given. Name columns that are written in other ways.
    format : str or list of str, default=None
        How strings are written, in the directives of ``strftime``; several formats are tried in
        their order. None learns from the data in ``fit`` how each column is written, formats may
        be mixed. Numbers such as 20240229 are read as dates if there is a format.
    errors : {"coerce", "raise"}, default="coerce"
        Whether a string that is no date becomes missing, or is an error.
    cyclical : bool, default=False
        Whether features that come round again (all but "year", those of yes and no, and
        "days_since_epoch") become two columns, ``_sin`` and ``_cos``, so that December is next
        to January.
    drop : bool, default=True
        Whether the date itself is dropped.

    Attributes
    ----------
    formats_ : dict of str to list of str
        How the strings of each column are written; "ISO8601" is any form of that norm.
    n_unparsable_ : dict of str to int
        How many strings of each column were no dates in ``fit``.
    zones_ : dict of str to str
        The time zone of each column of dates, "" if it has none, or several.
    columns_ : list of str
        The columns replaced.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all are strings.

    See Also
    --------
    skrub.DatetimeEncoder : Also splines over the year; one column at a time.

    Notes
    -----
    Features are float32, "days_since_epoch" is float64, both missing where the date is. Their
    dtype does not depend on the rows at hand.

    A string with an offset gives the hour, day and so on of its own clock, as it is written;
    only "days_since_epoch" is that of the instant. Offsets may be mixed. A column of dates with a
    time zone gives those of the zone that it had in ``fit``, whatever zone it comes in. The hour
    24 is the start of the next day, as in ISO 8601.

    Days and months that cannot be told apart ("03/04/2021" throughout) are refused, not guessed.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.preprocessing import DateFeatures
    >>> X = pd.DataFrame({"sold": ["2024-02-29", "2024-03-02", "no date"], "price": [1, 2, 3]})
    >>> dates = DateFeatures(["month", "is_month_end", "is_weekend"], columns="sold").fit(X)
    >>> dates.transform(X)
       sold_month  sold_is_month_end  sold_is_weekend  price
    0         2.0                1.0              0.0      1
    1         3.0                0.0              1.0      2
    2         NaN                NaN              NaN      3
    >>> dates.n_unparsable_
    {'sold': 1}
    >>> DateFeatures(columns="sold", errors="raise").fit(X)
    Traceback (most recent call last):
        ...
    skcook.exceptions.ColumnValuesError: DateFeatures: 1 value of column 'sold' is no date in the
    format ISO8601: 'no date'. Fix it, give its format, or make it missing with errors='coerce'.
    >>> DateFeatures(columns="sold").fit(pd.DataFrame({"sold": ["03/04/2021", "05/06/2021"]}))
    Traceback (most recent call last):
        ...
    skcook.exceptions.ColumnValuesError: Column 'sold' may be written as %m/%d/%Y or as %d/%m/%Y: no
    value such as '03/04/2021' tells the day from the month. Say which it is by `format`.
    """

    _default_kinds = frozenset({"datetime"})

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseColumnTransformer._parameter_constraints,
        "features": ["array-like"],
        "format": [str, list, tuple, None],
        "errors": [StrOptions({"coerce", "raise"})],
        "cyclical": ["boolean"],
        "drop": ["boolean"],
    }

    def __init__(
        self,
        features=_DEFAULT,
        *,
        columns=None,
        format=None,  # noqa: A002 - the name that pandas and polars give it
        errors="coerce",
        cyclical=False,
        drop=True,
    ):
        self.features = features
        self.columns = columns
        self.format = format
        self.errors = errors
        self.cyclical = cyclical
        self.drop = drop

    @property
    def _allowed_kinds(self):
        return _TEXT | {"datetime"} | (set() if self.format is None else {"numeric"})

    def _read_fit(self, X):
        _check_features(self.features)
        table = super()._read_fit(X)
        if self.columns is None:
            formats, every = self._given_formats(), table.columns(list(table.native.columns))
            self.columns_ = [
                name
                for name in every.columns
                if name in self.columns_ or _is_date_text(every[name], formats)
            ]
        return table

    def _fit_columns(self, frame, y):
        self._learn(frame)

    def _fit_transform_columns(self, frame, y):
        times = self._learn(frame)
        return {name: self._features_of(name, times[name], frame) for name in self.columns_}

    def _transform_columns(self, frame):
        out = {}
        for name in frame.columns:
            series = frame[name]
            times = _times(series, self.zones_.get(name, ""))
            if times is None:
                times = self._parse(series, self.formats_.get(name, [ISO]))[1]
            out[name] = self._features_of(name, times, frame)
        return out

    def _names_out(self, given):
        return {name: self._names(given[name]) for name in self.columns_}

    def _learn(self, frame: TableColumns) -> dict[str, Times]:
        """Learn how the strings are written, and return the times of all columns."""
        self.formats_ = {}
        self.n_unparsable_ = {}
        self.zones_ = {}
        learned = {}
        for name in frame.columns:
            series = frame[name]
            times = _times(series)
            if times is None:
                formats, times = self._parse(series, self._given_formats())
                bad = int(np.isnat(times.wall).sum() - is_missing(series).sum())
                if self.columns is None and bad > 0.05 * len(series):
                    # The first rows looked like dates; the column as a whole does not.
                    self.columns_.remove(name)
                    continue
                self.formats_[name] = formats
                self.n_unparsable_[name] = bad
            elif kind_of(series) == "datetime":
                self.zones_[name] = read_times(series)[2]
            learned[name] = times
        return learned

    def _parse(self, series: Any, formats: list[str] | None) -> tuple[list[str], Times]:
        name = series.name
        texts = _texts(series)
        if formats is None:
            formats, times = learn_formats(texts, name)
        else:
            times = parse(texts, formats, name)
        if self.errors == "raise":
            bad = texts[unread(times, texts)]
            if len(bad):
                one = len(bad) == 1
                raise ColumnValuesError(
                    f"DateFeatures: {len(bad)} {'value' if one else 'values'} of column {name!r} "
                    f"{'is no date' if one else 'are no dates'} in the format "
                    f"{' or '.join(formats)}: {in_words(list(dict.fromkeys(bad)))}. Fix "
                    f"{'it' if one else 'them'}, give {'its' if one else 'their'} format, or make "
                    f"{'it' if one else 'them'} missing with errors='coerce'."
                )
        return formats, times

    def _given_formats(self) -> list[str] | None:
        if self.format is None:
            return None
        return [self.format] if isinstance(self.format, str) else list(self.format)

    def _names(self, name: str) -> list[str]:
        names = [] if self.drop else [name]
        for feature in self.features:
            if self.cyclical and PERIODS[feature]:
                names.extend([f"{name}_{feature}_sin", f"{name}_{feature}_cos"])
            else:
                names.append(f"{name}_{feature}")
        return names

    def _features_of(self, name: str, times: Times, frame: TableColumns) -> list[Any]:
        kept = [] if self.drop else [frame[name]]
        names = self._names(name)[len(kept) :]
        return [*kept, *zip(names, self._features_of_times(times), strict=True)]

    def _features_of_times(self, times: Times) -> list[np.ndarray]:
        columns = []
        for feature, values in calendar_features(times.wall, times.instants, self.features).items():
            period = PERIODS[feature]
            if self.cyclical and period:
                angle = values * np.float32(2 * np.pi / period)
                columns.extend([np.sin(angle), np.cos(angle)])
            else:
                columns.append(values)
        return columns

    def _plan_column(self, column, i):
        if column.kind not in ("time", "text"):
            raise PlanRefused(f"DateFeatures over column {column.name!r} of numbers has no plan")
        name = self.columns_[i]
        kept = [] if self.drop else [column]
        names = self._names(name)[len(kept) :]
        function = DatesOfCells(self, name, column.dtype if column.kind == "time" else "text")
        made = parts(Calculated((column,), function, len(names)), names)
        double = f"{name}_days_since_epoch"
        return kept + [c if c.name == double else replace(c, dtype="float32") for c in made]


def _check_features(features: Any) -> None:
    if not len(features):
        raise ValueError(f"`features` must name some of {', '.join(PERIODS)}.")
    for feature in features:
        if feature not in PERIODS:
            match = did_you_mean(str(feature), list(PERIODS))
            raise ValueError(
                f"DateFeatures has no feature {feature!r}"
                + (f"; did you mean {match!r}?" if match else f". There are {', '.join(PERIODS)}.")
            )
    if len(set(features)) < len(features):
        raise ValueError(f"`features` repeats a name: {', '.join(features)}.")


def _is_date_text(column: Any, formats: list[str] | None) -> bool:
    if kind_of(column) not in _TEXT:
        return False
    first = present_values(rows_between(column, 0, 1000))
    if not len(first):
        first = rows_between(present_values(column), 0, 1000)
    return looks_like_dates(_texts(first), formats)


def _texts(column: Any) -> Any:
    """Return strings, and numbers as strings: an array of objects, or a polars Series."""
    if kind_of(column) == "numeric":
        values, missing = numeric_values(column), is_missing(column)
        texts = np.full(len(values), None, dtype=object)
        texts[~missing] = [f"{value:.0f}" for value in values[~missing]]
        return texts
    if not is_pandas(column):
        return column.cast(str)
    values = np.asarray(column.astype(object))
    if kind_of(column) == "categorical":  # of dates, numbers, intervals
        values = objects(v if is_missing_value(v) else str(v) for v in values)
    return values


def _times(column: Any, zone: str = "") -> Times | None:
    """Return the times of a column of dates, on the clock of a zone; None if it is of others."""
    if kind_of(column) == "empty":
        nothing = np.full(len(column), np.datetime64("NaT", "us"))
        return Times(nothing, nothing)
    if kind_of(column) != "datetime":
        return None
    try:
        wall, instants, own = read_times(column)
    except (TypeError, ValueError) as exc:
        raise ColumnValuesError(
            f"DateFeatures: the dates of column {column.name!r} cannot be read: {exc}"
        ) from exc
    if zone and own != zone and (own or (wall != instants).any()):
        wall = _clock(instants, zone)
    return Times(*(np.array(times, dtype="datetime64[us]") for times in (wall, instants)))


def _clock(instants: np.ndarray, zone: str) -> np.ndarray:
    """Return what a clock in a zone shows at instants."""
    index = pd.DatetimeIndex(instants).tz_localize("UTC").tz_convert(zone)
    return index.tz_localize(None).to_numpy()


class DatesOfCells:
    """Computes what `DateFeatures` makes of one column.

    Cells are strings, or nanoseconds since 1970 in UTC where the column's dtype is one of times.
    """

    def __init__(self, step: Any, name: str, dtype: str) -> None:
        self.step, self.name, self.dtype = step, name, dtype

    def __call__(self, cells: list[Any]) -> np.ndarray:
        times = self._times(cells) if self.dtype.startswith("datetime64") else self._parsed(cells)
        return np.column_stack(self.step._features_of_times(times))

    def traced(self, seconds: Any) -> Any:
        """Return the same as arithmetic on seconds since 1970, for an export."""
        if not self.dtype.startswith("datetime64"):
            raise ExportRefused(
                f"Column {self.name!r} holds dates as text, and formats of text have no "
                "operators: turn it into times (pandas.to_datetime) before the model."
            )
        zone = self.dtype.partition("[")[2].rstrip("]").partition(", ")[2]
        if zone not in ("", "UTC"):
            raise ExportRefused(
                f"Column {self.name!r} holds times of {zone}, whose rules have no operators: bring "
                "it to UTC, or to local times without a zone, before the model."
            )
        return traced_features(seconds, self.step.features, cyclical=self.step.cyclical)

    def _parsed(self, cells: list[Any]) -> Times:
        texts = objects(cells)
        times = parse(texts, self.step.formats_[self.name], self.name)
        if self.step.errors == "raise" and len(unread(times, texts)):
            raise DoubtError
        return times

    def _times(self, cells: list[Any]) -> Times:
        unit, _, zone = self.dtype.partition("[")[2].rstrip("]").partition(", ")
        missing, step = np.iinfo(np.int64).min, NANOSECONDS[unit]
        counts = [missing if cell is None else cell // step for cell in cells]
        instants = np.array(counts, dtype=np.int64).view(f"datetime64[{unit}]")
        wall = _clock(instants, zone) if zone else instants
        return Times(wall.astype("datetime64[us]"), instants.astype("datetime64[us]"))
