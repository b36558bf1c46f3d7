"""Ways to hold out interactions: the last ones of each user, a random share, or whole items."""

from numbers import Integral, Real

import numpy as np
import pandas as pd
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import check_array, check_random_state, check_scalar

from skcook.exceptions import ColumnsError
from skcook.recommend.interactions._ids import read_ids
from skcook.recommend.interactions._pairs import column_name, times_of
from skcook.utils._frames import container_of, read_table


class _PairSplitter(BaseCrossValidator):
    """Base class: knows the columns of `X`, and yields train and test rows."""

    _why_empty = "no user has enough rows. Hold out fewer."

    def split(self, X, y=None, groups=None):
        """Split interactions into training and test rows.

        Parameters
        ----------
        X : {DataFrame, array-like} of shape (n_samples, n_features)
            One row per meeting of a user with an item.
        y, groups : object, default=None
            Not used; here for scikit-learn's sake.

        Yields
        ------
        train, test : ndarray of intp
            Row numbers, in ascending order.
        """
        for train, test in self._splits(_read(X)):
            if not test.any():
                raise ValueError(f"{self!r} leaves nothing to test: {self._why_empty}")
            if not train.any():
                raise ValueError(f"{self!r} leaves nothing to learn from: all rows are held out.")
            yield np.flatnonzero(train), np.flatnonzero(test)

    def get_n_splits(self, X=None, y=None, groups=None):
        """Return the number of splits.

        Parameters
        ----------
        X, y, groups : object, default=None
            Not used; here for scikit-learn's sake.

        Returns
        -------
        n_splits : int
            The number.
        """
        return self.n_splits

    def _codes(self, table, which, default):
        names = list(table.frame.columns)
        name = column_name(getattr(self, which), default, names, table.labels, which)
        return read_ids(table.frame[name], f"The {which} column {name!r}")[0]


class LeaveLastN(_PairSplitter):
    """Hold out the last interactions of each user: learn from the past, be tested on the future.

    Parameters
    ----------
    n : int, default=1
        How many per user.
    time : str, int or None, default=None
        The column of `X` that tells when; None if the rows are in the order of time. Of equal
        times, the later row is later.
    user : str, int or None, default=None
        The column of users; None means the first.
    n_splits : int, default=1
        With more than one, the second split holds out the `n` before the last `n`, and so on; what
        comes after the test rows is in neither part.

    Notes
    -----
    Users with no rows to learn from beside those to hold out are in the training part alone.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.recommend import LeaveLastN
    >>> X = pd.DataFrame({
    ...     "user": ["ann", "bob", "ann", "bob", "cat"],
    ...     "item": ["tea", "tea", "rum", "milk", "tea"],
    ...     "when": [3, 1, 2, 5, 4],
    ... })
    >>> for train, test in LeaveLastN(1, time="when").split(X):
    ...     print(train, test)
    [1 2 4] [0 3]
    """

    def __init__(self, n=1, *, time=None, user=None, n_splits=1):
        self.n = n
        self.time = time
        self.user = user
        self.n_splits = n_splits

    def _splits(self, table):
        check_scalar(self.n, "n", Integral, min_val=1)
        check_scalar(self.n_splits, "n_splits", Integral, min_val=1)
        users = self._codes(table, "user", 0)
        times = np.zeros(len(users))
        if self.time is not None:
            times = times_of(table, self.time)[1].factorize(sort=True)[0]
        order = np.lexsort((times, users))  # stable: of equal times the later row is later
        sizes = np.bincount(users)
        from_end = np.empty(len(users), dtype=np.int64)
        ends = np.cumsum(sizes)
        from_end[order] = np.repeat(ends, sizes) - 1 - np.arange(len(users))
        for split in range(self.n_splits):
            start, stop = split * self.n, (split + 1) * self.n
            test = (sizes > stop)[users] & (start <= from_end) & (from_end < stop)
            yield ~test & (from_end >= start), test


