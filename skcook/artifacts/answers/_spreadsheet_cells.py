"""Cells of CSV answers, of which no spreadsheet makes a formula.

What a client or an input file wrote comes back in kept columns and class labels, and people open
the file by a double click: ``=HYPERLINK(...)`` would run. Such a cell gets a ``'`` first, which
spreadsheets take for "this is text"; numbers are left as they are.
"""

import re
from typing import Any

from skcook.utils import import_optional

#: What spreadsheets take for the beginning of a formula, also in its wide form.
_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


def defused(cell: Any) -> Any:
    """Return a cell that no spreadsheet runs as a formula.

    >>> defused("=1+1"), defused("-1.5"), defused(-1.5), defused("a-b")
    ("'=1+1", '-1.5', -1.5, 'a-b')
    """
    if isinstance(cell, str) and cell.startswith(_BEGINNINGS) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def defused_table(table: Any) -> Any:
    """Return an Arrow table with its texts and its names defused."""
    arrow = import_optional("pyarrow", feature="CSV", extra="batch")
    compute = import_optional("pyarrow.compute", feature="CSV", extra="batch")
    beginnings = arrow.array(_BEGINNINGS)
    for j, field in enumerate(table.schema):
        if arrow.types.is_string(field.type) or arrow.types.is_large_string(field.type):
            column = table.column(j)
            first = compute.utf8_slice_codeunits(column, 0, 1)
            if compute.any(compute.is_in(first, beginnings.cast(field.type))).as_py():
                cells = arrow.array(map(defused, column.to_pylist()), field.type)
                table = table.set_column(j, field, cells)
    return table.rename_columns([defused(name) for name in table.column_names])
