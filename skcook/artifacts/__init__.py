"""Save a model as one file, without pickle, and load it safely."""

from skcook.artifacts.file._artifact import Artifact, load, read
from skcook.artifacts.file._inspect import inspect
from skcook.artifacts.file._save import save
from skcook.artifacts.file._wrap import wrap
from skcook.artifacts.schema._rows import ParsedRows
from skcook.artifacts.schema._schema import Schema
from skcook.artifacts.schema._schema_column import Column
from skcook.utils._public import publish

__all__ = ["Artifact", "Column", "ParsedRows", "Schema", "inspect", "load", "read", "save", "wrap"]

publish(globals())
