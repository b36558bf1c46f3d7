"""Random pipelines: the export gives the pipeline's answers to new rows, or there is none."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from skcook import export
from skcook.artifacts import Schema
from skcook.exceptions import ExportRefused
from tests.export._sessions import assert_same, run
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
        except Exception:  # noqa: BLE001 - of any kind, and before there is an export
            return "the pipeline itself refuses this data"
        try:
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


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_every_estimator_is_exported_or_refused_by_name():
    from tests.plan._wide_pipelines import CLASSIFIERS, REGRESSORS, TRANSFORMERS

    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.uniform(0.1, 2, size=(90, 3)), columns=list("abc"))
    y, new = X["a"] * 2 + X["b"], pd.concat([X[::-1] * 0.7, X])
    last = {name: make_pipeline(clone(step), Ridge()) for name, step in TRANSFORMERS.items()}
    exported, reasons = 0, []
    for models, target in ((CLASSIFIERS, np.digitize(y, [2, 3.5])), (REGRESSORS | last, y)):
        for model in models.values():
            try:
                model = clone(model).fit(X, target)
                model.predict(X[:1])
            except Exception:  # noqa: BLE001 - it takes other numbers than these
                continue
            try:
                assert_same(model, X, new, near=1e-6)
                exported += 1
            except ExportRefused as refused:
                reasons.append(str(refused))
    assert exported > 90
    assert [why for why in reasons if "cannot be exported" not in why] == []
