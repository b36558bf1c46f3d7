from pathlib import Path

import pytest

from skcook.batch._job import Job

JOB = Job(Path("m.skcook"), Path("in.csv"), Path("out.csv"))


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"outputs": ("proba",)}, False),
        ({"keep": ("id",)}, False),
        ({"batch_rows": 10}, False),
        ({"engine": "dask"}, False),
        ({"resume": True}, True),
        ({"scheduler": "tcp://127.0.0.1:1"}, True),
    ],
    ids=lambda value: str(value),
)
def test_a_run_goes_on_only_with_the_same_work(change, same):
    other = Job(JOB.model, JOB.source, JOB.output, **change)
    assert (other.identity() == JOB.identity()) == same