class TimeSplit(_PairSplitter):
    """Hold out what came at or after a point in time, for all users alike.

    The honest test of a model that will be used from a day on: nothing of that day or later is in
    the training part, of any user.

    Parameters
    ----------
    date : str, datetime or number
        The first time that is held out: of the kind of the column, or a date in ISO 8601.
    time : str or int
        The column of `X` that tells when.
    user : str, int or None, default=None
        The column of users; None means the first.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcook.recommend import TimeSplit
    >>> X = pd.DataFrame({
    ...     "user": ["ann", "bob", "ann", "bob"],
    ...     "item": ["tea", "tea", "rum", "milk"],
    ...     "when": pd.to_datetime(["2024-01-03", "2024-02-01", "2024-03-05", "2024-01-09"]),
    ... })
    >>> for train, test in TimeSplit("2024-02-01", time="when").split(X):
    ...     print(train, test)
    [0 3] [1 2]
    """

    n_splits = 1
    _why_empty = "no row is at or after `date`."

    def __init__(self, date, *, time, user=None):
        self.date = date
        self.time = time
        self.user = user

    def _splits(self, table):
        name, times = times_of(table, self.time)
        try:
            test = np.asarray(times >= self._point(times), dtype=bool)
        except (TypeError, ValueError) as exc:
            kind = "numbers" if times.dtype.kind in "iuf" else f"times ({times.dtype})"
            raise ValueError(
                f"date={self.date!r} is no point in the time column {name!r}, which holds {kind}: "
                f"{exc}"
            ) from exc
        yield ~test, test

    def _point(self, times):
        """Return `date` as what times of their kind compare with."""
        date = self.date
        if times.dtype.kind in "iuf":
            if not isinstance(date, Real):
                raise TypeError("a number is expected.")
            return date
        if isinstance(date, Real) or date is None:
            raise TypeError("a date is expected, such as '2024-01-31'.")
        if times.dtype.kind == "m":
            return pd.Timedelta(date)
        date = pd.Timestamp(date)
        zone = getattr(times, "tz", None)
        if zone is None and date.tzinfo is not None:
            raise TypeError("the date has a time zone, and the column has none.")
        return date.tz_localize(zone) if zone is not None and date.tzinfo is None else date


class UserShuffleSplit(_PairSplitter):
    """Hold out a random share of each user's interactions.

    Parameters
    ----------
    n_splits : int, default=5
        How many times.
    test_size : float, default=0.2
        The share of each user's rows, rounded down; a user with too few is in the training part
        alone.
    user : str, int or None, default=None
        The column of users; None means the first.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Examples
    --------
    >>> from skcook.recommend import UserShuffleSplit
    >>> X = [["ann", "tea"], ["ann", "rum"], ["bob", "tea"], ["bob", "rum"], ["cat", "tea"]]
    >>> for train, test in UserShuffleSplit(1, test_size=0.5, random_state=0).split(X):
    ...     print(len(train), len(test))
    3 2
    """

    def __init__(self, n_splits=5, *, test_size=0.2, user=None, random_state=None):
        self.n_splits = n_splits
        self.test_size = test_size
        self.user = user
        self.random_state = random_state

    def _splits(self, table):
        _check_share(self)
        users = self._codes(table, "user", 0)
        rng = check_random_state(self.random_state)
        sizes = np.bincount(users)
        n_test = np.floor(sizes * self.test_size + 1e-9).astype(np.int64)
        starts = np.cumsum(sizes) - sizes
        for _ in range(self.n_splits):
            order = np.lexsort((rng.random_sample(len(users)), users))
            place = np.arange(len(users)) - np.repeat(starts, sizes)
            test = np.zeros(len(users), dtype=bool)
            test[order] = place < np.repeat(n_test, sizes)
            yield ~test, test


class ColdItemSplit(_PairSplitter):
    """Hold out whole items, as if they were new: the test of features.

    Rank them among themselves, with ``ranking_scorer(..., candidates="test")``.

    Parameters
    ----------
    n_splits : int, default=5
        How many times.
    test_size : float, default=0.1
        The share of the items.
    item : str, int or None, default=None
        The column of items; None means the second.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Examples
    --------
    >>> from skcook.recommend import ColdItemSplit
    >>> X = [["ann", "tea"], ["ann", "rum"], ["bob", "tea"], ["bob", "rum"], ["cat", "tea"]]
    >>> for train, test in ColdItemSplit(1, test_size=0.5, random_state=1).split(X):
    ...     print(train, test)
    [1 3] [0 2 4]
    """

    _why_empty = "there are too few items for this test_size. Hold out a larger share."

    def __init__(self, n_splits=5, *, test_size=0.1, item=None, random_state=None):
        self.n_splits = n_splits
        self.test_size = test_size
        self.item = item
        self.random_state = random_state

    def _splits(self, table):
        _check_share(self)
        items = self._codes(table, "item", 1)
        rng = check_random_state(self.random_state)
        n_items = items.max() + 1
        n_cold = int(np.floor(n_items * self.test_size + 1e-9))
        for _ in range(self.n_splits):
            cold = np.zeros(n_items, dtype=bool)
            cold[rng.permutation(n_items)[:n_cold]] = True
            yield ~cold[items], cold[items]


def _check_share(splitter):
    check_scalar(splitter.n_splits, "n_splits", Integral, min_val=1)
    check_scalar(
        splitter.test_size,
        "test_size",
        Real,
        min_val=0,
        max_val=1,
        include_boundaries="neither",
    )


def _read(X):
    if container_of(X) is None:
        rows = np.array(X, dtype=object) if isinstance(X, list | tuple) else X
        X = check_array(rows, dtype=None, ensure_all_finite=False)
    table = read_table(X)
    if table.frame.shape[0] == 0 or table.frame.shape[1] < 2:
        raise ColumnsError(
            f"X is of shape {table.frame.shape}; a splitter needs rows, and a column of users and "
            "one of items."
        )
    return table
