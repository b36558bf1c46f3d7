"""Random pipelines: the export gives the pipeline's answers to new rows, or there is none."""

import warnings

import numpy as np
import pytest

from skcook import export
from skcook.artifacts import Schema
from skcook.exceptions import ExportRefused
from tests.export._sessions import run
from tests.plan import _pipelines as p
from tests.plan.test_plan_random import compare_many


def _compare(pipeline, dtypes, holes, text_labels, seed):
    if "KNeighbors" in repr(pipeline):
        return "which of equally far neighbours counts, is not defined"
    X = p.make_frame(dtypes, holes, seed)
    labels = np.random.default_rng(seed).integers(0, 3, len(X))
    y = np.array(["a", "b", "c"])[labels] if text_labels else labels > 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            pipeline.fit(X, y)
            schema = Schema.capture(X, pipeline)
            proto = export.to_onnx(pipeline, schema, X)
        except ExportRefused as refused:
            return f"refused: {str(refused)[:60]}"
        except (ValueError, TypeError, NotImplementedError):
            return "the pipeline itself refuses this data"
        # Rows that nothing was compared with: other numbers, other holes.
        parsed = schema.parse_rows(schema.to_records(p.make_frame(dtypes, holes, seed + 1, n=20)))
        got = run(proto, parsed.frame)
        kept = np.flatnonzero(~got["refused"])
        if not len(kept):
            return "each new row is refused"
        rows = parsed.frame.iloc[kept]
        for method in [name for name in got if name != "refused"]:
            expected, answer = getattr(pipeline, method)(rows), got[method][kept]
            if expected.dtype.kind == "f":
                np.testing.assert_allclose(answer, expected, rtol=1e-6, atol=1e-6)
            else:
                assert answer.tolist() == expected.tolist()
    return "an export"


def test_random_pipelines():
    outcomes = compare_many(_compare, max_examples=12)
    assert outcomes["an export"] >= 4, outcomes


@pytest.mark.slow
def test_many_random_pipelines():
    outcomes = compare_many(_compare, max_examples=100)
    assert outcomes["an export"] > 45, outcomes
