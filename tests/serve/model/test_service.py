"""The one place that touches the model."""

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import StandardScaler

from skcook import artifacts
from skcook.serve import ServeConfig
from skcook.serve.model._raw_rows import RawRows
from skcook.serve.model._refusals import MethodUnavailableError, RefusedRowsError
from skcook.serve.model._service import ModelService
from tests.serve._helpers import ROW, artifact_of, fit_people


class Picky:
    """A model that raises over some values that its schema allows."""

    classes_ = np.array(["a", "b"])

    def predict(self, X):
        if (X["age"] > 80).any():
            raise ValueError("too old: 81")
        if (X["age"] == 18).any():
            raise RuntimeError("a bug")
        return np.array(["a"] * len(X))


@pytest.fixture
def make_service():
    made = []

    def make(model, **settings):
        artifact = model if isinstance(model, artifacts.Artifact) else artifact_of(model)
        made.append(ModelService(artifact, ServeConfig(**settings)))
        return made[-1]

    yield make
    for service in made:
        service.retire()


@pytest.mark.parametrize("batching", [True, False])
def test_rows_that_the_model_refuses_are_named(make_service, batching):
    service = make_service(Picky(), batching=batching)
    rows = [{**ROW, "age": age} for age in (20, 85, 30, 90, 25)]
    with pytest.raises(RefusedRowsError) as caught:
        service.run("predict", service.parse(RawRows(rows=rows)))
    assert caught.value.positions == [1, 3]


@pytest.mark.parametrize("batching", [True, False])
def test_a_bug_stays_a_bug(make_service, batching):
    service = make_service(Picky(), batching=batching)
    rows = service.parse(RawRows(rows=[{**ROW, "age": 18}]))
    with pytest.raises(RuntimeError, match="a bug"):
        service.run("predict", rows)


def test_a_model_that_fails_on_its_own_example_is_not_its_users_fault(make_service):
    class Broken(Picky):
        def predict(self, X):
            raise ValueError("always")

    service = make_service(Broken())
    with pytest.raises(ValueError, match="always"):
        service.run("predict", service.parse(RawRows(rows=[ROW])))
    with pytest.raises(ValueError, match="always"):
        service.warm_up()


def test_a_plan_answers_where_there_is_one(make_service):
    model = fit_people()
    with_plan, without = make_service(model), make_service(model, plan=False)
    assert (with_plan.no_plan, without.plan) == (None, None)
    assert without.no_plan == "It was turned off."
    rows = with_plan.parse(RawRows(rows=[ROW, {**ROW, "age": 30}]))
    for method in with_plan.plan.methods:
        expected = without.run(method, rows)
        assert with_plan.run(method, with_plan.parse(RawRows(rows=[ROW, {**ROW, "age": 30}]))) == (
            expected if method == "predict" else pytest.approx(np.array(expected), rel=1e-12)
        )
    assert "frame" in vars(rows)  # made for the model itself
    quick = with_plan.parse(RawRows(rows=[ROW]))
    with_plan.run("predict", quick)
    assert "frame" not in vars(quick)


@pytest.mark.parametrize("plan", [True, False], ids=["plan", "no plan"])
def test_a_row_in_company_gets_the_answer_that_it_gets_alone(make_service, plan):
    service = make_service(fit_people(RandomForestClassifier(9, random_state=0)), plan=plan)
    assert (service.plan is not None) == plan

    def ask(age):
        rows = service.parse(RawRows(rows=[{**ROW, "age": age}]))
        return service.run("predict_proba", rows)

    ages = list(range(18, 82))
    alone = [ask(age) for age in ages]
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, ages)) == alone


def test_a_model_without_a_plan_says_why(make_service, caplog):
    with caplog.at_level("INFO", logger="skcook.serve"):
        service = make_service(Picky())
    assert service.plan is None
    assert "Picky" in service.no_plan
    assert caplog.records[-1].fields["why"] == service.no_plan


def test_methods_are_those_that_the_model_has(make_service):
    assert make_service(Picky()).methods == ("predict",)
    scaler = StandardScaler().fit(pd.DataFrame({"age": [1.0, 2.0]}))
    service = make_service(scaler)
    assert service.methods == ("transform",)
    with pytest.raises(MethodUnavailableError) as caught:
        service.require("predict")
    assert caught.value.available == ["transform"]


def test_several_outputs(make_service):
    X = pd.DataFrame({"a": np.arange(20.0)})
    y = np.column_stack([X["a"] > 5, X["a"] > 10])
    forest = RandomForestClassifier(n_estimators=3, random_state=0).fit(X, y)
    service = make_service(artifacts.wrap(forest, X))
    rows = service.parse(RawRows(rows=[{"a": 1}, {"a": 15}]))
    assert service.run("predict", rows) == [[False, False], [True, True]]
    probabilities = service.run("predict_proba", rows)
    assert np.shape(probabilities) == (2, 2, 2)
    assert probabilities[0][1] == [1.0, 0.0]


@pytest.mark.parametrize(("n_jobs", "uses"), [(None, False), (1, False), (2, True), (-1, True)])
def test_models_with_threads_are_recognised(make_service, n_jobs, uses):
    forest = RandomForestClassifier(n_estimators=2, n_jobs=n_jobs)
    assert make_service(fit_people(forest)).uses_threads is uses


def test_a_replaced_model_finishes_its_work_first(make_service):
    service = make_service(Picky())
    assert service.enter()
    service.retire()
    assert not service.enter()
    assert service.run("predict", service.parse(RawRows(rows=[ROW]))) == ["a"]
    service.leave()


def test_a_replaced_model_is_gone_without_a_garbage_collector():
    service = ModelService(artifact_of(fit_people()), ServeConfig())
    service.warm_up()
    assert service.run("predict", service.parse(RawRows(rows=[ROW])))
    model = weakref.ref(service._model)
    gc.disable()
    try:
        service.retire()
        threads = [t for t in threading.enumerate() if t.name.startswith(f"{service.name}.")]
        for thread in threads:
            thread.join(30)
        del service
        assert model() is None
    finally:
        gc.enable()
