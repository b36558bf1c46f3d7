"""The page of a model as one file that predicts without a server.

The page is the server's own: the same templates, styles and scripts. What asks the server
(`server.js`) is `offline.js` here, which computes the model's graph (`graph.js`). The scripts are
modules that import each other, so each becomes an address of its own (`data:`), and an import map
names them.
"""

import base64
import gzip
import re
from collections.abc import Mapping
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

import numpy as np

from skcook import __version__
from skcook.artifacts import Artifact
from skcook.artifacts._answers import row_methods
from skcook.exceptions import ExportRefused
from skcook.export._exported import Exported, feeds
from skcook.export._graph import Graph
from skcook.serve.http._form import form_of, shown_methods
from skcook.utils import import_optional
from skcook.utils._json import to_json

_IMPORT = re.compile(r'(import [^;]*?from|import) "\./(\w+)\.js";')

#: Whole numbers beyond have no place among a browser's doubles.
_LARGEST = 2**53


def page_of(artifact: Artifact, exported: Exported) -> str:
    """Return the page of a model that was exported."""
    jinja2 = import_optional("jinja2", feature="The page of a model", extra="serve")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("skcook.serve"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    methods = [m for m in row_methods(artifact.model) if m.name in exported.methods]
    shown = shown_methods(methods, artifact.model)
    block = _Block()
    data = {
        "graph": _packed(exported.graph, block),
        "columns": [_column(column, exported.graph) for column in artifact.schema.columns],
        "answers": {method["name"]: method["answers"] for method in shown},
        "checks": _checks(exported, artifact.schema.columns),
    }
    page: str = environment.get_template("model_file.html").render(
        skcook_version=__version__,
        model=SimpleNamespace(
            name=artifact.name,
            version=artifact.version,
            task=artifact.manifest.get("task") or "other",
            schema=artifact.schema,
            methods=[method["name"] for method in shown],
            can_change=False,
        ),
        card=artifact.card,
        fields=form_of(artifact.schema, artifact.example, artifact.card.get("fields")),
        shown=shown,
        curves=(),
        css=_static("skcook.css"),
        icon=_address("image/svg+xml", _static("favicon.svg")),
        modules=_modules(),
        data=to_json(data),
        numbers=block.text(),
    )
    return page


def _static(name: str) -> str:
    return (files("skcook.serve") / "static" / name).read_text("utf-8")


def _address(kind: str, text: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(text.encode()).decode()}"


def _modules() -> dict[str, str]:
    """Return the address of each script that the page needs, by name."""
    found: dict[str, str] = {}
    wanted = ["model"]
    while wanted:
        name = wanted.pop()
        key = f"skcook/{name}.js"
        if key not in found:
            text = _static("offline.js" if name == "server" else f"{name}.js")
            wanted += [match[2] for match in _IMPORT.finditer(text)]
            found[key] = _address("text/javascript", _IMPORT.sub(r'\1 "skcook/\2.js";', text))
    return found


def _column(column: Any, graph: Graph) -> dict[str, Any]:
    """Return what the page knows of a column."""
    return {
        "name": column.name,
        "type": column.type,
        "dtype": graph.inputs[column.name],
        "nullable": column.nullable,
        "never_missing": column.nullable and column.null_fraction == 0,
        "categories": column.categories,
        "unknown": column.unknown,
        "minimum": column.minimum,
        "maximum": column.maximum,
        "expected": column.expected,
    }


def _checks(exported: Exported, columns: Any) -> dict[str, Any]:
    """Return rows as cells of the graph, and what the model says of them."""
    given = feeds(exported.graph, columns, exported.examples.data)
    cells = [given[column.name][:, 0].tolist() for column in columns]
    rows = [[_cell(value) for value in row] for row in zip(*cells, strict=True)]
    return {"rows": rows, "answers": exported.answers}


def _cell(value: Any) -> Any:
    return None if isinstance(value, float) and value != value else value


class _Block:
    """The numbers of all arrays, one after the other."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def add(self, array: np.ndarray) -> dict[str, Any]:
        """Put an array into the block, and return where it is."""
        if array.dtype == object:
            return {"shape": list(array.shape), "texts": array.ravel().tolist()}
        kind = "f8"
        if array.dtype.kind in "iu":
            if np.abs(array.astype(np.float64)).max(initial=0.0) > _LARGEST:
                raise ExportRefused("A page computes with doubles, which do not hold its labels.")
            kind = "i4" if np.can_cast(np.min_scalar_type(array.max(initial=0)), "i4") else "f8"
            kind = kind if array.min(initial=0) >= -(2**31) else "f8"
        elif array.dtype == bool:
            kind = "u1"
        data = array.astype(f"<{kind}").tobytes()
        place = {"kind": kind, "at": self.size, "n": array.size, "shape": list(array.shape)}
        # Each array starts at a multiple of eight bytes, as a browser's views must.
        padded = data + bytes(-len(data) % 8)
        self.parts.append(padded)
        self.size += len(padded)
        return place

    def text(self) -> str:
        """Return the block as text."""
        return base64.b64encode(gzip.compress(b"".join(self.parts), mtime=0)).decode()


def _packed(graph: Graph, block: _Block) -> Mapping[str, Any]:
    """Return a graph as JSON, with its arrays in a block."""
    nodes = []
    for node in graph.nodes:
        arrays = {k: v for k, v in node.attributes.items() if isinstance(v, np.ndarray)}
        settings = {k: v for k, v in node.attributes.items() if k not in arrays}
        nodes.append(
            {
                "op": node.op,
                "inputs": node.inputs,
                "output": node.outputs[-1],
                "dtype": node.dtype,
                "settings": settings,
                "arrays": {key: block.add(array) for key, array in arrays.items()},
            }
        )
    return {
        "nodes": nodes,
        "constants": {name: block.add(array) for name, array in graph.constants.items()},
        "outputs": {name: value.name for name, (value, _) in graph.outputs.items()},
        "truths": [name for name, (value, _) in graph.outputs.items() if value.dtype == "bool"],
        "labels": [name for name, (v, _) in graph.outputs.items() if v.dtype in ("int64", "str")],
    }
