"""Write a model file, or describe a model in memory as if it came from one."""

import hashlib
import json
import math
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from skcook.artifacts._answers import count_rows, row_methods
from skcook.artifacts.file._artifact import Artifact
from skcook.artifacts.file._manifest import MAX_WHY, check_fields, check_fitted, make_manifest
from skcook.artifacts.file._members import Key, pack, place_of, sign
from skcook.artifacts.file._skops import dump_model, model_types
from skcook.artifacts.file._trust import refuse_file_settings, refused
from skcook.artifacts.schema._schema import Schema
from skcook.exceptions import ArtifactError, PlanRefused, SchemaError, SkcookWarning
from skcook.plan import compile  # noqa: A004 - the field's word
from skcook.utils._files import write_atomic
from skcook.utils._json import to_json
from skcook.utils._sklearn import rows_of


def save(
    model: Any,
    path: str | Path,
    X_example: Any = None,
    *,
    y: Any = None,
    metadata: Mapping[str, Any] | None = None,
    card: Mapping[str, Any] | None = None,
    background: int = 100,
    name: str | None = None,
    version: str | None = None,
    sign_key: Key | None = None,
) -> Path:
    """Save a fitted model as one file, without pickle.

    The file is read back and compared with the model before it is put in its place, so that what
    cannot be loaded is never written.

    Parameters
    ----------
    model : estimator
        The fitted model: a whole pipeline, so that it takes raw rows.
    path : str or Path
        Where to. An existing file is replaced at once, never in part.
    X_example : {DataFrame, ndarray, sequence of str}, default=None
        Rows as the model is given them: best the training data. Columns, types, categories and
        ranges are taken from it. Without it, they are concluded from the model, as far as it
        tells.
    y : array-like of shape (n_rows,), default=None
        The target of these rows: the background sample then holds each class, and the file the
        target's distribution.
    metadata : dict, default=None
        Anything that JSON holds: metrics, the author, a licence.
    card : dict, default=None
        What the model is for, for the people who use it: any of ``title``, ``target`` (what is
        predicted; by default the name of `y`) and its ``unit``, ``description``, ``purpose``,
        ``limits`` (a text or a list), ``owner``, ``licence``, ``metrics`` and ``costs`` (names to
        numbers), ``threshold``, and ``fields``: for a column its description, or a dict of
        ``title``, ``unit`` and ``description``. It is kept in the manifest, and shown.
    background : int, default=100
        How many rows of `X_example` to keep in the file, for explanations. 0 keeps none.
    name : str, default=None
        A name for the model. Without one, it is called by the stem of the file's name.
    version : str, default=None
        A version. Without one, it is made from the model's hash.
    sign_key : str, bytes or Path, default=None
        A shared secret of 16 bytes and more, or an Ed25519 private key in PEM form; a Path is
        read. The file is then signed.

    Returns
    -------
    path : Path
        The file.

    Raises
    ------
    ArtifactError
        If the model is not fitted, holds what cannot be saved without pickle (the message names
        it), is set to read files that rows name, cannot predict `X_example`, does not answer once
        per row, or answers otherwise once it is loaded; or if `card` says what no card does.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import FunctionTransformer
    >>> from skcook import artifacts
    >>> from skcook.datasets import load_penguins
    >>> X, y = load_penguins(return_X_y=True)
    >>> X = X[["bill_length_mm", "bill_depth_mm"]].fillna(0)
    >>> model = LogisticRegression(max_iter=1000).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = artifacts.save(model, Path(folder) / "penguins.skcook", X, y=y)
    ...     print(artifacts.load(path).predict(X.head(2)))
    ['Adelie' 'Adelie']

    What another process could not load is refused, and named:

    >>> half = make_pipeline(FunctionTransformer(lambda X: X / 2), model).fit(X, y)
    >>> artifacts.save(half, "half.skcook", X)
    Traceback (most recent call last):
        ...
    skcook.exceptions.ArtifactError: Pipeline.steps['functiontransformer'][1].func is a lambda...
    """
    place = place_of(path)
    if not isinstance(place, Path):
        raise ArtifactError(
            f"save writes to a path of this machine; got the address {place}. Save to a file, and "
            "copy it there; read, load and skcook-score take addresses."
        )
    check_fitted(model)
    data, loaded = dump_model(model)
    types = model_types(data)
    schema, sample = describe_input(model, X_example, y, background)
    if X_example is not None:
        _check_answers(model, loaded, schema, X_example)
    example = schema.example
    document = {**schema.to_json_schema(), "examples": [example] if example else []}
    members = {
        "schema.json": _to_json(document),
        "model.skops": data,
    }
    if sample:
        rows = [list(record.values()) for record in sample]
        members["background.json"] = _to_json({"columns": schema.names, "data": rows})
    manifest = make_manifest(
        model,
        data,
        name=name,
        version=version,
        user_metadata=metadata,
        card=card,
        types=types,
        n_rows=schema.n_rows,
        y=y,
        plan=None if X_example is None else _plan_facts(model, schema, X_example),
    )
    check_fields(manifest["card"], schema.names)
    manifest["sha256"] = {key: hashlib.sha256(part).hexdigest() for key, part in members.items()}
    members = {"manifest.json": _to_json(manifest, indent=1), **members}
    if sign_key is not None:
        members["signature.json"] = sign(members["manifest.json"], sign_key)
    foreign = refused(types)
    if foreign:
        warnings.warn(
            f"{type(model).__name__} holds types that are not on skcook's list of allowed ones. "
            f"Whoever loads the file has to allow them: load(path, trusted={foreign!r}).",
            SkcookWarning,
            stacklevel=2,
        )
    write_atomic(place, pack(members))
    return place


