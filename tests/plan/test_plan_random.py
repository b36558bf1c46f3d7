"""Random pipelines: the plan gives the pipeline's numbers, or there is no plan."""

import warnings
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from skcook import plan
from skcook.artifacts import Schema
from skcook.exceptions import PlanRefused, SchemaError
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


def _compare_plan(pipeline, schema, rows):
    """Compare a pipeline's plan over rows that it was not compared with; say what there is."""
    X, new = rows
    try:
        quick = plan.compile(pipeline, schema, X)
    except PlanRefused as refused:
        return f"refused: {str(refused)[:60]}"
    for method in quick.methods:
        for some in (new, new[:1], new[3:4]):
            try:
                parsed = schema.parse_rows(schema.to_records(some))
            except SchemaError:  # a category that the pipeline's encoder would refuse
                continue
            try:
                expected = getattr(pipeline, method)(parsed.frame)
            except (ValueError, TypeError) as exc:
                with pytest.raises(type(exc)):
                    quick.run(method, parsed)
                continue
            # Sums in single precision agree in single precision.
            near = 1e-5 if quick._answers.single else 1e-11
            _assert_near(quick.run(method, parsed), expected, near)
    return "a plan"


def _assert_near(got, expected, near):
    if isinstance(expected, list):
        for one, other in zip(got, expected, strict=True):
            _assert_near(one, other, near)
        return
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    if expected.dtype.kind == "f":
        near = near if expected.dtype == np.float64 else 1e-5
        np.testing.assert_allclose(got, expected, rtol=near, atol=near)
    else:
        np.testing.assert_array_equal(got, expected)


def _compare(pipeline, dtypes, holes, text_labels, seed):
    case = p.Case(pipeline, dtypes, holes, seed, "text" if text_labels else "bool")
    return _compare_wide(case)


def _compare_wide(case):
    X, y, pipeline = case.frame(case.seed), case.y(), case.pipeline
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            pipeline.fit(X, y)
            pipeline.predict(X[:2])
            schema = Schema.capture(X, pipeline)
        except Exception:  # noqa: BLE001 - of any kind, and before there is a plan
            return "the pipeline itself refuses this data"
        return _compare_plan(pipeline, schema, (X, case.frame(case.seed + 1, n=20)))


_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def compare_many(compare, drawn=None, part=None, **given_settings):
    """Compare random pipelines, others in each part, and return how often each end came."""
    outcomes = Counter()

    @settings(suppress_health_check=_QUIET, **given_settings)
    @given(cases() if drawn is None else drawn)
    def compare_one(case):
        outcomes[compare(*case) if isinstance(case, tuple) else compare(case)] += 1

    if part is not None and settings().derandomize:
        compare_one = seed(part)(compare_one)
    compare_one()
    return outcomes


def test_random_pipelines_have_their_numbers_or_no_plan():
    outcomes = compare_many(_compare, max_examples=30)
    # A plan that refuses everything would pass the comparison.
    assert outcomes["a plan"] > 0.6 * sum(outcomes.values()), outcomes


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))  # for as many processes
def test_many_random_pipelines_have_their_numbers_or_no_plan(part):
    outcomes = compare_many(_compare, part=part, max_examples=250)
    assert outcomes["a plan"] > 0.7 * sum(outcomes.values()), outcomes


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_every_estimator_in_random_pipelines_has_its_numbers_or_no_plan(part):
    from tests.plan._wide_pipelines import wide_cases  # which makes one of every estimator

    outcomes = compare_many(_compare_wide, wide_cases(), part, max_examples=150)
    assert outcomes["a plan"] > 0.3 * sum(outcomes.values()), outcomes
