import pickle

import pytest

from skcook.batch._batch_errors import BadRowsError, BatchError, SinkError, SourceError
from skcook.exceptions import SkcookError


@pytest.mark.parametrize(
    ("error", "code"), [(BatchError, 2), (BadRowsError, 1), (SourceError, 4), (SinkError, 4)]
)
def test_each_error_has_its_exit_code_and_travels_between_processes(error, code):
    assert error.exit_code == code
    assert issubclass(error, SkcookError)
    assert str(pickle.loads(pickle.dumps(error("the disk is full")))) == "the disk is full"
