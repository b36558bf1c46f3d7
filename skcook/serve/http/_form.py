"""A model's schema as the fields of a form."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from skcook.artifacts._answers import Method, labels_of
from skcook.serve.model._service import ModelService
from skcook.utils._json import to_json

Widget = Literal["select", "suggest", "text", "prose", "number", "date", "datetime-local", "image"]

# More options than this are typed with suggestions, not picked from a list.
MAX_OPTIONS = 40
# Steps between the ends of a slider.
_STEPS = 200


@dataclass(frozen=True)
class Option:
    """One choice of a field."""

    value: str
    label: str


@dataclass(frozen=True)
class Field:
    """One field of the form."""

    name: str
    position: int
    widget: Widget
    kind: Literal["string", "number", "boolean", "any", "array"]
    value: str
    required: bool
    hint: str
    options: tuple[Option, ...] = ()
    low: float | None = None
    high: float | None = None
    step: float | None = None
    shape: tuple[int, ...] = ()
    #: Of an image that is a row of pixels: their columns.
    columns: tuple[str, ...] = ()
    #: What people call it, with its unit.
    label: str = ""

    @property
    def id(self) -> str:
        """The field's id in the page."""
        return f"field-{self.position}"


def form_of(
    schema: Any, example: dict[str, Any] | None, told: Mapping[str, Any] | None = None
) -> list[Field]:
    """Return the fields of a form for one row; `told` is what the model's card says of fields."""
    row, told = to_json(example or {}), told or {}
    return [
        _titled(_field(column, i, row.get(column.name)), told.get(column.name, {}))
        for i, column in enumerate(schema.columns)
    ]


def feature_fields(table: Any) -> list[Field]:
    """Return the fields of a form for the features of a user or an item, none of them filled in."""
    fields = []
    for i, name in enumerate(table.columns):
        base = {"name": name, "label": name, "position": i, "value": "", "required": False}
        if name in table.numbers:
            known = table.numbers[name][np.isfinite(table.numbers[name])].tolist()
            hint = f"seen {_short(min(known))} to {_short(max(known))}" if known else ""
            fields.append(Field(**base, widget="number", kind="number", hint=hint))
            continue
        features, has = table.features_in(name)
        values = [feature.removeprefix(f"{name}=") for feature in features]
        base["options"] = tuple(Option(value, value) for value in values)
        has_several = bool((has.getnnz(axis=1) > 1).any())
        if has_several or len(values) > MAX_OPTIONS:
            hint = f"{len(values)} values known" + (", a | between several" if has_several else "")
            fields.append(Field(**base, widget="suggest", kind="string", hint=hint))
        else:
            fields.append(Field(**base, widget="select", kind="string", hint=""))
    return fields


def picture_of(schema: Any, example: dict[str, Any] | None, shape: tuple[int, ...]) -> Field:
    """Return the only field of a form for rows of pixels: the image that they are."""
    lows = [column.minimum for column in schema.columns if column.minimum is not None]
    highs = [column.maximum for column in schema.columns if column.maximum is not None]
    low, high = min(lows, default=0), max(highs, default=255)
    whole = all(float(value).is_integer() for value in (*lows, *highs))
    row = to_json(example or {})
    pixels = np.array([row.get(name) or 0 for name in schema.names], dtype=float)
    value = (pixels.astype(int) if whole else pixels).reshape(shape).tolist()
    size = " x ".join(map(str, shape))
    return Field(
        name="",
        label="Image",
        position=0,
        widget="image",
        kind="array",
        value=json.dumps(value, separators=(",", ":")),
        required=True,
        hint=f"{size} values from {_text(low)} to {_text(high)}",
        low=low,
        high=high,
        step=1.0 if whole else None,
        shape=shape,
        columns=tuple(schema.names),
    )


def _titled(field: Field, told: Mapping[str, str]) -> Field:
    label = told.get("title") or field.name
    if unit := told.get("unit"):
        label = f"{label} ({unit})"
    hint = " · ".join(filter(None, (told.get("description"), field.hint)))
    return replace(field, label=label, hint=hint)


def _field(column: Any, position: int, value: Any) -> Field:
    base = {
        "name": column.name,
        "position": position,
        "value": _text(value),
        "required": not column.nullable,
    }
    if column.type == "array":
        return _image(column, base, value)
    if column.type == "boolean":
        answers = (Option("true", "yes"), Option("false", "no"))
        return Field(**base, widget="select", kind="boolean", hint="", options=answers)
    if column.type in ("number", "integer", "duration") and column.categories is None:
        return _number(column, base)
    if column.type in ("date", "datetime"):
        return _date(column, base)
    kind: Literal["string", "number", "any"] = "string"
    if column.type in ("number", "integer"):
        kind = "number"
    elif column.type == "unknown":
        kind = "any"
    if column.categories:
        options = tuple(Option(_text(item), _text(item)) for item in column.categories)
        if len(options) > MAX_OPTIONS:
            hint = f"{len(options)} values known"
            return Field(**base, widget="suggest", kind=kind, hint=hint, options=options)
        if base["value"] and base["value"] not in [option.value for option in options]:
            options = (Option(base["value"], base["value"]), *options)
        return Field(**base, widget="select", kind=kind, hint="", options=options)
    prose = column.text or len(base["value"]) > 80
    return Field(**base, widget="prose" if prose else "text", kind=kind, hint="")


def _image(column: Any, base: dict[str, Any], value: Any) -> Field:
    size = " x ".join(map(str, column.shape))
    step = 1.0 if "int" in (column.dtype or "") else None
    base["value"] = "" if value is None else json.dumps(value, separators=(",", ":"))
    return Field(
        **base,
        widget="image",
        kind="array",
        hint=f"{size} values from {_text(column.minimum)} to {_text(column.maximum)}",
        low=column.minimum,
        high=column.maximum,
        step=step,
        shape=column.shape,
    )


