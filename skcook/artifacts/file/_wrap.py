"""A model in memory as if it had been read from a file."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from skcook.artifacts.file._artifact import Artifact
from skcook.artifacts.file._card import check_fields
from skcook.artifacts.file._file_settings import refuse_file_settings
from skcook.artifacts.file._manifest import check_fitted, make_manifest
from skcook.artifacts.file._saved_background import choose_rows, take_rows
from skcook.artifacts.schema._schema import Schema
from skcook.exceptions import SchemaError

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
    records = schema.to_records(take_rows(X, chosen))
    return schema, [record for record in records if fits(schema, record)]


def fits(schema: Schema, record: dict[str, Any]) -> bool:
    """Tell whether a row fits a schema."""
    try:
        schema.parse_rows([record])
    except SchemaError:
        return False
    return True
