"""Explanations as a page: self-contained, and nothing from the data can become markup."""

from collections.abc import Sequence
from functools import partial
from html import escape

from skcook.explain.result._explanation_plots import common_scale
from skcook.explain.result._reasons import Interaction, Line, Reasons, number, signed
from skcook.utils._files import fill, fill_page, template

#: Weights below this share of the scale are not painted.
FAINT = 0.01


fill_template = partial(fill, "skcook.explain")


def page(explanations: Sequence[Reasons], *, title: str) -> str:
    """Render explanations as a page of their own."""
    return fill_page("skcook.explain", "page", title=title, markup={"body": fragment(explanations)})


def fragment(explanations: Sequence[Reasons], *, n_left_out: int = 0) -> str:
    """Render explanations as a part of a page, with its own style and in the page's colours."""
    scale = common_scale(explanations)
    more = "" if not n_left_out else fill_template("more", n_left_out=n_left_out)
    return fill_template(
        "fragment",
        markup={
            "style": template("skcook.explain", "explanations.css").template,
            "sections": "\n".join(_section(item, scale) for item in explanations),
            "more": more,
        },
    )


def _section(item: Reasons, scale: float) -> str:
    """Render one explanation."""
    output = "" if item.target is None else f": {item.target}"
    return fill_template(
        "explanation",
        heading=f"{item.name}{output}",
        prediction=number(item.prediction),
        start=item.start,
        intercept=number(item.intercept),
        markup={
            "note": "" if item.note is None else fill_template("note", note=item.note),
            "picture": item.picture_html(scale),
            "lines": "".join(_line(line, scale) for line in item.lines),
            "pairs": _pairs(item.interactions),
        },
    )


def _line(line: Line, scale: float) -> str:
    low, high = sorted((0.0, line.weight))
    side = "for" if line.weight >= 0 else "against"
    interval = (
        "" if line.part != "feature" else fill_template("interval", error=number(line.error, 2))
    )
    return fill_template(
        "line",
        text=line.text,
        value=line.value,
        side=side if line.part == "feature" else "neither",
        left=_place(low, scale),
        width=f"{50 * (high - low) / scale:.2f}",
        error_left=_place(line.weight - line.error, scale),
        error_width=f"{100 * line.error / scale:.2f}",
        weight=signed(line.weight),
        markup={"interval": interval},
    )


def _place(value: float, scale: float) -> str:
    return f"{50 + 50 * value / scale:.2f}"


def _pairs(interactions: Sequence[Interaction]) -> str:
    if not interactions:
        return ""
    pairs = [f"{' with '.join(pair.features)} {signed(pair.weight)}" for pair in interactions]
    return fill_template("pairs", pairs="; ".join(pairs))


def marked_html(pieces: Sequence[tuple[str, float | None]], scale: float, column: str = "") -> str:
    """Render a text in pieces, with weights of the size of `scale` in full colour."""
    marked = []
    for piece, weight in pieces:
        if weight is None or abs(weight) < FAINT * scale:
            marked.append(escape(piece))
            continue
        side = "for" if weight > 0 else "against"
        strength = f"{70 * min(abs(weight) / scale, 1):.0f}"
        marked.append(fill_template("word", piece=piece, side=side, strength=strength))
    label = fill_template("column", column=column) if column else ""
    return fill_template("words", markup={"pieces": label + "".join(marked)})
