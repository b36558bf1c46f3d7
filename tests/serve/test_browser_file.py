"""The page of a model as a file: it predicts in a browser as the model does, without a network."""

import json
import re
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.compose import make_column_transformer
from sklearn.ensemble import VotingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, OneHotEncoder, PolynomialFeatures, PowerTransformer
from sklearn.svm import SVC, SVR
from xgboost import XGBRegressor

from skcook import artifacts
from skcook.artifacts import Schema
from skcook.datasets import load_penguins
from skcook.export._exported import export
from skcook.models import tabular_pipeline
from skcook.preprocessing import DateFeatures, NumericImputer, NumericScaler
from skcook.serve import to_html
from skcook.text import TextVectorizer
from tests.serve._browser import complaints, wait_for
from tests.serve.test_browser_kinds import look, text

pytestmark = pytest.mark.browser


def page(model, X, folder, name, **more):
    """Save a model, and write its page."""
    path = artifacts.save(model, folder / f"{name}.skcook", X, **more)
    out = folder / f"{name}.html"
    out.write_text(to_html(artifacts.read(path)))
    return out


@pytest.fixture(scope="module")
def forest(tmp_path_factory):
    X, y = load_penguins(return_X_y=True)
    model = tabular_pipeline("random_forest").fit(X, y)
    card = {"title": "Which penguin?", "target": "species"}
    return model, X, page(model, X, tmp_path_factory.mktemp("pages"), "penguins", y=y, card=card)


def put(browser, name, value):
    browser.execute_script(
        "const field = document.querySelector(`[name=${CSS.escape(arguments[0])}]`);"
        "field.value = arguments[1];"
        "field.dispatchEvent(new Event('input', {bubbles: true}))",
        name,
        value,
    )


def shares(browser):
    """Return the probabilities that the page draws as bars."""
    return browser.execute_script(
        "return [...document.querySelectorAll('#probabilities .meter i')]"
        ".map(bar => parseFloat(bar.style.width) / 100)"
    )


def test_the_page_predicts_as_the_model_does(forest, browser, test_output):
    model, X, out = forest
    browser.get(out.as_uri())
    for i in (0, 3, 200, 320):
        row = X.iloc[[i]]
        for name, value in row.iloc[0].items():
            put(browser, name, "" if pd.isna(value) else str(value))
        wanted = pytest.approx(model.predict_proba(row)[0].tolist(), abs=1e-4)
        wait_for(browser, lambda wanted=wanted: shares(browser) == wanted)
        assert text(browser, "answer") == model.predict(row)[0]
    assert "checked in this browser over" in browser.find_element("tag name", "footer").text
    look(browser, test_output, "file")


def test_the_page_asks_no_network(forest, browser):
    browser.get(forest[2].as_uri())
    wait_for(browser, lambda: text(browser, "answer") != "…")
    asked = browser.execute_script(
        "return performance.getEntriesByType('resource').map(entry => entry.name)"
    )
    assert [address for address in asked if not address.startswith("data:")] == []
    blocked = browser.execute_async_script(
        "const done = arguments[0];"
        "fetch('http://127.0.0.1:9/').then(() => done(false), () => done(true))"
    )
    assert blocked
    browser.get_log("browser")


def test_what_is_unusual_is_said_beside_its_field(forest, browser):
    browser.get(forest[2].as_uri())
    wait_for(browser, lambda: text(browser, "answer") != "…")
    put(browser, "bill_length_mm", "400")
    notes = "return [...document.querySelectorAll('.note:not([hidden])')].map(n => n.textContent)"
    wait_for(browser, lambda: browser.execute_script(notes) == ["Outside what the model has seen."])


def test_a_browser_that_computes_otherwise_does_not_predict(forest, browser, tmp_path):
    source = forest[2].read_text()
    head, _, rest = source.partition('<script type="application/json" id="model-data">')
    data, _, rest = rest.partition("</script>")
    known = json.loads(data)
    known["checks"]["answers"]["predict_proba"][3][0] += 1e-5
    broken = tmp_path / "broken.html"
    tag = '<script type="application/json" id="model-data">'
    broken.write_text(head + tag + json.dumps(known) + "</script>" + rest)
    browser.get(broken.as_uri())
    wait_for(browser, lambda: "computes other numbers" in text(browser, "banner"))
    assert text(browser, "answer") == "…"


