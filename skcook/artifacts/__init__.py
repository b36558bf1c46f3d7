"""Save a model as one file, without pickle, and load it safely.

- `save`, `load`: write a fitted model with its input schema, and read it back.
- `read`: everything that is in a file, as an `Artifact`; `wrap`: the same of a model in memory.
- `inspect`: what a file is, without building its model.
- `trusted_types`: the types of a model that other loaders of skops files have to be told.
- `Schema`, `Column`, `ParsedRows`: what a model takes, one column of it, and rows that fit.
"""

from skcook.artifacts.file._artifact import Artifact, inspect, load, read, trusted_types
from skcook.artifacts.file._save import save, wrap
from skcook.artifacts.schema._rows import ParsedRows
from skcook.artifacts.schema._schema import Schema
from skcook.artifacts.schema._schema_column import Column
from skcook.utils._public import publish

__all__ = [
    "Artifact",
    "Column",
    "ParsedRows",
    "Schema",
    "inspect",
    "load",
    "read",
    "save",
    "trusted_types",
    "wrap",
]

publish(globals())
