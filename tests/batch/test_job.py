import inspect
import pickle
from dataclasses import fields
from pathlib import Path

import pytest

from skcook import batch
from skcook.artifacts._answers import METHODS
from skcook.batch._job import (
    OUTPUTS,
    BadRowsError,
    BatchError,
    Job,
    SinkError,
    SourceError,
    options,
)
from skcook.exceptions import SkcookError

JOB = Job(Path("m.skcook"), Path("in.csv"), Path("out.csv"))


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"outputs": ("proba",)}, False),
        ({"keep": ("id",)}, False),
        ({"batch_rows": 10}, False),
        ({"engine": "dask"}, False),
        ({"resume": True}, True),
        ({"workers": 5}, True),
    ],
    ids=lambda value: str(value),
)
def test_a_run_goes_on_only_with_the_same_work(change, same):
    other = Job(JOB.model, JOB.source, JOB.output, **change)
    assert (other.identity() == JOB.identity()) == same


def test_python_and_the_command_line_have_the_same_options_and_defaults():
    signature = inspect.signature(batch.score).parameters
    table = {item.name: item.default for item in options()}
    assert {name: signature[name].default for name in table} == table
    assert signature.keys() - table.keys() == {"model", "source", "output", "progress"}
    assert {item.name for item in fields(Job)} - table.keys() == {
        "model",
        "source",
        "output",
        "batches_per_part",
    }


def test_every_method_that_takes_rows_can_be_an_output():
    assert set(OUTPUTS.values()) == {m.name for m in METHODS.values() if m.takes == "rows"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outputs": ("magic",)}, "--output takes predict, .*; got 'magic'"),
        ({"batch_rows": 0}, "--batch-rows must be 1 or more; got 0"),
        ({"batch_rows": "many"}, "--batch-rows must be 1 or more; got 'many'"),
        ({"explain": True}, "--explain must be 1 or more; got True"),
        ({"on_bad_rows": "skip"}, "--on-bad-rows must be stop or reject; got 'skip'"),
        ({"engine": "spark"}, "--engine must be local or dask"),
        ({"delimiter": ";;"}, "--delimiter must be one character"),
        ({"scheduler": "tcp://127.0.0.1:1"}, "--scheduler goes with --engine dask"),
    ],
    ids=str,
)
def test_options_that_make_no_sense_are_named(change, message):
    with pytest.raises(BatchError, match=message):
        Job(JOB.model, JOB.source, JOB.output, **change)


def test_one_string_is_no_sequence_of_strings():
    with pytest.raises(TypeError, match="keep must be a sequence of strings"):
        Job(JOB.model, JOB.source, JOB.output, keep="id")


@pytest.mark.parametrize(
    ("error", "code"), [(BatchError, 2), (BadRowsError, 1), (SourceError, 4), (SinkError, 4)]
)
def test_each_error_has_its_exit_code_and_travels_between_processes(error, code):
    assert error.exit_code == code
    assert issubclass(error, SkcookError)
    assert str(pickle.loads(pickle.dumps(error("the disk is full")))) == "the disk is full"