def _many_steps():
    rng = np.random.default_rng(0)
    days = pd.Series(pd.date_range("2023-11-05", periods=80, freq="31h"))
    X = pd.DataFrame({"day": days, "a": rng.normal(size=80), "b": rng.normal(size=80)})
    X.loc[3, "day"] = pd.NaT
    steps = make_column_transformer(
        (PowerTransformer(), ["a"]), (PolynomialFeatures(), ["b"]), remainder="passthrough"
    )
    dates = DateFeatures(cyclical=True, features=("week", "month", "hour", "is_month_end"))
    model = make_pipeline(
        dates, NumericImputer(), NumericScaler(), steps.set_output(transform="pandas"), Ridge()
    )
    return model, X, X["a"] + X["b"]


def _cities():
    X = pd.DataFrame(
        {"city": ["Ulm", "Bern"] * 20, "n": np.arange(40.0), "new": [True, False] * 20}
    )
    steps = make_column_transformer((OneHotEncoder(), ["city"]), remainder="passthrough")
    return make_pipeline(steps, LogisticRegression()), X, [0, 1] * 20


def _numbers(model, n_classes):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(80, 3)), columns=list("abc"))
    y = np.digitize(X["a"] * X["b"], [0.0, 0.7])
    return model, X, X["a"] * 99 if n_classes == 0 else y > 0 if n_classes == 2 else y


def _layers():
    network = MLPRegressor(hidden_layer_sizes=(4,), max_iter=20, random_state=0)
    both = VotingRegressor([("network", network), ("vectors", SVR(kernel="sigmoid"))])
    return _numbers(make_pipeline(Normalizer("max"), Normalizer(), both), 0)


def _texts():
    words = ["the", "Fine", "grey", "DAY", "rain", "don't", "café", "fox,", "it's", "日本"]
    rng = np.random.default_rng(0)
    made = [" ".join(rng.choice(words, 6)) for _ in range(60)]
    X = pd.DataFrame({"text": made, "other": made[::-1], "n": rng.normal(size=60)})
    both = make_column_transformer(
        (TfidfVectorizer(ngram_range=(1, 2)), "text"),
        (TextVectorizer(), ["other"]),
        remainder="passthrough",
    )
    return make_pipeline(both, LogisticRegression()), X, np.arange(60) % 2


KINDS = {
    "steps": _many_steps,
    "texts": _texts,
    "cities": _cities,
    "single precision": lambda: _numbers(XGBRegressor(n_estimators=30, n_jobs=1), 0),
    "classes": lambda: _numbers(LGBMClassifier(n_estimators=9, verbose=-1, n_jobs=1), 3),
    "layers": _layers,
    "vectors": lambda: _numbers(SVC(), 3),
    "truth": lambda: _numbers(tabular_pipeline("knn"), 2),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("name", KINDS)
def test_other_models_compute_the_same_numbers(name, browser, tmp_path):
    model, X, y = KINDS[name]()
    out = page(model.fit(X, y), X, tmp_path, "m")
    browser.get(out.as_uri())
    wait_for(browser, lambda: text(browser, "answer") not in ("…", ""))
    told = browser.execute_script("return {...document.documentElement.dataset}")
    assert int(told["checked"]) > 10
    assert float(told["difference"]) < 1e-6
    assert not text(browser, "banner")
    assert complaints(browser) == []


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_every_operator_of_the_page_is_tried():
    tried = set()
    for make in KINDS.values():
        model, X, y = make()
        graph = export(model.fit(X, y), Schema.capture(X, model), X).graph
        tried |= {node.op for node in graph.nodes}
    script = (files("skcook.serve") / "static" / "graph.js").read_text()
    known = re.findall(r"^  ([A-Z]\w+)[:(]", script.partition("const operators")[2], re.M)
    assert tried == set(known)


def test_a_category_that_the_encoder_refuses_is_refused(browser, tmp_path):
    model, X, y = _cities()
    browser.get(page(model.fit(X, y), X, tmp_path, "m").as_uri())
    wait_for(browser, lambda: text(browser, "answer") in "01")
    browser.execute_script(
        "const field = document.querySelector('[name=city]');"
        "field.add(new Option('Rome', 'Rome')); field.value = 'Rome';"
        "field.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    wait_for(browser, lambda: "does not fit" in text(browser, "banner"))
