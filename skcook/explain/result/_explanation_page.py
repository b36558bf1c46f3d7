"""Explanations as a page: self-contained, and nothing from the data can become markup."""

from functools import cache
from html import escape
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

import numpy as np

from skcook.explain.result._overlays import painted, png, strengths

if TYPE_CHECKING:
    from skcook.explain.result._explanation import Explanation, Feature
    from skcook.explain.result._explanation_list import Explanations


@cache
def _template(name: str) -> Template:
    folder = resources.files("skcook.explain").joinpath("templates")
    return Template(folder.joinpath(f"{name}.html").read_text(encoding="utf-8"))


def _fill(name: str, *, markup: dict[str, str] | None = None, **texts: object) -> str:
    """Fill a template: `texts` are escaped, `markup` comes from other templates."""
    safe = {key: escape(str(text)) for key, text in texts.items()}
    return _template(name).substitute(safe, **(markup or {}))


def page(explanations: "Explanations", *, title: str) -> str:
    """Render explanations as a page."""
    sections = "\n".join(section(item) for item in explanations)
    return _fill("page", title=title, markup={"explanations": sections})


def section(explanation: "Explanation") -> str:
    """Render one explanation as a part of a page."""
    reach = np.abs(explanation.weights) + 1.96 * np.nan_to_num(explanation.std_errors)
    scale = float(reach.max(initial=0.0)) or 1.0
    of = "" if explanation.target is None else f": {explanation.target}"
    note = explanation.note
    return _fill(
        "explanation",
        heading=f"Row {explanation.row}{of}",
        prediction=f"{explanation.prediction:.4g}",
        local_prediction=f"{explanation.local_prediction:.4g}",
        intercept=f"{explanation.intercept:.4g}",
        r2=f"{explanation.r2:.2f}",
        markup={
            "note": "" if note is None else _fill("note", note=note),
            "text": _picture(explanation),
            "features": "".join(_feature(feature, scale) for feature in explanation.features),
        },
    )


def _picture(explanation: "Explanation") -> str:
    """Render what was explained, with the weights on it."""
    if explanation.source is None or explanation.kind == "tabular":
        return ""
    if explanation.kind == "image":
        return _fill("image", address=png(painted(explanation)))
    strength = strengths(explanation)
    pieces = []
    for piece, word, value in explanation.source:
        weight = 0.0 if word is None else strength.get((word, value), 0.0)
        if abs(weight) < 0.01:
            pieces.append(escape(piece))
            continue
        side = "for" if weight > 0 else "against"
        shown = f"{70 * abs(weight):.0f}"
        pieces.append(_fill("word", piece=piece, side=side, strength=shown))
    return _fill("words", markup={"pieces": "".join(pieces)})


def _feature(feature: "Feature", scale: float) -> str:
    interval = 1.96 * float(np.nan_to_num(feature.std_error))
    low, high = sorted((0.0, feature.weight))
    return _fill(
        "feature",
        rule=feature.rule,
        side="for" if feature.weight >= 0 else "against",
        left=_place(low, scale),
        width=f"{50 * (high - low) / scale:.2f}",
        error_left=_place(feature.weight - interval, scale),
        error_width=f"{100 * interval / scale:.2f}",
        weight=f"{feature.weight:+.3g}",
        interval=f"{interval:.2g}",
    )


def _place(value: float, scale: float) -> str:
    return f"{50 + 50 * value / scale:.2f}"