def _check_answers(model: Any, loaded: Any, schema: Schema, X: Any) -> None:
    """Raise if the model, once loaded and given rows by the schema, answers otherwise."""
    names = [method.name for method in row_methods(model)]
    method = next((name for name in ("predict", "transform", *names) if name in names), None)
    if method is None:
        return
    records = schema.to_records(rows_of(X, np.arange(min(20, schema.n_rows))))
    fitting = [i for i, record in enumerate(records) if fits(schema, record)][:5]
    if not fitting:
        return
    direct = rows_of(X, np.array(fitting))
    served = schema.parse_rows([records[i] for i in fitting]).frame
    expected = _answer(
        model,
        method,
        direct,
        "the first rows of X_example",
        "Give rows as the model was given them in fit.",
    )
    for name in names:
        _check_count(model, name, expected if name == method else None, direct)
    if not agree(expected, getattr(model, method)(direct)):
        return  # A model that answers at random cannot be compared.
    if not agree(expected, getattr(loaded, method)(direct)):
        raise ArtifactError(
            f"{type(model).__name__} answers otherwise once it is saved and loaded: some of its "
            "state is not kept. Keep fitted state in attributes, not in caches or globals."
        )
    answered = _answer(
        loaded,
        method,
        served,
        "rows that come as JSON or CSV",
        "Were the columns of X_example of the dtypes of fit?",
    )
    if not agree(expected, answered):
        raise ArtifactError(
            f"{type(model).__name__} answers otherwise for rows that come as JSON or CSV: a column "
            "of X_example has a dtype that does not survive there. Convert it before fit."
        )


def _answer(model: Any, method: str, rows: Any, which: str, advice: str) -> Any:
    """Ask a model, or raise an error that says which rows it refused and what to do."""
    try:
        return getattr(model, method)(rows)
    except Exception as exc:
        raise ArtifactError(
            f"{type(model).__name__} cannot {method} {which}: {exc}. {advice}"
        ) from exc


def _check_count(model: Any, name: str, answers: Any, rows: Any) -> None:
    """Raise if a method does not give one answer per row."""
    if answers is None:
        try:
            answers = getattr(model, name)(rows)
        except Exception:  # noqa: BLE001 - some methods work only with some settings
            return
    count = count_rows(answers)
    if count != len(rows):
        raise ArtifactError(
            f"{type(model).__name__}.{name} gave {'one answer' if count is None else count} for "
            f"{len(rows)} rows of X_example. A saved model answers once per row: return an array "
            "or a list with one entry for each."
        )


def _to_json(value: Any, indent: int | None = None) -> bytes:
    separators = (",", ":") if indent is None else None
    return json.dumps(value, allow_nan=False, indent=indent, separators=separators).encode()


def _plan_facts(model: Any, schema: Schema, X: Any) -> dict[str, Any]:
    """Say whether a model has a plan, or why it has none, for those who look at the file."""
    try:
        compile(model, schema, X)
    except PlanRefused as refused:
        why = "".join(c if c.isprintable() else " " for c in str(refused))
        return {"used": False, "why": why[:MAX_WHY]}
    return {"used": True, "why": None}


_SEED = 0


