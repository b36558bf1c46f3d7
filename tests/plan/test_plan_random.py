"""Random pipelines: the plan gives the pipeline's numbers, or there is no plan."""

import warnings
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skcook import plan
from skcook.artifacts import Schema
from skcook.exceptions import PlanRefused
from tests.plan import _pipelines as p

_some = st.sampled_from


@st.composite
def cases(draw):
    dtypes = draw(st.lists(_some(sorted(p.DTYPES)), min_size=1, max_size=5))
    model = p.MODELS[draw(_some(sorted(p.MODELS)))]()
    if draw(st.booleans()):
        pipeline = p.sklearn_pipeline(
            draw(_some(sorted(p.NUMBER_STEPS))), draw(_some(sorted(p.TEXT_STEPS))), model, dtypes
        )
    else:
        steps = draw(st.lists(_some(sorted(p.OWN_STEPS)), max_size=2, unique=True))
        pipeline = p.own_pipeline(steps, draw(_some(sorted(p.OWN_ENCODERS))), model)
    pipeline = p.WRAPPERS[draw(_some(sorted(p.WRAPPERS)))](pipeline)
    return pipeline, dtypes, draw(st.booleans()), draw(st.booleans()), draw(st.integers(0, 99))


def _compare(pipeline, dtypes, holes, text_labels, seed):
    X = p.make_frame(dtypes, holes, seed)
    labels = np.random.default_rng(seed).integers(0, 3, len(X))
    y = np.array(["a", "b", "c"])[labels] if text_labels else labels > 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            pipeline.fit(X, y)
            pipeline.predict(X[:2])
        except Exception:  # noqa: BLE001 - of any kind, and before there is a plan
            return "the pipeline itself refuses this data"
        schema = Schema.capture(X, pipeline)
        try:
            quick = plan.compile(pipeline, schema, X)
        except PlanRefused as refused:
            return f"refused: {str(refused)[:60]}"
        # Rows that nothing was compared with: other numbers, other holes.
        new = p.make_frame(dtypes, holes, seed + 1, n=20)
        for method in quick.methods:
            for rows in (new, new[:1], new[3:4]):
                parsed = schema.parse_rows(schema.to_records(rows))
                try:
                    expected = getattr(pipeline, method)(parsed.frame)
                except (ValueError, TypeError) as exc:
                    with pytest.raises(type(exc)):
                        quick.run(method, parsed)
                    continue
                got = quick.run(method, parsed)
                assert got.dtype == expected.dtype
                assert got.shape == expected.shape
                if expected.dtype.kind == "f":
                    near = 1e-11 if expected.dtype == np.float64 else 1e-5
                    np.testing.assert_allclose(got, expected, rtol=near, atol=near)
                else:
                    np.testing.assert_array_equal(got, expected)
    return "a plan"


_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def compare_many(compare, **given_settings):
    """Compare random pipelines, and return how often each end came."""
    outcomes = Counter()

    @settings(deadline=None, suppress_health_check=_QUIET, database=None, **given_settings)
    @given(cases())
    def compare_one(case):
        outcomes[compare(*case)] += 1

    compare_one()
    return outcomes


def test_random_pipelines_have_their_numbers_or_no_plan():
    outcomes = compare_many(_compare, max_examples=30, derandomize=True)
    # A plan that refuses everything would pass the comparison.
    assert outcomes["a plan"] > 0.6 * sum(outcomes.values()), outcomes


@pytest.mark.slow
def test_many_random_pipelines_have_their_numbers_or_no_plan():
    outcomes = compare_many(_compare, max_examples=2000)
    assert outcomes["a plan"] > 0.7 * sum(outcomes.values()), outcomes
