"""What the steps of scikit-learn do to columns, by the exact class of the step.

A subclass may do something else, so it has no plan; a class is looked up by its name, so that
nothing is imported. Steps of skcook say it themselves, by `_plan_columns`.
"""

import copy
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse

from skcook.base._document_terms import (
    CAPITALS,
    LETTERS,
    MOST_TERMS,
    PlainWords,
    TermRows,
    plan_terms,
    texts_without,
)
from skcook.base._flow import (
    ByClassName,
    Calculated,
    FlowColumn,
    Lookup,
    common_float,
    float_dtype,
    parts,
)
from skcook.exceptions import PlanRefused
from skcook.plan._matrix import Matrix
from skcook.plan._skrub_steps import is_table_vectorizer, plan_table_vectorizer
from skcook.utils._sklearn import branches_of, output_container

Columns = list[FlowColumn]
#: Steps whose output has the names that come out of what is in them, or that came in.
_KEEP_NAMES = frozenset(["Pipeline", "FunctionTransformer", "FrozenEstimator"])
_STEPS = ByClassName()


def compile_step(step: Any, columns: Sequence[FlowColumn]) -> Columns:
    """Return what a fitted transformer makes of columns; raise `PlanRefused` if that is unknown."""
    columns = list(columns)
    if step is None or (isinstance(step, str) and step == "passthrough"):
        return columns
    if isinstance(step, str) and step == "drop":
        return []
    own = getattr(step, "_plan_columns", None)
    if own is not None:
        return own(columns, compile_step)
    if is_table_vectorizer(step):
        return plan_table_vectorizer(step, columns, compile_step)
    if not is_sklearn(step) or not hasattr(step, "transform"):
        raise PlanRefused(f"the step {type(step).__module__}.{type(step).__qualname__} has no plan")
    name = type(step).__name__
    made = _STEPS.get(name, _on_an_array)(step, columns)
    return made if name in _KEEP_NAMES else _named(made, step)


def is_sklearn(estimator: Any) -> bool:
    """Tell whether an object's class is scikit-learn's own."""
    return type(estimator).__module__.partition(".")[0] == "sklearn"


def anonymous(estimator: Any) -> Any:
    """Return an estimator that takes arrays without a word about the names of columns."""
    twin = copy.copy(estimator)
    vars(twin).pop("feature_names_in_", None)
    vars(twin).pop("_sklearn_output_config", None)
    for name in ("estimator_", "estimators_"):
        members = vars(twin).get(name)
        if hasattr(members, "feature_names_in_"):
            setattr(twin, name, anonymous(members))
        elif isinstance(members, list | tuple) and hasattr(members[0], "feature_names_in_"):
            setattr(twin, name, [anonymous(member) for member in members])
    return twin


def _named(columns: Columns, step: Any) -> Columns:
    """Name the columns as the step's output does: an array has positions alone."""
    if output_container(step) == "default":
        names: Iterable[str] = (f"x{i}" for i in range(len(columns)))
    else:
        names = step.get_feature_names_out()
    return [replace(column, name=str(name)) for column, name in zip(columns, names, strict=True)]


# Composition.


@_STEPS.of("Pipeline")
def _pipeline(step: Any, columns: Columns) -> Columns:
    for _, part in step.steps:
        columns = compile_step(part, columns)
    return columns


@_STEPS.of("FeatureUnion")
def _feature_union(step: Any, columns: Columns) -> Columns:
    weights, made = step.transformer_weights or {}, []
    for name, part in step.transformer_list:
        own = compile_step(part, columns)
        if name in weights:
            own = [c.as_number(who=name).then("multiply", weights[name], c.dtype) for c in own]
        made += own
    return _sparse(made, is_sparse=any(column.sparse for column in made))


@_STEPS.of("ColumnTransformer")
def _column_transformer(step: Any, columns: Columns) -> Columns:
    found: list[FlowColumn | None] = [*columns]
    known = {column.name: column for column in columns}
    names = getattr(step, "feature_names_in_", ())
    if not known.keys().isdisjoint(names):
        found = [known.get(name) for name in names]  # in any order, and others may be beside them
    out = []
    for name, part, wanted, places in branches_of(step):
        if not places or (isinstance(part, str) and part == "drop"):
            continue
        given = [column for i in places if i < len(found) and (column := found[i]) is not None]
        if len(given) < len(places):
            raise PlanRefused(f"the ColumnTransformer's {name!r} takes columns that are not there")
        if isinstance(wanted, str | int):
            given = [replace(given[0], one_dimensional=True)]
        out += compile_step(part, given)
    return _sparse(out, is_sparse=step.sparse_output_)