def choose_rows(n_rows: int, y: Any, size: int) -> np.ndarray:
    """Choose rows at random, the same ones each time.

    Shapes: y (n_rows,).
    """
    if n_rows <= size:
        return np.arange(n_rows)
    random = np.random.default_rng(_SEED)
    order = random.permutation(n_rows)
    if y is None or np.ndim(y) != 1:
        return np.sort(order[:size])
    codes, values = pd.factorize(pd.Series(list(y), dtype=object))
    if not 1 < len(values) <= size // 2:
        return np.sort(order[:size])
    # One of each class first, then any other.
    shuffled = codes[order]
    first = np.unique(shuffled, return_index=True)[1]
    first = first[shuffled[first] >= 0]
    rest = np.setdiff1d(np.arange(n_rows), first)
    return np.sort(order[np.concatenate([first, rest])[:size]])


def agree(a: Any, b: Any) -> bool:
    """Tell whether two answers are the same, missing values alike."""
    try:
        first, second = _dense(a), _dense(b)
    except ValueError:  # ragged lists
        return bool(to_json(a) == to_json(b))
    if first.shape != second.shape:
        return False
    if first.dtype.kind in "biufc" and second.dtype.kind in "biufc":
        return bool(np.allclose(first, second, rtol=1e-6, atol=1e-12, equal_nan=True))
    left, right = first.astype(object).ravel(), second.astype(object).ravel()
    return all(x is y or x == y or (x != x and y != y) for x, y in zip(left, right))


def _dense(answer: Any) -> np.ndarray:
    return np.asarray(answer.toarray() if hasattr(answer, "toarray") else answer)


#: The images of a background have no more numbers than this together.
_MAX_CELLS = 10**6


def wrap(
    model: Any,
    X_example: Any = None,
    *,
    y: Any = None,
    metadata: Mapping[str, Any] | None = None,
    card: Mapping[str, Any] | None = None,
    background: int = 100,
    name: str = "model",
    version: str = "unsaved",
) -> Artifact:
    """Give a fitted model what a file would give it, without writing one.

    Parameters
    ----------
    model : estimator
        The fitted model.
    X_example, y, metadata, card, background, name, version
        As for `save`.

    Returns
    -------
    artifact : Artifact
        The model itself with its schema, manifest, example and background; ``path`` is None.

    Raises
    ------
    ArtifactError
        If the model is not fitted, or is set to read files that rows name.

    Examples
    --------
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skcook import artifacts
    >>> artifact = artifacts.wrap(StandardScaler().fit([[1.0, 2.0], [3.0, 5.0]]), name="scaler")
    >>> artifact.name, artifact.manifest["methods"], artifact.schema.names
    ('scaler', ['transform'], ['x0', 'x1'])
    """
    check_fitted(model)
    refuse_file_settings(model)
    schema, rows = describe_input(model, X_example, y, background)
    manifest = make_manifest(
        model,
        b"",
        name=name,
        version=version,
        user_metadata=metadata,
        card=card,
        types=[],
        n_rows=schema.n_rows,
        y=y,
    )
    check_fields(manifest["card"], schema.names)
    return Artifact(
        model=model,
        schema=schema,
        manifest=manifest,
        example=schema.example,
        background=schema.parse_rows(rows).frame if rows else None,
        path=None,
        name=name,
        version=version,
    )


def describe_input(
    model: Any, X: Any, y: Any, background: int
) -> tuple[Schema, list[dict[str, Any]]]:
    """Capture a model's schema, or infer it, and choose the background rows."""
    if not isinstance(background, int) or isinstance(background, bool) or background < 0:
        raise ValueError(f"background must be a number of rows, 0 and more; got {background!r}.")
    if X is None:
        return Schema.infer(model), []
    schema = Schema.capture(X, model)
    if y is not None and len(y) != schema.n_rows:
        raise ValueError(f"X_example has {schema.n_rows} rows, and y has {len(y)} values.")
    if background == 0:
        # Free text has no useful marginal distribution: without a background, none is kept.
        columns = [replace(c, example="") if c.text else c for c in schema.columns]
        return replace(schema, columns=tuple(columns)), []
    if schema.input == "images":
        background = min(background, max(1, _MAX_CELLS // math.prod(schema.columns[0].shape)))
    chosen = choose_rows(schema.n_rows, y, background)
    records = schema.to_records(rows_of(X, chosen))
    return schema, [record for record in records if fits(schema, record)]


def fits(schema: Schema, record: dict[str, Any]) -> bool:
    """Tell whether a row fits a schema."""
    try:
        schema.parse_rows([record])
    except SchemaError:
        return False
    return True
