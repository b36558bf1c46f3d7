"""Tell what a model file is, without loading its model."""

from pathlib import Path
from typing import Any

from skcook.artifacts.file._addresses import name_of, open_place, place_of
from skcook.artifacts.file._contents import check_members, is_zip, not_ours, read_schema
from skcook.artifacts.file._manifest import version_differences
from skcook.artifacts.file._signature import read_signature
from skcook.artifacts.file._skops import dump_model, model_types
from skcook.artifacts.file._trust import refused
from skcook.artifacts.file._zip import unpack
from skcook.artifacts.schema._schema_column import Column


def inspect(path: str | Path) -> dict[str, Any]:
    """Tell what a file is, without loading its model.

    Parameters
    ----------
    path : str or Path
        A file that `save` wrote, or its address.

    Returns
    -------
    facts : dict
        The manifest's entries, and ``path``, ``bytes``, ``members`` (bytes of each), ``columns``
        (one dict each), ``input``, ``example``, ``untrusted_types`` (those to allow by
        ``trusted``), ``signature`` (its algorithm, unchecked, or None) and
        ``version_differences``.

    Raises
    ------
    ArtifactFormatError, ArtifactIntegrityError
        As for `load`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skcook import artifacts
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model = StandardScaler().fit([[0.0, 1.0], [1.0, 3.0]])
    ...     facts = artifacts.inspect(artifacts.save(model, Path(folder) / "scaler.skcook"))
    >>> facts["estimator"], facts["untrusted_types"]
    (['StandardScaler'], [])
    >>> [(column["name"], column["type"], column["source"]) for column in facts["columns"]]
    [('x0', 'number', 'inferred'), ('x1', 'number', 'inferred')]
    """
    place = place_of(path)
    name = name_of(place)
    with open_place(place) as file:
        if not is_zip(file):
            raise not_ours(name)
        members = unpack(file)
        n_bytes = file.seek(0, 2)
    manifest = check_members(members, None)
    schema, example = read_schema(members["schema.json"])
    types = model_types(members["model.skops"])
    signature = members.get("signature.json")
    return {
        **manifest,
        "path": str(place),
        "bytes": n_bytes,
        "name": manifest["name"] or Path(name).stem,
        "members": {key: len(part) for key, part in members.items()},
        "input": schema.input,
        "columns": [_column_summary(column) for column in schema.columns],
        "example": example,
        "required_types": types,
        "untrusted_types": refused(types),
        "signature": None if signature is None else read_signature(signature)["algorithm"],
        "version_differences": version_differences(manifest["versions"]),
    }


def _column_summary(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "source": column.source,
        "nullable": column.nullable,
        "categories": None if column.categories is None else len(column.categories),
        "minimum": column.minimum,
        "maximum": column.maximum,
    }


def trusted_types(model: Any) -> list[str]:
    """List the types of a model that other loaders of skops files have to be told.

    skops trusts scikit-learn's estimators and numpy's arrays; what a model holds beyond them, such
    as the transformers of skcook, has to be named to a loader that knows skops alone: MLflow's
    ``skops_trusted_types``, or ``skops.io.load(trusted=...)``.

    Parameters
    ----------
    model : estimator, str or Path
        A fitted model, or a file that `save` wrote.

    Returns
    -------
    types : list of str
        Full names, sorted. All those on skcook's list of allowed types are among them, so `load`
        needs none of these; it needs ``inspect(path)["untrusted_types"]``.

    Raises
    ------
    ArtifactError
        If the model cannot be written without pickle.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.linear_model import LinearRegression
    >>> from skcook import artifacts
    >>> from skcook.preprocessing import NumericImputer
    >>> model = make_pipeline(NumericImputer(), LinearRegression()).fit([[1.0], [2.0]], [1, 2])
    >>> artifacts.trusted_types(model)
    ['skcook.preprocessing.NumericImputer']
    """
    if isinstance(model, str | Path):
        return sorted(inspect(model)["required_types"])
    return sorted(model_types(dump_model(model)[0]))
