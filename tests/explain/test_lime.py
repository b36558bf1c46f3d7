import pytest
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

from skcook.explain import TabularExplainer

# lime opens its script file and never closes it.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def test_classification(explanations):
    item, theirs = explanations[0], explanations[:1].as_lime()[0]
    assert theirs.as_list() == [(f.rule, f.weight) for f in item.features]
    assert theirs.score == item.r2
    assert theirs.intercept[1] == item.intercept
    assert "<html" in theirs.as_html()


def test_regression():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    explainer = TabularExplainer(Ridge().fit(X, y), n_samples=256, random_state=0).fit(X)
    ours = explainer.explain(X[:1])
    theirs = ours.as_lime()[0]
    assert dict(theirs.as_list()) == pytest.approx({f.rule: f.weight for f in ours[0].features})
    assert theirs.predicted_value == ours[0].prediction
    assert "<html" in theirs.as_html()
