"""Write a model file."""

import hashlib
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from skcook.artifacts.answers._flat_columns import count_rows
from skcook.artifacts.answers._methods import row_methods
from skcook.artifacts.file._addresses import place_of
from skcook.artifacts.file._card import check_fields
from skcook.artifacts.file._manifest import check_fitted, make_manifest
from skcook.artifacts.file._read_manifest import MAX_WHY
from skcook.artifacts.file._saved_background import agree, take_rows
from skcook.artifacts.file._signature import Key, sign
from skcook.artifacts.file._skops import dump_model, model_types
from skcook.artifacts.file._trust import refused
from skcook.artifacts.file._wrap import describe_input, fits
from skcook.artifacts.file._zip import pack
from skcook.artifacts.schema._schema import Schema
from skcook.exceptions import ArtifactError, PlanRefused, SkcookWarning
from skcook.plan import compile  # noqa: A004 - the field's word
from skcook.utils._files import write_atomic


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
    records = schema.to_records(take_rows(X, np.arange(min(20, schema.n_rows))))
    fitting = [i for i, record in enumerate(records) if fits(schema, record)][:5]
    if not fitting:
        return
    direct = take_rows(X, np.array(fitting))
    served = schema.parse_rows([records[i] for i in fitting]).frame
    try:
        expected = getattr(model, method)(direct)
    except Exception as exc:
        raise ArtifactError(
            f"{type(model).__name__} cannot {method} the first rows of X_example: {exc}. Give rows "
            "as the model was given them in fit."
        ) from exc
    for name in names:
        _check_count(model, name, expected if name == method else None, direct)
    if not agree(expected, getattr(model, method)(direct)):
        return  # A model that answers at random cannot be compared.
    if not agree(expected, getattr(loaded, method)(direct)):
        raise ArtifactError(
            f"{type(model).__name__} answers otherwise once it is saved and loaded: some of its "
            "state is not kept. Keep fitted state in attributes, not in caches or globals."
        )
    try:
        answered = getattr(loaded, method)(served)
    except Exception as exc:
        raise ArtifactError(
            f"{type(model).__name__} cannot {method} rows that come as JSON or CSV: {exc}. Were "
            "the columns of X_example of the dtypes of fit?"
        ) from exc
    if not agree(expected, answered):
        raise ArtifactError(
            f"{type(model).__name__} answers otherwise for rows that come as JSON or CSV: a column "
            "of X_example has a dtype that does not survive there. Convert it before fit."
        )


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
