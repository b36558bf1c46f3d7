"""Checks that every part shares, with errors that show the difference."""

import difflib
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from skcook.exceptions import ColumnsError
from skcook.utils._frames import Table, is_frame, read_table, refuse_other_frames


def read_input(estimator: Any, X: Any, *, reset: bool) -> Table:
    """Validate the `X` of ``fit`` or ``transform`` and let it in.

    Shapes: X (n_samples, n_features).
    """
    try:
        if is_frame(X):
            table = read_table(X)
            if reset or not _has_names_of_fit(estimator, X):
                validate_data(estimator, X, reset=reset, skip_check_array=True)
        else:
            if not hasattr(X, "to_list"):  # one column: scikit-learn says how to reshape it
                refuse_other_frames(X)
            table = read_table(_check_array(estimator, X, reset=reset))
    except ValueError as exc:
        if reset or not is_frame(X):
            raise
        raise ColumnsError(f"{exc}{_hint(estimator, X)}") from None
    n_rows, n_columns = table.native.shape
    if n_columns == 0:
        raise ValueError(
            f"Found array with 0 feature(s) (shape=({n_rows}, 0)) while a minimum of 1 is "
            f"required by {type(estimator).__name__}."
        )
    if reset and n_rows == 0:
        raise ValueError(
            f"Found array with 0 sample(s) (shape=(0, {n_columns})) while a minimum of 1 is "
            f"required by {type(estimator).__name__}."
        )
    return table if reset else _by_names_of_fit(estimator, table)


def _by_names_of_fit(estimator: Any, table: Table) -> Table:
    """Take columns by position where they or those of ``fit`` have no names.

    scikit-learn has warned of it by now.
    """
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        names = [f"x{i}" for i in range(table.native.shape[1])]
    return table if list(table.native.columns) == list(names) else table.named(list(names))


def _has_names_of_fit(estimator: Any, X: Any) -> bool:
    """Tell whether the columns are those of ``fit``, in less time than it takes to check them."""
    names = getattr(estimator, "feature_names_in_", None)
    return names is not None and list(X.columns) == names.tolist()


def _check_array(estimator: Any, X: Any, *, reset: bool) -> np.ndarray:
    if isinstance(X, list | tuple) and X:
        as_objects = np.array(X, dtype=object)
        # A list that mixes words and numbers must not become an array of words.
        if as_objects.ndim == 2 and any(isinstance(value, str) for value in as_objects.flat):
            X = as_objects
    return validate_data(
        estimator,
        X,
        reset=reset,
        dtype=None,
        ensure_all_finite=False,
        ensure_min_samples=1 if reset else 0,
    )


def _hint(estimator: Any, X: Any) -> str:
    """Pair each column that came unexpected with the one that was probably meant."""
    expected = getattr(estimator, "feature_names_in_", None)
    if expected is None or not is_frame(X):
        return ""
    got = [str(name) for name in X.columns]
    missing = [name for name in expected if name not in got]
    pairs = [
        f"{name!r} -> {match!r}"
        for name in got
        if name not in set(expected) and (match := did_you_mean(name, missing))
    ]
    return f"Did you mean: {', '.join(pairs)}?\n" if pairs else ""


def did_you_mean(name: str, candidates: Sequence[str]) -> str | None:
    """Return the candidate closest to a name, or None if none is close."""
    lowered = {candidate.lower(): candidate for candidate in candidates}
    found = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.7)
    return lowered[found[0]] if found else None


def check_columns(got: Sequence[str], expected: Sequence[str], *, name: str = "X") -> None:
    """Raise if columns that are needed are absent, or others came."""
    missing = [column for column in expected if column not in set(got)]
    unknown = [column for column in got if column not in set(expected)]
    if not missing and not unknown:
        return
    lines = [f"The columns of {name} differ from those expected."]
    if missing:
        lines.append(f"Missing: {', '.join(missing)}.")
    if unknown:
        lines.append(f"Unknown: {', '.join(unknown)}.")
    pairs = [f"{u!r} -> {m!r}" for u in unknown if (m := did_you_mean(u, missing))]
    if pairs:
        lines.append(f"Did you mean: {', '.join(pairs)}?")
    raise ColumnsError(" ".join(lines))


def warn_user(message: str) -> None:
    """Warn at the line of the user's code, however deep inside skcook the cause is."""
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals["__name__"].partition(".")[0] in ("skcook", "sklearn"):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, UserWarning, stacklevel=level)


def in_words(values: Sequence[Any], limit: int = 10) -> str:
    """Return values as a short list for an error message."""
    plain = [
        v.item() if isinstance(v, np.str_ | np.number | np.bool_) else v for v in values[:limit]
    ]
    parts = [r if len(r) <= 60 else r[:57] + "..." for r in map(repr, plain)]
    more = len(values) - limit
    return ", ".join(parts) + (f" and {more} more" if more > 0 else "")
