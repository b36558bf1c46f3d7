"""A frame described as a page: its columns, and pictures of its missing values."""

import base64
import html
import io
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from skcook.eda._missing_values_display import MissingValuesDisplay
from skcook.utils._columns import (
    is_pandas,
    is_unusual_number,
    kind_of,
    new_series,
    numeric_values,
    with_named_categories,
)
from skcook.utils._files import fill_page, write_atomic
from skcook.utils._frames import Table, read_table
from skcook.utils._optional import import_optional
from skcook.utils._packing import pack, unpack
from skcook.utils._progress import person_waits

_CAPTIONS = {
    "matrix": "Where: rows from top to bottom, as they come.",
    "bar": "How many: columns with most first.",
    "heatmap": "Which together: 1 if two columns always miss their values in the same rows, "
    "-1 if never.",
}


def profile(X, path, *, title="Profile", progress=True):
    """Write a page about a frame: its columns one by one, and its missing values.

    Parameters
    ----------
    X : {DataFrame, ndarray} of shape (n_rows, n_columns)
        The data: pandas, polars or numpy.
    path : str or path-like
        The file to write. It holds all it needs, pictures and scripts included, and opens without
        a network.
    title : str, default="Profile"
        The heading.
    progress : bool, default=True
        Whether to report progress on standard error while the columns are gone through, to those
        who wait in a terminal or a notebook.

    Returns
    -------
    path : pathlib.Path
        The file written.

    See Also
    --------
    summarize : The numbers as a frame.
    skrub.TableReport : What shows the columns.

    Examples
    --------
    >>> import tempfile
    >>> from skcook.datasets import load_penguins
    >>> from skcook.eda import profile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = profile(load_penguins().frame, f"{folder}/penguins.html", progress=False)
    ...     "bill_length_mm" in page.read_text(encoding="utf-8")
    True
    """
    skrub = import_optional("skrub", feature="profile", extra="eda")
    import_optional("matplotlib", feature="profile", extra="eda")
    table = read_table(X)
    n_rows, n_columns = table.native.shape
    if not n_rows or not n_columns:
        raise ValueError(f"X has {n_rows} rows and {n_columns} columns: there is nothing to show.")
    report = skrub.TableReport(_plain(table), title="", verbose=int(progress and person_waits()))
    page = fill_page(
        "skcook.eda",
        "profile",
        title=str(title),
        facts=f"{n_rows:,} rows, {n_columns:,} columns",
        markup={"report": report.html_snippet(), "pictures": _pictures(table.native)},
    )
    path = Path(path)
    write_atomic(path, page.encode())
    return path


def _plain(table: Table) -> Any:
    """Return the frame, its columns of rare dtypes as ones that TableReport knows."""
    columns = table.columns(list(table.native.columns))
    made = []
    for name in columns.columns:
        plain = _plain_values(columns[name])
        if plain is not None:
            series = new_series(name, plain, table.native)
            made.append(nw.from_native(series, series_only=True))
    return table.frame.with_columns(*made).to_native()


def _plain_values(column: Any) -> Any:
    """Return the values of a column of a rare dtype in a common one; else None."""
    dtype, kind = str(column.dtype), kind_of(column)
    if is_unusual_number(column) or dtype == "float16":
        return numeric_values(column)
    if not is_pandas(column) or dtype == "object":
        return None
    if kind == "categorical":
        return with_named_categories(column).array
    if kind == "datetime" and "[pyarrow]" in dtype:
        return unpack(pack(column), "pandas", column.name).array
    return column.astype(str).array if kind == "object" else None


def _pictures(frame: Any) -> str:
    """Return the pictures of the missing values as HTML."""
    figures = []
    for kind, caption in _CAPTIONS.items():
        display = MissingValuesDisplay.from_frame(frame, kind=kind, ax=_axes())
        partly = display.n_missing[display.n_missing < display.n_rows]
        if not display.n_missing.any():
            return "<p>No value is missing.</p>"
        if kind == "heatmap" and (partly > 0).sum() < 2:
            continue
        display.figure_.set_size_inches(display.figure_size)
        file = io.BytesIO()
        display.figure_.savefig(file, format="png", dpi=110)
        data = base64.b64encode(file.getvalue()).decode("ascii")
        figures.append(
            f'<figure><img alt="{kind} of missing values" src="data:image/png;base64,{data}">'
            f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        )
    return "\n".join(figures)


def _axes() -> Any:
    """Return axes of a figure that pyplot does not know, so that it is not shown or kept."""
    figure = import_optional("matplotlib.figure", feature="profile", extra="eda")
    return figure.Figure(layout="constrained").add_subplot()
