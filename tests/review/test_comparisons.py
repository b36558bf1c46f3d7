"""Two models side by side: by their scores, and by their reasons."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import fbeta_score, make_scorer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from skcook.explain import ExplainedClassifier, Explanation, Explanations, TabularExplainer
from skcook.explain.result._explanation import Feature
from skcook.review import (
    Corrections,
    ReviewedClassifier,
    blame,
    compare_explanations,
    compare_models,
)
from skcook.text import TextVectorizer


class Fixed:
    """A model with given answers: row i of X holds i."""

    def __init__(self, answers, classes=(0, 1)):
        self.answers = np.asarray(answers)
        self.classes_ = np.asarray(classes)
        self.corrections_ = ()
        self.calls = 0

    def __sklearn_tags__(self):
        return LogisticRegression().__sklearn_tags__()

    def predict(self, X):
        self.calls += 1
        return self.answers[np.asarray(X)[:, 0]]


def rows(n):
    return np.arange(n)[:, None]


def with_errors(y, share, seed):
    rng = np.random.default_rng(seed)
    return np.where(rng.random(len(y)) < share, 1 - y, y)


Y = np.random.default_rng(0).integers(0, 2, 400)


def test_a_clear_gain_is_better_and_the_way_back_worse():
    bad, good = Fixed(with_errors(Y, 0.4, 1)), Fixed(with_errors(Y, 0.1, 2))
    comparison = compare_models(bad, good, rows(400), Y, random_state=0)
    assert comparison.verdict == "better"
    (line,) = comparison.to_frame().to_dict("records")
    assert (line["slice"], line["metric"], line["rows"]) == ("all rows", "accuracy", 400)
    assert line["difference"] == pytest.approx(
        (good.answers == Y).mean() - (bad.answers == Y).mean()
    )
    assert 0 < line["low"] < line["difference"] < line["high"]
    assert compare_models(good, bad, rows(400), Y, random_state=0).verdict == "worse"


def test_each_model_is_asked_once():
    old, new = Fixed(Y), Fixed(Y)
    compare_models(old, new, rows(400), Y, scoring=["accuracy", "f1"], n_resamples=50)
    assert (old.calls, new.calls) == (1, 1)


def test_equal_models_are_seldom_called_better():
    verdicts = []
    for seed in range(100):
        y = np.random.default_rng(seed).integers(0, 2, 150)
        old, new = Fixed(with_errors(y, 0.2, 2 * seed)), Fixed(with_errors(y, 0.2, 2 * seed + 1))
        comparison = compare_models(old, new, rows(150), y, n_resamples=500, random_state=seed)
        verdicts.append(comparison.verdict)
    assert verdicts.count("better") <= 6
    assert verdicts.count("worse") <= 6
    assert "no gain shown: keep the old one" in verdicts


def test_the_interval_agrees_with_scipy():
    from scipy.stats import bootstrap

    old, new = Fixed(with_errors(Y, 0.3, 1)), Fixed(with_errors(Y, 0.22, 2))
    line = compare_models(old, new, rows(400), Y, random_state=0, n_resamples=20_000).table.iloc[0]
    gains = (new.answers == Y).astype(float) - (old.answers == Y)
    expected = bootstrap((gains,), np.mean, method="BCa", n_resamples=20_000, rng=0)
    interval = expected.confidence_interval
    assert (line["low"], line["high"]) == pytest.approx((interval.low, interval.high), abs=0.004)


def test_the_first_slice_decides():
    half = np.arange(400) < 200
    old = Fixed(np.where(half, with_errors(Y, 0.4, 1), Y))
    new = Fixed(np.where(half, Y, with_errors(Y, 0.4, 2)))
    slices = {"clean": half, "leaky": np.flatnonzero(~half), "even": lambda X: X[:, 0] % 2 == 0}
    comparison = compare_models(old, new, rows(400), Y, slices=slices, random_state=0)
    assert comparison.verdict == "better"
    assert comparison.table["slice"].tolist() == ["clean", "leaky", "even", "all rows"]
    assert comparison.table["rows"].tolist() == [200, 200, 200, 400]
    assert comparison.note == ""


@pytest.mark.parametrize(
    ("slices", "says"),
    [
        ({"none": np.zeros(400, bool)}, "has no rows"),
        ({"short": np.ones(3, bool)}, "has 3 entries"),
        ({"far": [500]}, "from 0 to 399"),
        ({"names": ["a"]}, "a mask, or positions"),
    ],
)
def test_slices_that_are_wrong_are_refused(slices, says):
    with pytest.raises(ValueError, match=says):
        compare_models(Fixed(Y), Fixed(Y), rows(400), Y, slices=slices)


def test_scores_and_targets_that_are_wrong_are_refused():
    with pytest.raises(ValueError, match="400 rows, and y has 3"):
        compare_models(Fixed(Y), Fixed(Y), rows(400), Y[:3])
    with pytest.raises(ValueError, match="make_scorer"):
        compare_models(Fixed(Y), Fixed(Y), rows(400), Y, scoring=lambda m, X, y: 1.0)
    with pytest.raises(ValueError, match="confidence"):
        compare_models(Fixed(Y), Fixed(Y), rows(400), Y, confidence=95)


def test_every_kind_of_metric_has_an_interval():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=200), "b": rng.normal(size=200)})
    y = np.where(X["a"] + rng.normal(size=200) > 0, "yes", "no")
    old = LogisticRegression().fit(X.assign(a=0.0), y)
    new = LogisticRegression().fit(X, y)
    scoring = ["roc_auc", "neg_log_loss", "f1", make_scorer(fbeta_score, beta=2, pos_label="yes")]
    comparison = compare_models(old, new, X, y, scoring=scoring, n_resamples=100, random_state=0)
    table = comparison.table
    assert (table["low"].iloc[:2] > 0).all()
    assert (table["low"] < table["difference"]).all()
    assert (table["difference"] < table["high"]).all()
    y = X["a"] * 2
    old = LinearRegression().fit(X.assign(a=0.0), y)
    new = LinearRegression().fit(X, y)
    metrics = ["r2", "neg_mean_absolute_error", "neg_mean_squared_error"]
    table = compare_models(old, new, X, y, scoring=metrics, n_resamples=100, random_state=0).table
    assert (table["low"] > 0).all()


# After a correction -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def leak():
    rng = np.random.default_rng(0)

    def draw(n, share):
        X = pd.DataFrame({"a": rng.normal(size=n)})
        y = (X["a"] + rng.normal(size=n) > 0).to_numpy().astype(int)
        X["leak"] = np.where(rng.random(n) < share, y, 1 - y)
        return X, y

    X, y = draw(600, 0.95)
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    old = ReviewedClassifier(tree).fit(X, y)
    corrections = Corrections().add("drop", "leak")
    new = ReviewedClassifier(tree, corrections=corrections).fit(X, y)
    return old, new, draw(600, 0.95), draw(600, 0.5)


def test_a_fall_where_the_leak_is_does_not_tell(leak):
    old, new, leaky, _ = leak
    comparison = compare_models(old, new, *leaky, random_state=0)
    assert comparison.table["high"].iloc[0] < 0
    assert comparison.verdict == "no gain shown: keep the old one"
    assert "may hold what was struck ('leak')" in comparison.note
    assert "does not tell" in str(comparison)


def test_rows_without_the_leak_show_the_gain(leak):
    old, new, leaky, clean = leak
    X = pd.concat([clean[0], leaky[0]], ignore_index=True)
    y = np.concatenate([clean[1], leaky[1]])
    comparison = compare_models(old, new, X, y, slices={"clean": np.arange(600)}, random_state=0)
    assert comparison.verdict == "better"
    assert comparison.note == ""


def test_a_wrong_correction_is_found_out(leak):
    old, _, _, clean = leak
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    honest = ReviewedClassifier(tree, corrections=Corrections().add("drop", "a")).fit(*leak[2])
    comparison = compare_models(
        old, honest, *clean, slices={"clean": lambda X: np.ones(len(X), bool)}, random_state=0
    )
    assert comparison.verdict != "better"


def test_a_comparison_is_drawn_and_shown(leak, test_output):
    old, new, leaky, clean = leak
    X = pd.concat([clean[0], leaky[0]], ignore_index=True)
    y = np.concatenate([clean[1], leaky[1]])
    slices = {"without the leak": np.arange(600), "with it <b>": np.arange(600, 1200)}
    comparison = compare_models(old, new, X, y, slices=slices, random_state=0)
    ax = comparison.plot()
    assert ax.get_title() == "better"
    assert len(ax.get_yticklabels()) == 3
    ax.figure.savefig(test_output / "compare_models.png")
    assert "<b>" not in comparison._repr_html_()
    assert repr(comparison) == "<ModelComparison: better>"


# Reasons ------------------------------------------------------------------------------------------


def explanation(row, target, prediction, weights, kind="tabular"):
    features = [Feature(name, 1, f"{name} = 1", w, 0.0) for name, w in weights.items()]
    return Explanation(
        kind=kind,
        row=row,
        target=target,
        prediction=prediction,
        local_prediction=prediction,
        intercept=0.0,
        r2=1.0,
        features=features,
    )


def test_blame_is_a_share_of_weight():
    both = Explanations(
        [
            explanation(0, "yes", 0.9, {"leak": 0.3, "age": -0.1}),
            explanation(1, "yes", 0.9, {"leak": -0.2, "age": 0.2}),
        ]
    )
    assert blame(both, ["leak"]) == pytest.approx(0.5 / 0.8)
    assert blame(both, "leak") == blame(both, lambda name: name.startswith("le"))
    assert blame(both, []) == 0.0
    assert blame(Explanations(), ["leak"]) == 0.0


@pytest.fixture(scope="module")
def pair(leak):
    old, new, _, clean = leak
    explainer = TabularExplainer(n_samples=256, random_state=0)
    return compare_explanations(old, new, clean[0][:80], explainer=explainer, names=["old", "new"])


def test_rows_where_models_disagree_or_agree_for_other_reasons_are_found(pair, leak):
    old, new, _, clean = leak
    X = clean[0][:80]
    table = pair.to_frame()
    assert table["old"].tolist() == old.predict(X).tolist()
    assert table["new"].tolist() == new.predict(X).tolist()
    assert (table["agree"] == (table["old"] == table["new"])).all()
    assert table["reasons_apart"].between(0, 1).all()
    assert len(pair) == 80
    first, second = pair.explanations
    assert [item.target for item in first] == [item.target for item in second]
    assert blame(first, ["leak"]) > 0.5 > blame(second, ["leak"])


def test_a_model_and_itself_have_nothing_apart(leak):
    old, _, _, clean = leak
    explainer = TabularExplainer(n_samples=128, random_state=0)
    same = compare_explanations(old, old, clean[0][:9], explainer=explainer)
    assert same.table["agree"].all()
    assert same.table["reasons_apart"].max() == 0.0


def test_the_pick_takes_both_sorts_in_turn(pair):
    picked = pair.pick(6).to_frame()
    assert picked["agree"].tolist() == [False, True] * 3
    apart = pair.table.groupby("agree")["reasons_apart"].max()
    assert picked["reasons_apart"].iloc[0] == apart[False]
    assert picked["reasons_apart"].iloc[1] == apart[True]
    assert len(pair.pick(1000)) == 80
    with pytest.raises(ValueError, match="at least 1"):
        pair.pick(0)


def test_both_are_drawn_on_one_axis(pair, test_output):
    ax = pair.plot()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["old", "new"]
    assert len(ax.patches) == 2 * len(ax.get_yticklabels())
    ax.figure.savefig(test_output / "compare_explanations.png")


def test_the_page_escapes_what_the_data_holds(tmp_path):
    rows = pd.DataFrame({"<script>": [0.0, 1.0, 2.0, 3.0], "b": [1.0, 0.0, 1.0, 0.0]})
    a = LinearRegression().fit(rows, [0, 1, 2, 3])
    b = LinearRegression().fit(rows, [1, 0, 1, 0])
    comparison = compare_explanations(a, b, rows, names=["<a>", "b"])
    page = comparison.to_html(tmp_path / "page.html", title="<Two>")
    assert (tmp_path / "page.html").read_text() == page
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<a>" not in page
    assert page.count("<section") == 4


def test_models_that_explain_themselves_and_texts_are_compared():
    texts, y = ["good film", "fine film", "bad film", "dull thing"], [1, 1, 0, 0]
    a = make_pipeline(TextVectorizer(), MultinomialNB()).fit(texts, y)
    b = make_pipeline(TextVectorizer(stop_words=["film"]), MultinomialNB()).fit(texts, y)
    comparison = compare_explanations(a, b, texts)
    words = {f.feature for item in comparison.explanations[0] for f in item.features}
    assert "film" in words
    X = pd.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0) % 3})
    label = (X["a"] > 9).to_numpy()
    explained = ExplainedClassifier(
        DecisionTreeClassifier(), explainer=TabularExplainer(n_samples=64, random_state=0)
    ).fit(X, label)
    comparison = compare_explanations(explained, LogisticRegression().fit(X, label), X)
    assert comparison.table["agree"].mean() > 0.8


def test_models_of_different_outputs_are_refused():
    X = pd.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0) % 3})
    a = DecisionTreeClassifier().fit(X, X["a"] > 9)
    b = DecisionTreeClassifier().fit(X, X["b"])
    with pytest.raises(ValueError, match="different outputs"):
        compare_explanations(a, b, X)
    with pytest.raises(ValueError, match="two different strings"):
        compare_explanations(a, a, X, names=["a", "a"])
