"""What the page of a model's card shows, taken from its file."""

from typing import Any

from skcook.serve.model._service import ModelService

#: More categories than this are counted, not listed.
_LISTED = 8


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
        "fields": [_field(column, card.get("fields", {})) for column in service.schema.columns],
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


def _field(column: Any, told: dict[str, dict[str, str]]) -> dict[str, str]:
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
