"""Everything that skcook raises or warns of by a name of its own.

Each class also inherits the builtin that scikit-learn would raise in the same place, so code
that catches ``ValueError`` or ``ImportError`` keeps working::

    SkcookError
     +-- MissingDependencyError (ImportError)    an optional library is not installed
     +-- ColumnsError (ValueError)               a frame's columns are not the ones expected
     +-- ColumnValuesError (ValueError)          a column's values do not suit the step
     +-- ArtifactError (ValueError)              a model file cannot be written or used
          +-- ArtifactFormatError                it is damaged, or of another format
          +-- ArtifactIntegrityError             its contents differ from its hashes or signature
          +-- UntrustedTypeError                 it holds types that were not allowed
     +-- SchemaError (ValueError)                rows that do not fit a model's input schema
     +-- CorrectionError (ValueError)            a correction of a model cannot be obeyed
     +-- FeedbackLogError (OSError)              a log of verdicts cannot be written
     +-- PlanRefused (ValueError)                a model has no plan; the message says why
     +-- ExportRefused (ValueError)              a model cannot be exported; the message says why

    SkcookWarning (UserWarning)
     +-- VersionWarning                          a model was saved by other library versions
"""

from typing import Any

__all__ = [
    "ArtifactError",
    "ArtifactFormatError",
    "ArtifactIntegrityError",
    "ColumnValuesError",
    "ColumnsError",
    "CorrectionError",
    "ExportRefused",
    "FeedbackLogError",
    "MissingDependencyError",
    "PlanRefused",
    "SchemaError",
    "SkcookError",
    "SkcookWarning",
    "UntrustedTypeError",
    "VersionWarning",
]


class SkcookError(Exception):
    """Base of every error that skcook raises by a name of its own."""


class MissingDependencyError(SkcookError, ImportError):
    """An optional library is needed and not installed."""


class ColumnsError(SkcookError, ValueError):
    """The columns of a frame are not the ones expected."""


class ColumnValuesError(SkcookError, ValueError):
    """The values of a column do not suit the step they are given to."""


class ArtifactError(SkcookError, ValueError):
    """A model file cannot be written, read or used."""


class ArtifactFormatError(ArtifactError):
    """A model file is damaged, is of another format, or is no model file at all."""


class ArtifactIntegrityError(ArtifactError):
    """The contents of a model file differ from its hashes or its signature."""


class UntrustedTypeError(ArtifactError):
    """A model file holds types that are not on the list of allowed ones.

    Parameters
    ----------
    message : str
        What is refused and what to do about it.
    types : list of str
        Full names of the refused types.
    """

    def __init__(self, message: str, types: list[str]) -> None:
        super().__init__(message)
        self.types = types


class SchemaError(SkcookError, ValueError):
    """Rows do not fit a model's input schema.

    Parameters
    ----------
    message : str
        A sentence for people.
    problems : list of dict
        One entry a wrong field, with the keys ``loc``, ``code``, and, where they apply,
        ``expected``, ``got``, ``allowed`` and ``did_you_mean``.
    """

    def __init__(self, message: str, problems: list[dict[str, Any]]) -> None:
        super().__init__(message)
        self.problems = problems


class CorrectionError(SkcookError, ValueError):
    """A correction of a model, or a verdict on a reason, cannot be understood or obeyed."""


class FeedbackLogError(SkcookError, OSError):
    """A log of verdicts cannot be written: it is full, the disk is, or it may not be written."""


class PlanRefused(SkcookError, ValueError):  # noqa: N818 - it is an answer more than an error
    """A model has no plan that gives the very numbers of the model; the message says why."""


class ExportRefused(SkcookError, ValueError):  # noqa: N818 - as PlanRefused
    """A model has no graph that answers as it does; the message says why."""


class SkcookWarning(UserWarning):
    """Base of every warning that skcook gives by a name of its own."""


class VersionWarning(SkcookWarning):
    """A model is used with other library versions than those that saved it."""