def _sparse(columns: Columns, *, is_sparse: bool) -> Columns:
    """Return columns as those of a sparse matrix, or of none."""
    return [c if c.sparse == is_sparse else replace(c, sparse=is_sparse) for c in columns]


@_STEPS.of("FunctionTransformer")
def _function_transformer(step: Any, columns: Columns) -> Columns:
    if step.func is None:
        return columns
    if not isinstance(step.func, np.ufunc) or step.func.nin != 1 or step.kw_args:
        raise PlanRefused("a FunctionTransformer with a function that is not of numpy has no plan")
    made = _on_an_array(step, columns)
    return [replace(new, name=old.name) for new, old in zip(made, columns, strict=True)]


@_STEPS.of("FrozenEstimator")
def _frozen(step: Any, columns: Columns) -> Columns:
    return compile_step(step.estimator, columns)


# Columns are chosen.


@_STEPS.of(
    "VarianceThreshold", "SelectKBest", "SelectPercentile", "SelectFpr", "SelectFdr", "SelectFwe",
    "GenericUnivariateSelect", "SelectFromModel", "RFE", "RFECV", "SequentialFeatureSelector",
)  # fmt: skip
def _selector(step: Any, columns: Columns) -> Columns:
    dtype, name = common_float(columns), type(step).__name__
    return [columns[i].as_number(dtype, who=name) for i in step.get_support(indices=True)]


# Missing values.


@_STEPS.of("SimpleImputer")
def _simple_imputer(step: Any, columns: Columns) -> Columns:
    if not (isinstance(step.missing_values, float) and math.isnan(step.missing_values)):
        raise PlanRefused(f"SimpleImputer(missing_values={step.missing_values!r}) has no plan")
    if step.statistics_.dtype != object and any(np.isnan(step.statistics_)):
        raise PlanRefused("SimpleImputer met a column without any value")
    is_text = any(column.kind == "text" for column in columns)
    dtype = common_float(columns)
    out = []
    for column, value in zip(columns, step.statistics_.tolist(), strict=True):
        if is_text:
            if column.kind != "text":
                raise PlanRefused("SimpleImputer over text and numbers together has no plan")
            # It fills NaN alone; another missing value is the pipeline's business.
            name = "fill_cell" if column.null == "nan" else "present"
            out.append(column.then(name, value, nullable=False))
        else:
            column = column.as_number(dtype, who="SimpleImputer")
            out.append(column.then("fill", value, nullable=False) if column.nullable else column)
    if not step.add_indicator:
        return out
    if is_text:
        raise PlanRefused("SimpleImputer(add_indicator=True) over text has no plan")
    return out + _indicators(step.indicator_, columns)


@_STEPS.of("MissingIndicator")
def _missing_indicator(step: Any, columns: Columns) -> Columns:
    if not (isinstance(step.missing_values, float) and math.isnan(step.missing_values)):
        raise PlanRefused(f"MissingIndicator(missing_values={step.missing_values!r}) has no plan")
    return _indicators(step, columns)


def _indicators(indicator: Any, columns: Columns) -> Columns:
    if indicator.error_on_new and indicator.features == "missing-only":
        # A column without missing values in fit raises where one comes: let the pipeline do it.
        others = set(range(len(columns))) - set(indicator.features_.tolist())
        if any(columns[i].nullable for i in others):
            raise PlanRefused("MissingIndicator(error_on_new=True) has no plan")
    chosen = [columns[i].as_number(who="MissingIndicator") for i in indicator.features_]
    return [replace(column.then("missing", nullable=False), dtype="float64") for column in chosen]


# Scales.


def _scaled(columns: Columns, step: Any, **operands: Any) -> Columns:
    """Return columns after operations in turn, each with one operand per column or None."""
    dtype = common_float(columns)
    out = [column.as_number(dtype, who=type(step).__name__) for column in columns]
    for name, values in operands.items():
        if values is not None:
            # StandardScaler rounds its numbers to the dtype of the data, the others do not.
            of = dtype if type(step).__name__ == "StandardScaler" else "float64"
            values = np.asarray(values, dtype=np.float64).tolist()
            out = [c.then(name, value, of) for c, value in zip(out, values, strict=True)]
    return out


