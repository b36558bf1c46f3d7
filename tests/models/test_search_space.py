import numpy as np
import pytest
from sklearn.model_selection import ParameterSampler

from skcook.models import make_model, model_names, search_space, tabular_pipeline

CASES = [(n, t) for t in ("classification", "regression") for n in model_names(t)]


@pytest.mark.parametrize(("name", "task"), CASES)
def test_every_recipe_takes_what_is_drawn(name, task):
    model = make_model(name, task)
    space = search_space(name, task)
    assert len(space) >= 1
    for settings in ParameterSampler(space, 2, random_state=0):
        model.set_params(**settings)
        assert settings.items() <= model.get_params().items()
    pipeline = tabular_pipeline(name, task)
    assert set(search_space(name, task, prefix="model__")) <= set(pipeline.get_params())


@pytest.mark.parametrize(("name", "task"), CASES)
def test_optuna_draws_from_the_same_ranges(name, task):
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = search_space(name, task, library="optuna")
    assert list(space) == list(search_space(name, task))
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    make_model(name, task).set_params(**study.ask(space).params)


def test_ranges_are_drawn_whole_and_on_their_scale():
    space = search_space("xgboost")
    draws = list(ParameterSampler(space, 300, random_state=0))
    rates = np.array([settings["learning_rate"] for settings in draws])
    assert 0.01 <= rates.min() < 0.02
    assert np.median(rates) < 0.1
    assert {settings["max_depth"] for settings in draws} == set(range(2, 11))


def test_what_there_is_not_is_refused():
    with pytest.raises(ValueError, match="'linear' is for regression: set task='regression'"):
        search_space("linear")
    with pytest.raises(ValueError, match="'library' parameter"):
        search_space("svm", library="hyperopt")
