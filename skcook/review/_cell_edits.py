"""Corrections of rows that come as cells, one list per column, as a plan has them."""

from collections.abc import Callable, Sequence
from typing import Any

from skcook.base._flow import FlowColumn
from skcook.exceptions import PlanRefused
from skcook.review._text_edits import make_text_edit

#: The column that is edited, and what becomes of its cells.
CellEdit = tuple[int, Callable[[list[Any]], list[Any]]]


class EditedCells:
    """Rows as the model inside sees them."""

    def __init__(self, edits: Sequence[CellEdit]) -> None:
        self.edits = edits

    def __call__(self, cells: Sequence[list[Any]]) -> list[list[Any]]:
        out = list(cells)
        for place, edit in self.edits:
            out[place] = edit(out[place])
        return out


def plan_edit(edit: dict[str, Any], columns: Sequence[FlowColumn]) -> CellEdit:
    """Return an edit of the data as one of cells; raise `PlanRefused` if it is no plain one."""
    names = [column.name for column in columns]
    known = edit["column"] in names
    place = names.index(edit["column"]) if known else edit["position"] or 0
    if edit["do"] == "hold":
        if isinstance(edit["value"], dict):
            raise PlanRefused(f"column {edit['column']!r} is held at a time")
        return place, Held(edit["value"])
    if columns[place].kind != "text":
        raise PlanRefused(f"levels of column {edit['column']!r} of no text are replaced")
    if edit["do"] == "replace":
        return place, Replaced(dict.fromkeys(edit["levels"], edit["into"]))
    return place, WithoutWords(edit["words"], edit["patterns"])


class Held:
    """One value in every cell."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, cells: list[Any]) -> list[Any]:
        return [self.value] * len(cells)


class Replaced:
    """Some levels replaced by another."""

    def __init__(self, levels: dict[Any, Any]) -> None:
        self.levels = levels

    def __call__(self, cells: list[Any]) -> list[Any]:
        return [self.levels.get(cell, cell) for cell in cells]


class WithoutWords:
    """Texts without some words."""

    def __init__(self, words: Sequence[str], patterns: Sequence[str]) -> None:
        self.words, self.patterns = words, patterns
        self._edit: Any = None

    def __call__(self, cells: list[Any]) -> list[Any]:
        edit = self._edit
        if edit is None:
            edit = self._edit = make_text_edit(self.words, self.patterns)
        return [edit(cell) if isinstance(cell, str) else cell for cell in cells]

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_edit": None}