@_STEPS.of("StandardScaler")
def _standard_scaler(step: Any, columns: Columns) -> Columns:
    mean = step.mean_ if step.with_mean else None
    return _scaled(columns, step, subtract=mean, divide=step.scale_)


@_STEPS.of("RobustScaler")
def _robust_scaler(step: Any, columns: Columns) -> Columns:
    return _scaled(columns, step, subtract=step.center_, divide=step.scale_)


@_STEPS.of("MinMaxScaler")
def _min_max_scaler(step: Any, columns: Columns) -> Columns:
    out = _scaled(columns, step, multiply=step.scale_, add=step.min_)
    return _clipped(out, step, step.feature_range)


def _clipped(columns: Columns, step: Any, ends: tuple[float, float]) -> Columns:
    dtype = common_float(columns)
    return [column.then("clip", ends, dtype) for column in columns] if step.clip else columns


@_STEPS.of("MaxAbsScaler")
def _max_abs_scaler(step: Any, columns: Columns) -> Columns:
    return _clipped(_scaled(columns, step, divide=step.scale_), step, (-1.0, 1.0))


# Categories.


def _cell(category: Any) -> Any:
    """Return a category as the cell that a row holds."""
    return category.item() if isinstance(category, np.generic) else category


def _places_of(categories: np.ndarray, column: FlowColumn) -> dict[Any, int]:
    """Return the position of each category by cell; None is the missing value of the column."""
    table: dict[Any, int] = {}
    for place, category in enumerate(categories.tolist()):
        is_nan = isinstance(category, float) and math.isnan(category)
        if category is None or is_nan:
            if {"nan": is_nan, "none": category is None}.get(column.null, False):
                table[None] = place
        else:
            table[_cell(category)] = place
    return table


def _lookup(column: FlowColumn, table: Any, unknown: Any, width: int, *, one_hot: bool) -> Lookup:
    # What scikit-learn does with pandas' own missing value is for it to say.
    table = {**table, None: None} if column.null == "na" else table
    return Lookup(column, table, unknown, width, one_hot)


def _infrequent(step: Any, i: int, n: int) -> tuple[list[int], int | None]:
    """Return the code of each category once the rare ones are one, and the code of those."""
    if not step._infrequent_enabled or step._default_to_infrequent_mappings[i] is None:
        return list(range(n)), None
    codes = step._default_to_infrequent_mappings[i].tolist()
    return codes, codes[int(step._infrequent_indices[i][0])]


@_STEPS.of("OneHotEncoder")
def _one_hot_encoder(step: Any, columns: Columns) -> Columns:
    out = []
    for i, column in enumerate(columns):
        codes, rare = _infrequent(step, i, len(step.categories_[i]))
        width = max(codes, default=-1) + 1
        unknown: int | None = -1
        if step.handle_unknown in ("error", "warn"):
            unknown = None
        elif step.handle_unknown == "infrequent_if_exist" and rare is not None:
            unknown = rare
        drop = None if step.drop_idx_ is None else step._drop_idx_after_grouping[i]
        if drop is not None:
            drop = int(drop)
            codes = [-1 if code == drop else code - (code > drop) for code in codes]
            width -= 1
        if step.drop is not None:
            # scikit-learn warns of a value that it does not know, even if nothing was dropped.
            unknown = None
        places = _places_of(step.categories_[i], column)
        table = {cell: codes[place] for cell, place in places.items()}
        block = _lookup(column, table, unknown, width, one_hot=True)
        names = [f"{column.name}_{k}" for k in range(width)]
        dtype = float_dtype(step.dtype)
        out += parts(block, names, dtype=dtype, nullable=False, sparse=step.sparse_output)
    return out


@_STEPS.of("OrdinalEncoder")
def _ordinal_encoder(step: Any, columns: Columns) -> Columns:
    out = []
    for i, column in enumerate(columns):
        codes, _ = _infrequent(step, i, len(step.categories_[i]))
        unknown = None if step.handle_unknown == "error" else (float(step.unknown_value),)
        places = _places_of(step.categories_[i], column)
        table = {cell: (float(codes[place]),) for cell, place in places.items()}
        if None in table:
            table[None] = (float(step.encoded_missing_value),)
        out += parts(_lookup(column, table, unknown, 1, one_hot=False), [column.name])
    return out


