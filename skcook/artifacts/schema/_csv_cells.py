"""Read text cells, such as those of a CSV file, by the type of their column."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from skcook.artifacts.schema._schema_column import Column

#: Cells that stand for a missing value in a column of anything but strings.
MISSING = frozenset(["", "NA", "N/A", "NaN", "nan", "NULL", "null", "None"])
#: Types whose cells are numbers, which half of the world writes with a decimal comma.
NUMERIC = ("number", "integer", "duration")
#: A number in which points stand between thousands.
GROUPED = r"[+-]?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]*)?"
_GROUPED = re.compile(GROUPED)
_BOOLEANS = {
    "true": True, "false": False, "True": True, "False": False, "TRUE": True, "FALSE": False,
    "1": True, "0": False,
}  # fmt: skip


def read_cells(column: Column, cells: Sequence[str | None]) -> list[Any]:
    """Read the cells of a column."""
    if column.type in ("string", "unknown"):
        # An empty text is a text, where nothing else may be empty.
        empty = None if column.nullable else ""
        return [empty if cell is None or cell == "" else cell for cell in cells]
    if not all(cell is None or isinstance(cell, str) for cell in cells):
        return list(cells)
    read = _READERS.get(column.type, _number)
    return [
        None if cell is None or (text := cell.strip()) in MISSING else read(text) for cell in cells
    ]


def with_point(cell: str) -> str:
    """Return a number such as "1.234,5" with a decimal point and without thousands.

    A point that marks no thousands is no number there: it stays text, and is refused as such.
    """
    text = cell.strip()
    return text.replace(".", "" if _GROUPED.fullmatch(text) else "'").replace(",", ".")


def _number(text: str) -> Any:
    try:
        # "1_000" and Arabic digits are numbers to Python; in a file they are a mistake.
        if "_" in text or not text.isascii():
            return text
        return int(text) if text.lstrip("+-").isdigit() and len(text) < 400 else float(text)
    except ValueError:
        return text


def _boolean(text: str) -> Any:
    return _BOOLEANS.get(text, text)


_READERS: dict[str, Callable[[str], Any]] = {
    "boolean": _boolean,
    "datetime": str.strip,
    "date": str.strip,
}
