"""The schemas of the platforms, as JSON Schema, out of what their own clients ship.

No platform publishes one as such, but each client is made from it: Google's discovery documents,
the service models of AWS, the generated models of KServe and of Azure. These packages are only
read, so they are installed without what they depend on. Whatever a schema does not name is an
error, and what is Kubernetes' own is left to its own schemas.
"""

import ast
import gzip
import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema

Schema = dict[str, Any]
_PLAIN = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}


def problems(document: Any, schema: Schema) -> list[str]:
    """Return what is wrong with a document, each with its place."""
    found = jsonschema.Draft202012Validator(schema).iter_errors(document)
    return [f"{error.json_path}: {error.message}" for error in found]


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is missing: make test installs it")
    return Path(spec.origin).parent


def whole(name: str, definitions: dict[str, Schema]) -> Schema:
    return {"$ref": f"#/$defs/{name}", "$defs": definitions}


# Google: https://developers.google.com/discovery/v1/reference/apis


def cloud_run(kind: str) -> Schema:
    """Return the schema of one of Cloud Run's kinds."""
    documents = folder_of("googleapiclient") / "discovery_cache" / "documents"
    schemas = json.loads((documents / "run.v1.json").read_text())["schemas"]
    return whole(kind, {name: _of_discovery(schema) for name, schema in schemas.items()})


def _of_discovery(found: Schema) -> Schema:
    if "$ref" in found:
        return {"$ref": f"#/$defs/{found['$ref']}"}
    schema = {key: found[key] for key in ("type", "enum", "pattern") if key in found}
    if found.get("type") == "any":
        return {}
    if "items" in found:
        schema["items"] = _of_discovery(found["items"])
    if "properties" in found:
        members = found["properties"].items()
        schema["properties"] = {name: _of_discovery(member) for name, member in members}
        schema["additionalProperties"] = False
    elif "additionalProperties" in found:
        schema["additionalProperties"] = _of_discovery(found["additionalProperties"])
    return schema


# AWS: the service models of its Python client.


def sagemaker(operation: str) -> Schema:
    """Return the schema of what one of SageMaker's operations takes."""
    path = folder_of("botocore") / "data" / "sagemaker" / "2017-07-24" / "service-2.json.gz"
    model = json.loads(gzip.decompress(path.read_bytes()))
    shapes = {name: _of_shape(shape) for name, shape in model["shapes"].items()}
    return whole(model["operations"][operation]["input"]["shape"], shapes)


def _of_shape(shape: Schema) -> Schema:
    def ref(member: Schema) -> Schema:
        return {"$ref": f"#/$defs/{member['shape']}"}

    kind = shape["type"]
    if kind == "structure":
        return {
            "type": "object",
            "properties": {name: ref(member) for name, member in shape["members"].items()},
            "required": shape.get("required", []),
            "additionalProperties": False,
        }
    if kind == "list":
        schema = {"type": "array", "items": ref(shape["member"])}
        return schema | _bounds(shape, "minItems", "maxItems")
    if kind == "map":
        return {"type": "object", "additionalProperties": ref(shape["value"])}
    if kind == "string":
        schema = {"type": "string", **{k: shape[k] for k in ("enum",) if k in shape}}
        if "pattern" in shape:
            schema["pattern"] = f"^(?:{shape['pattern']})$"
        return schema | _bounds(shape, "minLength", "maxLength")
    if kind in ("integer", "long", "float", "double"):
        name = "integer" if kind in ("integer", "long") else "number"
        return {"type": name} | _bounds(shape, "minimum", "maximum")
    return {"type": "boolean"} if kind == "boolean" else {}


def _bounds(shape: Schema, least: str, most: str) -> Schema:
    return {new: shape[old] for old, new in (("min", least), ("max", most)) if old in shape}


# KServe: the models of its Python client, made by OpenAPI Generator.


def kserve(kind: str) -> Schema:
    """Return the schema of one of KServe's kinds, as ``V1beta1InferenceService``."""
    models: dict[str, dict[str, Any]] = {}
    for path in sorted((folder_of("kserve") / "models").glob("v1*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                models[node.name] = _literals(node)
    described = {name: model for name, model in models.items() if "openapi_types" in model}
    return whole(kind, {name: _of_model(m, described) for name, m in described.items()})


def _literals(node: ast.ClassDef) -> dict[str, Any]:
    wanted = ("openapi_types", "attribute_map")
    return {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and statement.targets[0].id in wanted
    }


def _of_model(model: dict[str, Any], models: dict[str, Any]) -> Schema:
    return {
        "type": "object",
        "properties": {
            model["attribute_map"][name]: _of_type(kind, models)
            for name, kind in model["openapi_types"].items()
        },
        "additionalProperties": False,
    }


def _of_type(kind: str, models: dict[str, Any]) -> Schema:
    if kind in models:
        return {"$ref": f"#/$defs/{kind}"}
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if found := re.fullmatch(r"list\[(.*)\]", kind):
        return {"type": "array", "items": _of_type(found[1], models)}
    if found := re.fullmatch(r"dict\(str, (.*)\)", kind):
        return {"type": "object", "additionalProperties": _of_type(found[1], models)}
    return {}  # Kubernetes' own kinds


# Azure: the typed models of its Python client.


def container_app(kind: str) -> Schema:
    """Return the schema of a part of an Azure container app, as ``ContainerAppProperties``."""
    path = folder_of("azure.mgmt.appcontainers") / "models" / "_models.py"
    found = {n.name: n for n in ast.parse(path.read_text()).body if isinstance(n, ast.ClassDef)}
    return whole(kind, {name: _of_class(node, found) for name, node in found.items()})


def _of_class(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> Schema:
    return {
        "type": "object",
        "properties": {
            name: _of_annotation(annotation, classes)
            for name, annotation in _fields(node, classes).items()
        },
        "additionalProperties": False,
    }


def _fields(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> dict[str, ast.expr]:
    """Return the annotations of a class and of those that it comes from, by name in the file."""
    fields: dict[str, ast.expr] = {}
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in classes:
            fields |= _fields(classes[base.id], classes)
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.value, ast.Call):
            names = {k.arg: k.value for k in statement.value.keywords}
            given = names.get("name")
            name = given.value if isinstance(given, ast.Constant) else ast.unparse(statement.target)
            fields[str(name)] = statement.annotation
    return fields


def _of_annotation(node: ast.expr, classes: dict[str, ast.ClassDef]) -> Schema:
    if isinstance(node, ast.Constant):
        name = str(node.value).removeprefix("_models.")
        return {"$ref": f"#/$defs/{name}"} if name in classes else {}
    if isinstance(node, ast.Name):
        return {"type": _PLAIN[node.id]} if node.id in _PLAIN else {}
    if isinstance(node, ast.Subscript):
        outer = ast.unparse(node.value).lower()
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if outer == "list":
            return {"type": "array", "items": _of_annotation(inner[0], classes)}
        if outer == "dict":
            return {"type": "object", "additionalProperties": _of_annotation(inner[1], classes)}
        # Optional, or a string and the enumeration of those that are known.
        return _of_annotation(inner[0], classes)
    return {}
