"""The demo fits a model that is worth a look."""

from skcook.datasets import load_penguins
from skcook.serve.process._demo import fit_demo


def test_the_demo_model_knows_penguins_and_explains_itself():
    model, X = fit_demo()
    _, y = load_penguins(return_X_y=True)
    assert (model.predict(X) == y).mean() > 0.97
    assert model.explain(X.head(1))[0].target in set(y)
