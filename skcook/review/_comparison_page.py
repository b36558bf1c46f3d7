"""The page of two models' reasons, side by side."""

from collections.abc import Sequence
from html import escape
from typing import Any

from skcook.explain import Explanation
from skcook.utils._files import fill_page


def comparison_page(rows: Sequence[tuple[Any, Any]], names: Sequence[str], title: str) -> str:
    """Return the page of rows, each with both models' explanations."""
    body = "".join(_row(line, pair, names) for line, pair in rows)
    return fill_page("skcook.review", "comparison", title=title, markup={"rows": body})


def _row(line: Any, pair: Sequence[Explanation], names: Sequence[str]) -> str:
    said = "agree" if line[3] else "disagree"
    widest = max((abs(f.weight) for item in pair for f in item.features), default=0.0) or 1.0
    sides = "".join(
        f"<div><h3>{escape(str(name))} <b>{escape(_answer(answer))}</b></h3>"
        f"{_bars(item, widest)}</div>"
        for name, answer, item in zip(names, line[1:3], pair)
    )
    target = "" if pair[0].target is None else f" Reasons for {escape(str(pair[0].target))}."
    return (
        f'<section class="{said}"><h2>Row {line[0]}</h2>'
        f"<p>The models {said}; their reasons are {line[4]:.0%} apart.{target}</p>"
        f'<div class="sides">{sides}</div></section>'
    )


def _answer(answer: Any) -> str:
    return f"{answer:.4g}" if isinstance(answer, float) else str(answer)


def _bars(item: Explanation, widest: float) -> str:
    lines = "".join(
        f'<tr><th scope="row">{escape(str(f.rule))}</th>'
        f'<td class="{"for" if f.weight >= 0 else "against"}">'
        f'<svg width="{max(1, round(110 * abs(f.weight) / widest))}" height="10" '
        'aria-hidden="true"><rect width="100%" height="10"/></svg> '
        f"{f.weight:+.3g}</td></tr>"
        for f in item.features
    )
    return f"<table>{lines}</table>" if lines else "<p>No reasons.</p>"
