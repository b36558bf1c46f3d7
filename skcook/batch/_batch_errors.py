"""What stops a batch run, each with the exit code that a script can act on.

::

    BatchError (SkcookError, RuntimeError)    exit 2: the command cannot be carried out
     +-- SourceError                          exit 4: the input cannot be read
     +-- SinkError                            exit 4: the output cannot be written
     +-- BadRowsError                         exit 1: rows do not fit, and the run was to stop then
"""

from skcook.exceptions import SkcookError


class BatchError(SkcookError, RuntimeError):
    """A batch run cannot start or go on."""

    exit_code = 2


class SourceError(BatchError):
    """The input cannot be read."""

    exit_code = 4


class SinkError(BatchError):
    """The output cannot be written."""

    exit_code = 4


class BadRowsError(BatchError):
    """Rows do not fit the model's schema."""

    exit_code = 1
