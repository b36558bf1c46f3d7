import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression

from skcook.explain import TabularExplainer
from skcook.explain._explainer import parallel_map


@pytest.mark.parametrize("method", ["explain", "iter_explain"])
def test_not_fitted(method):
    with pytest.raises(NotFittedError, match="TabularExplainer"):
        getattr(TabularExplainer(LinearRegression()), method)([[1.0]])


def test_no_model():
    with pytest.raises(ValueError, match="give `estimator`"):
        TabularExplainer().fit([[1.0], [2.0]])


def test_unfitted_model_needs_a_target():
    with pytest.raises(NotFittedError, match="LinearRegression is not fitted"):
        TabularExplainer(LinearRegression()).fit([[1.0], [2.0]])


def test_tags_are_the_model_s():
    assert not TabularExplainer(LinearRegression()).__sklearn_tags__().input_tags.allow_nan
    tree = HistGradientBoostingRegressor()
    assert TabularExplainer(tree).__sklearn_tags__().input_tags.allow_nan


@pytest.mark.parametrize("n_jobs", [None, 1, 3])
def test_calls_come_in_order_and_wait_for_their_reader(n_jobs):
    begun = []

    def call(number):
        begun.append(number)
        return number

    results = parallel_map(call, ((i,) for i in range(10)), n_jobs)
    assert next(results) == 0
    assert sorted(begun) == list(range(n_jobs or 1))
    assert list(results) == list(range(1, 10))
    assert list(parallel_map(call, [], n_jobs)) == []
