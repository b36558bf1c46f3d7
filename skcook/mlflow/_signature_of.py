"""MLflow's signature of a model, from the schema of its file."""

from typing import Any

from skcook.utils import import_optional

#: MLflow's names of the schema's types; a category, a date or anything else goes as a string.
_TYPES = {"number": "double", "integer": "long", "boolean": "boolean", "datetime": "datetime"}


def signature_of(artifact: Any) -> Any:
    """Return MLflow's signature: the columns with their types, and the methods as a parameter.

    A column that may be missing is optional. A whole number that may be missing is a double, since
    MLflow's own integers cannot be missing.
    """
    models = import_optional("mlflow.models", feature="skcook.mlflow", extra="mlflow")
    types = import_optional("mlflow.types", feature="skcook.mlflow", extra="mlflow")
    columns = [
        types.ColSpec(_type(column), column.name, required=not column.nullable)
        for column in artifact.schema.columns
    ]
    params = types.ParamSchema([types.ParamSpec("method", "string", "predict")])
    return models.ModelSignature(inputs=types.Schema(columns), params=params)


def _type(column: Any) -> str:
    """Return MLflow's type of one column."""
    if column.type == "integer" and column.nullable:
        return "double"
    return _TYPES.get(column.type, "string")