@_STEPS.of("TargetEncoder")
def _target_encoder(step: Any, columns: Columns) -> Columns:
    out = []
    is_multiclass = step.target_type_ == "multiclass"
    n_targets = len(step.classes_) if is_multiclass else 1
    unknown = tuple(np.ravel(step.target_mean_).tolist())
    for i, column in enumerate(columns):
        encodings = [e.tolist() for e in step.encodings_[i * n_targets : (i + 1) * n_targets]]
        places = _places_of(step.categories_[i], column)
        table = {cell: tuple(e[place] for e in encodings) for cell, place in places.items()}
        names = [f"{column.name}_{k}" for k in range(n_targets)]
        out += parts(_lookup(column, table, unknown, n_targets, one_hot=False), names)
    return out


# Texts.


@_STEPS.of("CountVectorizer", "TfidfVectorizer")
def _vectorizer(step: Any, columns: Columns) -> Columns:
    name = type(step).__name__
    if not all(column.one_dimensional for column in columns):
        raise PlanRefused(f"{name} reads one column of documents, not a table")
    rows = TermRows(
        step.build_analyzer,
        step.vocabulary_,
        binary=step.binary,
        weights=getattr(step, "_tfidf", None),
        dtype=float_dtype(step.dtype),
        plain_words=partial(_plain_words, step),
    )
    return plan_terms(rows, columns, name)


#: The fewest letters of a word, by the patterns that say no more of one.
_LEAST_LETTERS = {
    r"(?u)\b\w\w+\b": 2, r"\b\w\w+\b": 2, r"\w\w+": 2, r"\w{2,}": 2,
    r"(?u)\b\w+\b": 1, r"\b\w+\b": 1, r"(?u)\w+": 1, r"\w+": 1,
}  # fmt: skip


def _plain_words(step: Any) -> PlainWords | None:
    """Say how an export finds the terms of a vectorizer; None if a regular expression cannot."""
    least = _LEAST_LETTERS.get(step.token_pattern)
    own = (step.tokenizer, step.preprocessor)
    stopped = step.get_stop_words() or ()
    if step.analyzer != "word" or least is None or own != (None, None):
        return None
    if stopped and step.ngram_range != (1, 1):
        return None
    texts = texts_without(CAPITALS) if step.lowercase else ""
    if step.strip_accents is not None:
        texts = r"[\x00-\x7F]*"
    terms = {term: int(j) for term, j in step.vocabulary_.items() if term not in stopped}
    pattern = f"[{LETTERS}]{{{least},}}"
    return PlainWords(pattern, texts, terms, tuple(step.ngram_range), step.lowercase)


@_STEPS.of("HashingVectorizer")
def _hashing_vectorizer(step: Any, columns: Columns) -> Columns:
    column = columns[0]
    if not column.one_dimensional or column.kind != "text" or step.n_features > MOST_TERMS:
        raise PlanRefused(f"HashingVectorizer(n_features={step.n_features}) has no plan here")
    block = Calculated((column.then("present"),), Transform(step), step.n_features)
    return parts(block, [""] * step.n_features, nullable=False, sparse=True)


# What is left to the step itself, on an array.


class Transform:
    """Calls a transformer with an array, or with documents."""

    def __init__(self, step: Any) -> None:
        self.step = anonymous(step)

    def __call__(self, values: Any) -> np.ndarray:
        made = self.step.transform(values)
        return made.toarray() if sparse.issparse(made) else np.asarray(made)


def _on_an_array(step: Any, columns: Columns) -> Columns:
    """Leave a step that makes numbers of numbers to itself."""
    dtype = common_float(columns)
    columns = [column.as_number(dtype, who=type(step).__name__) for column in columns]
    Matrix(columns, dtype)
    transform = Transform(step)
    try:
        probe = transform.step.transform(np.ones((1, len(columns)), dtype))
    except ValueError:  # it does not take such numbers
        probe = np.zeros((1, len(step.get_feature_names_out())), dtype)
    except (TypeError, AttributeError) as exc:
        raise PlanRefused(f"{type(step).__name__} takes no array: {exc}") from exc
    if probe.ndim != 2:
        raise PlanRefused(f"{type(step).__name__} makes no matrix of one row")
    block = Calculated(tuple(columns), transform, probe.shape[1], dtype)
    made = "float32" if probe.dtype == np.float32 else "float64"
    names = [f"x{k}" for k in range(probe.shape[1])]
    return parts(block, names, dtype=made, sparse=sparse.issparse(probe))
