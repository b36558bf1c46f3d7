"""How an artifact and a schema show themselves: as text, and as HTML in a notebook."""

from collections.abc import Iterable
from typing import Any

from skcook.utils._files import fill
from skcook.utils._progress import printable

#: More columns than this are counted, not listed.
MAX_COLUMNS = 30
_MAX_CELL = 60


def schema_text(schema: Any) -> str:
    """Return a schema as lines of text, one per column."""
    rows = [_cells(column) for column in schema.columns[:MAX_COLUMNS]]
    widths = [max((len(row[j]) for row in rows), default=0) for j in range(3)]
    lines = [
        "  " + "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths)), row[3]]).rstrip()
        for row in rows
    ]
    return "\n".join([f"Schema: {_caption(schema)}", *lines, *_rest(schema)])


def schema_html(schema: Any) -> str:
    """Return a schema as a table in HTML."""
    rows = [_row(_cells(column)) for column in schema.columns[:MAX_COLUMNS]]
    rows += [_row([line.strip(), "", "", ""]) for line in _rest(schema)]
    caption, markup = f"Schema: {_caption(schema)}", {"rows": "".join(rows)}
    return fill("skcook.artifacts", "schema", caption=caption, markup=markup)


def artifact_text(artifact: Any) -> str:
    """Return what an artifact is, in lines of text."""
    lines = [f"  {name}: {value}" for name, value in _facts(artifact)]
    head = f"Artifact {artifact.name!r}, version {artifact.version}: {_kind(artifact)}"
    return "\n".join([head, *lines, "  " + schema_text(artifact.schema).replace("\n", "\n  ")])


def artifact_html(artifact: Any) -> str:
    """Return what an artifact is, as HTML."""
    facts = [_row([name, str(value)]) for name, value in _facts(artifact)]
    card = artifact.manifest.get("card") or {}
    return fill(
        "skcook.artifacts",
        "artifact",
        title=card.get("title") or artifact.name,
        version=artifact.version,
        task=artifact.manifest["task"],
        estimator=" → ".join(artifact.manifest.get("estimator", ())),
        markup={"facts": "".join(facts), "schema": schema_html(artifact.schema)},
    )


def _kind(artifact: Any) -> str:
    steps = " -> ".join(artifact.manifest.get("estimator", ()))
    return f"{artifact.manifest['task']}" + (f" ({steps})" if steps else "")


def _facts(artifact: Any) -> list[tuple[str, Any]]:
    manifest = artifact.manifest
    card = {key: value for key, value in manifest.get("card", {}).items() if key != "fields"}
    facts = [("answers", ", ".join(manifest["methods"]) or "nothing"), *card.items()]
    classes = manifest.get("output", {}).get("classes")
    if classes:
        facts.append(("classes", _short(", ".join(map(str, classes)))))
    if artifact.background is not None:
        facts.append(("background", f"{len(artifact.background)} rows"))
    facts.append(("plan", plan_line(manifest)))
    return [(name, _plain(value)) for name, value in facts]


def plan_line(manifest: dict[str, Any]) -> str:
    """Say in words whether a model had a plan when it was saved."""
    plan = manifest.get("plan")
    if plan is None:
        return "unknown: it was saved without X_example"
    return "yes" if plan["used"] else f"none: {plan['why']}"


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        value = [", ".join(f"{key} {item}" for key, item in value.items())]
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    return printable(" ".join(text.split()))


def _caption(schema: Any) -> str:
    columns = f"{len(schema.columns)} column{'' if len(schema.columns) == 1 else 's'}"
    seen = f", seen in {schema.n_rows:,} rows" if schema.n_rows else ""
    return f"{columns} as {schema.input} ({schema.container}), {schema.source}{seen}"


def _rest(schema: Any) -> list[str]:
    more = len(schema.columns) - MAX_COLUMNS
    return [f"  and {more} more"] if more > 0 else []


def _cells(column: Any) -> list[str]:
    values = ""
    if column.categories is not None:
        values = ", ".join(map(str, column.categories))
    elif column.minimum is not None:
        low, high = (f"{v:g}" if isinstance(v, int | float) else str(v)
                     for v in (column.minimum, column.maximum))  # fmt: skip
        values = f"{low} to {high}"
    elif column.text:
        values = "text"
    missing = "may be missing" if column.nullable else ""
    return [_short(cell) for cell in (column.name, column.type, missing, values)]


def _short(text: str) -> str:
    """Return a text that stays within its cell and cannot move the cursor of a terminal."""
    shown = printable(text[: _MAX_CELL + 1])
    return shown if len(shown) <= _MAX_CELL else shown[: _MAX_CELL - 3] + "..."


def _row(cells: Iterable[str]) -> str:
    return fill(
        "skcook.artifacts",
        "row",
        markup={"cells": "".join(fill("skcook.artifacts", "cell", text=cell) for cell in cells)},
    )
