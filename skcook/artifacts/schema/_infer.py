"""Read from a fitted model what it knows of its input: names, categories, missing values.

A walk follows each input column through the fitted steps until one consumes it, and notes what
each step proves on the way: an encoder its categories, an imputer that missing values are taken
care of, a scaler that the column is numeric. What no step proves stays unknown; a guess is never
noted. The walk completes a schema that was captured from data, and is all there is without data.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags

from skcook.artifacts.schema._schema_column import (
    Column,
    ColumnType,
    Scalar,
    Unknown,
    to_json_value,
)
from skcook.base._column_transformer import BaseColumnTransformer
from skcook.base._flow import traits_of
from skcook.utils._sklearn import branches_of

#: Attributes under which a meta-estimator keeps what it fitted on the same columns.
_INNER = ("best_estimator_", "estimator_", "regressor_")


@dataclass
class Fact:
    """What is proved of one column; None where nothing is."""

    type: ColumnType | None = None
    nullable: bool | None = None
    categories: tuple[Scalar, ...] | None = None
    unknown: Unknown | None = None
    minimum: float | None = None
    maximum: float | None = None
    text: bool | None = None
    #: Whether the first step that reads the column takes any number, so that 37.5 is as good as 37.
    numeric: bool | None = None

    def learn(self, other: "Fact") -> None:
        """Add what is not known yet: the step that comes first decides."""
        for item in fields(self):
            if getattr(self, item.name) is None:
                setattr(self, item.name, getattr(other, item.name))


Facts = dict[str, Fact]
#: The input column that each column of a step stems from; None for any other.
Origins = list[str | None]


def enrich(columns: Sequence[Column], model: Any) -> list[Column]:
    """Complete captured columns by what the fitted model proves."""
    facts: Facts = {column.name: Fact() for column in columns}
    walk(model, [column.name for column in columns], facts)
    return [_enriched(column, facts[column.name]) for column in columns]


def _enriched(column: Column, fact: Fact) -> Column:
    if fact.nullable:
        column = replace(column, nullable=True)
    # The categories of a pandas or polars dtype stay: the frame is built with them.
    own = column.dtype in ("category", "Enum") and column.categories is not None
    if fact.categories is not None and column.type in ("string", "integer", "number", "boolean"):
        if not own:
            shares = dict(zip(column.categories or (), column.frequencies))
            known = tuple(shares.get(value, 0.0) for value in fact.categories)
            column = replace(
                column,
                categories=fact.categories,
                frequencies=known if shares else (),
                text=False,
                unknown=fact.unknown or "warn",
            )
        elif set(column.categories or ()) <= set(fact.categories):
            column = replace(column, unknown=fact.unknown or "warn")
    if column.type == "integer" and fact.numeric and fact.categories is None:
        column = _widened(column)
    if fact.text:
        column = replace(column, text=True, categories=None, frequencies=())
    return column


def _widened(column: Column) -> Column:
    """Take any number in a column of integers that the model reads as floats anyway."""
    dtype = column.dtype or ""
    if column.categories is not None or max(abs(v) for v in column.quantiles or (0,)) > 2**53:
        return column
    plain = {"i": "float64", "u": "float64", "I": "Float64", "U": "Float64"}
    name = dtype.partition("[")[0]
    if "int" not in name.lower() or "[" in dtype:
        return column
    return replace(column, type="number", dtype=plain[name[0]])


def infer_columns(model: Any) -> tuple[str, list[Column]]:
    """Describe the input of a fitted model by what it proves."""
    names = _first_attribute(model, "feature_names_in_")
    kind = "frame"
    if names is None:
        if _reads_texts(model):
            column = Column("text", "string", source="inferred", nullable=False, text=True)
            return "texts", [column]
        if hasattr(model, "recommend"):
            names = ["user", "item"]
        else:
            count = _first_attribute(model, "n_features_in_")
            if count is None:
                raise ValueError(
                    f"{type(model).__name__} tells nothing of its input. Give X_example: rows as "
                    "the model is given them."
                )
            names, kind = [f"x{i}" for i in range(int(count))], "array"
    facts: Facts = {str(name): Fact() for name in names}
    walk(model, list(facts), facts)
    columns = [
        Column(
            name=name,
            type=fact.type or "unknown",
            source="inferred",
            nullable=fact.nullable is not False,
            categories=fact.categories,
            unknown=fact.unknown or "warn",
            minimum=fact.minimum,
            maximum=fact.maximum,
            text=bool(fact.text),
        )
        for name, fact in facts.items()
    ]
    return kind, columns


def _first_attribute(model: Any, name: str) -> Any:
    """Return an attribute of a model or of the one that it wraps."""
    value = getattr(model, name, None)
    if value is None:
        inner = _inner(model)
        return None if not inner else _first_attribute(inner[0], name)
    return value


def _reads_texts(model: Any) -> bool:
    if isinstance(model, Pipeline):
        steps = [step for _, step in model.steps if step not in (None, "passthrough")]
        return bool(steps) and _reads_texts(steps[0])
    if isinstance(model, FeatureUnion):
        return all(_reads_texts(part) for _, part in model.transformer_list)
    inner = _inner(model)
    if inner:
        return _reads_texts(inner[0])
    if not hasattr(model, "__sklearn_tags__"):
        return False
    tags = get_tags(model).input_tags
    return bool(tags.string and not tags.two_d_array)


def _inner(model: Any) -> list[Any]:
    """Return what a meta-estimator fitted on its own input, if it is one."""
    if isinstance(model, FrozenEstimator):
        return [model.estimator]
    for name in _INNER:
        inner = getattr(model, name, None)
        if inner is not None and hasattr(inner, "fit"):
            return [inner]
    calibrated = getattr(model, "calibrated_classifiers_", None)
    if calibrated:
        return [calibrated[0].estimator]
    if hasattr(model, "named_estimators_"):  # voting and stacking
        return [e for e in model.named_estimators_.values() if hasattr(e, "fit")]
    return []


def walk(step: Any, origins: Origins, facts: Facts) -> Origins:
    """Follow columns through a fitted step."""
    if step is None or step == "passthrough":
        return origins
    if isinstance(step, FunctionTransformer) and step.func is None:
        return origins  # what a fitted "passthrough" is
    if isinstance(step, str):  # "drop"
        return []
    if isinstance(step, Pipeline):
        for _, part in step.steps:
            origins = walk(part, origins, facts)
        return origins
    if isinstance(step, ColumnTransformer):
        given = dict(enumerate(origins))  # none of them, once a step before changed them all
        branches = [
            (part, [given.get(i) for i in positions]) for _, part, _, positions in branches_of(step)
        ]
        places = [step.output_indices_[name] for name, *_ in branches_of(step)]
        out: Origins = [None] * max((place.stop for place in places), default=0)
        for place, alive in zip(places, _parallel(branches, facts)):
            if len(alive) == place.stop - place.start:
                out[place] = alive
        return out
    if isinstance(step, FeatureUnion):
        _parallel([(part, origins) for _, part in step.transformer_list], facts)
        return []
    inner = _inner(step)
    if inner:
        _parallel([(part, origins) for part in inner], facts)
        return []
    return _visit(step, origins, facts)


def _parallel(branches: list[tuple[Any, Origins]], facts: Facts) -> list[Origins]:
    """Follow columns through steps that stand side by side: each has to take every value."""
    found: dict[str, list[Fact]] = {}
    alive = []
    for part, origins in branches:
        own: Facts = {name: Fact() for name in origins if name is not None}
        alive.append(walk(part, list(origins), own))
        if not (isinstance(part, str) and part == "drop"):
            for name, fact in own.items():
                found.setdefault(name, []).append(fact)
    for name, several in found.items():
        merged = Fact()
        for fact in several:
            merged.learn(fact)
        nullable = [fact.nullable for fact in several]
        merged.nullable = False if False in nullable else None if None in nullable else True
        if any(fact.unknown == "error" for fact in several):
            strict = next(fact for fact in several if fact.unknown == "error")
            merged.categories, merged.unknown = strict.categories, "error"
        facts[name].learn(merged)
    return alive


def _visit(step: Any, origins: Origins, facts: Facts) -> Origins:
    """Note what one plain step proves of its columns."""
    used, traits = _used(step, origins), traits_of(step)
    if hasattr(step, "categories_") and hasattr(step, "transform"):
        _note_categories(step, used, facts)
        return _after(step, origins, used)
    if traits.fills_missing:
        _note_imputer(step, used, facts, numeric=traits.needs_numbers)
        if isinstance(step, BaseColumnTransformer):
            return _after(step, origins, [])
        return origins if len(getattr(step, "statistics_", ())) == len(origins) else []
    if traits.keeps_values:
        return _after(step, origins, [])
    if traits.needs_numbers:
        for position, origin in enumerate(used):
            if origin is not None:
                facts[origin].learn(_scaler_fact(step, position))
        return origins if not hasattr(step, "bin_edges_") else []
    if hasattr(step, "vocabulary_") or _reads_texts(step):
        for origin in used:
            if origin is not None:
                facts[origin].learn(Fact(type="string", text=True))
        return []
    if hasattr(step, "predict"):
        _note_predictor(step, used, facts)
        return []
    return _after(step, origins, used)


def _used(step: Any, origins: Origins) -> Origins:
    """Return the columns that a step works on: a transformer of skcook picks its own."""
    if not isinstance(step, BaseColumnTransformer):
        return origins
    places = dict(zip(step._input_names(), origins))
    return [places.get(column) for column in step.columns_]


def _after(step: Any, origins: Origins, consumed: Origins) -> Origins:
    """Return the origins of what a step gives, as far as its columns keep their names."""
    if not isinstance(step, BaseColumnTransformer):
        return []
    places = {
        name: None if origin in consumed else origin
        for name, origin in zip(step._input_names(), origins)
    }
    return [places.get(name) for name in step.get_feature_names_out()]


def _note_categories(step: Any, used: Origins, facts: Facts) -> None:
    categories = step.categories_
    if isinstance(categories, dict):
        categories = list(categories.values())
    policy = getattr(step, "handle_unknown", "ignore")
    for origin, known in zip(used, categories):
        if origin is None:
            continue
        if any(isinstance(value, date | np.datetime64) for value in known):
            continue  # times as categories: no schema has a list of them
        values = [to_json_value(value) for value in np.asarray(known, dtype=object)]
        present = tuple(value for value in values if value is not None)
        has_null = len(present) < len(values)
        facts[origin].learn(
            Fact(
                type=_type_of(present),
                nullable=has_null or policy != "error",
                categories=present,
                unknown="error" if policy == "error" else "warn",
            )
        )


def _type_of(values: tuple[Scalar, ...]) -> ColumnType | None:
    kinds = {type(value) for value in values}
    if kinds == {str}:
        return "string"
    if kinds == {bool}:
        return "boolean"
    return "number" if kinds and kinds <= {int, float} else None


def _note_imputer(step: Any, used: Origins, facts: Facts, *, numeric: bool) -> None:
    marker = getattr(step, "missing_values", None)
    if not (marker is None or pd.isna(marker)):
        return  # it fills another value than a missing one
    statistics = list(getattr(step, "statistics_", ()))
    numeric = numeric or getattr(step, "strategy", None) in ("mean", "median")
    for position, origin in enumerate(used):
        if origin is None:
            continue
        fact = Fact(nullable=True)
        if numeric:
            fact.type, fact.numeric = "number", True
        elif position < len(statistics) and isinstance(statistics[position], str):
            fact.type = "string"
        facts[origin].learn(fact)


def _scaler_fact(step: Any, position: int) -> Fact:
    fact = Fact(type="number", numeric=True)
    low, high = getattr(step, "data_min_", None), getattr(step, "data_max_", None)
    if low is not None and high is not None and np.isfinite([low[position], high[position]]).all():
        fact.minimum, fact.maximum = float(low[position]), float(high[position])
    return fact


def _note_predictor(step: Any, used: Origins, facts: Facts) -> None:
    if not hasattr(step, "__sklearn_tags__") or hasattr(step, "recommend"):
        return
    tags = get_tags(step).input_tags
    fact = Fact(nullable=bool(tags.allow_nan))
    if tags.two_d_array and not tags.string:
        by_dtype = _takes_categories(step)
        fact.numeric = by_dtype != "listed"
        if by_dtype == "no":
            fact.type = "number"
    for origin in used:
        if origin is not None:
            facts[origin].learn(fact)


def _takes_categories(step: Any) -> str:
    """Tell whether a predictor reads columns as categories: "no", "by dtype" or "listed"."""
    setting = getattr(step, "categorical_features", None)
    if setting is not None and not isinstance(setting, str):
        return "listed"
    if setting == "from_dtype" or getattr(step, "enable_categorical", False):
        return "by dtype"
    return "by dtype" if type(step).__module__.startswith("lightgbm") else "no"
