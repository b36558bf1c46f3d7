"""The demo fits a model that is worth a look."""

from skcook import artifacts
from skcook.datasets import load_penguins
from skcook.serve.process._demo import fit_demo, save_demo


def test_the_demo_model_knows_penguins_and_explains_itself(tmp_path):
    model, X, card = fit_demo()
    _, y = load_penguins(return_X_y=True)
    assert (model.predict(X) == y).mean() > 0.97
    assert model.explain(X.head(1))[0].target in set(y)
    assert 0.9 < card["metrics"]["accuracy in cross-validation"] < 1
    saved = artifacts.read(save_demo(tmp_path)).card
    assert {**saved, "fields": card["fields"]} == card