def _number(column: Any, base: dict[str, Any]) -> Field:
    low, high = column.minimum, column.maximum
    unit = " seconds" if column.type == "duration" else ""
    if low is None or high is None or not low < high:
        return Field(**base, widget="number", kind="number", hint=unit.strip())
    seen = [low, high, *column.quantiles]
    whole = column.type == "integer" or all(float(x).is_integer() for x in seen)
    step = nice_step((high - low) / _STEPS)
    if whole:
        step = max(1.0, float(math.ceil(step)))
    hint = f"seen {_short(low)} to {_short(high)}{unit}"
    # The slider's ends are multiples of its step, so that its stops are round numbers.
    ends = {"low": math.floor(low / step) * step, "high": math.ceil(high / step) * step}
    return Field(**base, widget="number", kind="number", hint=hint, step=step, **ends)


def _date(column: Any, base: dict[str, Any]) -> Field:
    hint = ""
    if column.minimum is not None and column.maximum is not None:
        hint = f"seen {str(column.minimum)[:10]} to {str(column.maximum)[:10]}"
    is_date = column.type == "date" or len(base["value"]) <= 10
    base["value"] = base["value"][: 10 if is_date else 19].replace(" ", "T")
    return Field(**base, widget="date" if is_date else "datetime-local", kind="string", hint=hint)


def nice_step(raw: float) -> float:
    """Return 1, 2 or 5 times a power of ten, the least that is not below `raw`."""
    power = math.floor(math.log10(raw))
    for factor in (1, 2, 5, 10):
        step = float(f"{factor}e{power}")
        if step >= raw * (1 - 1e-9):
            return step
    return step


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # All digits: a rounded value may lie outside of what was seen.
        return repr(value).removesuffix(".0")
    return str(value)


def _short(value: Any) -> str:
    """Return a number as people read it."""
    return f"{value:.6g}" if isinstance(value, float) and abs(value) < 1e6 else _text(value)


#: More categories than this are counted, not listed.
_LISTED = 8


def shown_methods(methods: Sequence[Method], model: Any) -> list[dict[str, Any]]:
    """Return the methods whose answers a page shows, and what these are called."""
    if any(method.name == "predict_proba" for method in methods):
        # Scores would say the same once more, in another unit.
        methods = [method for method in methods if method.name in ("predict", "predict_proba")]
    return [
        {
            "name": method.name,
            "answers": method.answers,
            "title": method.column.replace("_", " "),
            "labels": to_json(labels_of(method, model)),
        }
        for method in methods
    ]


def card_page(service: ModelService) -> dict[str, Any]:
    """Return the tables of the card: its quality, its reasons, its file, its fields."""
    card, manifest = service.card, service.artifact.manifest
    quality = [(name, f"{value:.4g}") for name, value in card.get("metrics", {}).items()]
    if "threshold" in card:
        quality.append(("threshold", f"{card['threshold']:.4g}"))
    for name, value in card.get("costs", {}).items():
        quality.append((f"cost of {name}", f"{value:.4g}"))
    file = [
        ("owner", card.get("owner")),
        ("licence", card.get("licence")),
        ("saved", str(manifest.get("created") or "")[:10]),
        ("rows it learned from", manifest.get("n_rows")),
        ("classes", ", ".join(map(str, service.classes or []))),
        ("answers", ", ".join(service.methods)),
        ("saved with", _versions(manifest.get("versions") or {})),
        *((name, str(value)) for name, value in (manifest.get("metadata") or {}).items()),
    ]
    corrections = manifest.get("corrections") or []
    return {
        "quality": quality,
        "reasons": _reasons(service.faithfulness()),
        "file": [(name, value) for name, value in file if value],
        "corrections": [(_correction(item), item.get("why") or "") for item in corrections],
        "fields": [_described(column, card.get("fields", {})) for column in service.schema.columns],
    }


def _reasons(report: list[dict[str, Any]]) -> dict[str, Any]:
    """Return in words how faithful reasons are; of two classes, the second says all."""
    lines = report[1:] if len(report) == 2 else report
    shares = [("explained of how predictions differ", "r2")]
    shares += [("rows of which much is not explained", "large_rest")]
    changes = [("change without the largest reasons", "deletion")]
    changes += [("change without as many others", "deletion_random")]
    return {
        "targets": [line["target"] for line in lines] if len(lines) > 1 else [],
        "rows": [
            *((told, [f"{100 * line[key]:.0f} %" for line in lines]) for told, key in shares),
            *((told, [f"{line[key]:.3g}" for line in lines]) for told, key in changes),
        ],
    }


def _correction(item: dict[str, Any]) -> str:
    return f"{item.get('kind', '')} {item.get('feature', '')}".strip()


def _versions(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _described(column: Any, told: dict[str, dict[str, str]]) -> dict[str, str]:
    facts = told.get(column.name, {})
    seen = ""
    if column.categories:
        seen = ", ".join(map(str, column.categories[:_LISTED]))
        if len(column.categories) > _LISTED:
            seen += f" and {len(column.categories) - _LISTED} more"
    elif column.minimum is not None and column.maximum is not None:
        seen = f"{column.minimum} to {column.maximum}"
    missing = "unknown" if column.null_fraction is None else f"{100 * column.null_fraction:.3g} %"
    return {
        "title": facts.get("title") or column.name,
        "description": facts.get("description", ""),
        "unit": facts.get("unit", ""),
        "type": column.type,
        "seen": seen,
        "missing": missing if column.nullable else "not allowed",
    }
