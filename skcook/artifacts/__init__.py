"""Save a model as one file, without pickle, and load it safely."""

from skcook.artifacts._artifact import Artifact, load, read
from skcook.artifacts._column import Column
from skcook.artifacts._inspect import inspect
from skcook.artifacts._rows import ParsedRows
from skcook.artifacts._save import save
from skcook.artifacts._schema import Schema
from skcook.artifacts._wrap import wrap

__all__ = ["Artifact", "Column", "ParsedRows", "Schema", "inspect", "load", "read", "save", "wrap"]
