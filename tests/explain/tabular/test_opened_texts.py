"""Words of a column of text, beside the other columns of a row."""

import json
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import FunctionTransformer, make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skcook import artifacts
from skcook.exceptions import ColumnsError
from skcook.explain import ExplainedClassifier, TabularExplainer
from skcook.models import tabular_pipeline
from skcook.serve import create_app

EFFECTS = {"free": 2.0, "win": 1.5, "meeting": -2.0, "report": -1.0}
NEUTRAL = ["hello", "team", "lunch", "today", "offer"]
SMALL = {"n_samples": 512, "n_features": None, "refine": False, "random_state": 0}


def texts(rng, n):
    words = [*EFFECTS, *NEUTRAL]
    return [" ".join(rng.choice(words, rng.integers(3, 7), replace=False)) for _ in range(n)]


def value(text):
    return sum(effect * text.split().count(word) for word, effect in EFFECTS.items())


@pytest.fixture(scope="module")
def mails():
    rng = np.random.default_rng(0)
    n = 200
    return pd.DataFrame({"title": texts(rng, n), "body": texts(rng, n), "size": rng.normal(size=n)})


@pytest.fixture(scope="module")
def linear(mails):
    """A model whose words have known weights, in either column."""
    read = make_column_transformer(
        (CountVectorizer(), "title"),
        (CountVectorizer(analyzer="char_wb"), "body"),
        ("passthrough", ["size"]),
    )
    target = mails["title"].map(value) + 3 * mails["size"]
    return make_pipeline(read, LinearRegression()).fit(mails, target)


def weights(item, column):
    return {
        f.feature.removeprefix(f"{column}: "): f.weight
        for f in item.features
        if f.feature.startswith(f"{column}: ")
    }


def adds_up(item):
    total = item.intercept + item.weights.sum() + item.others + item.rest
    return total == pytest.approx(item.prediction, abs=1e-9)


def test_words_have_the_weights_of_a_linear_model(mails, linear):
    explainer = TabularExplainer(linear, **SMALL).fit(mails)
    assert explainer.text_columns_ == ["title", "body"]
    row = mails[:1].assign(title="Free free lunch, meeting zzz")
    item = explainer.explain(row)[0]
    assert adds_up(item)
    found = weights(item, "title")
    assert found == pytest.approx({"free": 4, "lunch": 0, "meeting": -2, "zzz": 0}, abs=1e-6)
    # What an empty title is against the titles of the background.
    average = mails["title"].map(value).mean()
    empty = next(f for f in item.features if f.feature == "title")
    assert empty.rule == "title without its words"
    assert abs(empty.weight + average) < 1.96 * empty.std_error + 0.05


def test_two_columns_are_opened_by_their_own_vectorizers(mails, linear):
    item = (
        TabularExplainer(linear, **SMALL)
        .fit(mails)
        .explain(mails[:1].assign(title="win!!! so", body="win!!! so"))[0]
    )
    # A vectorizer of characters sees the signs, a vectorizer of words does not.
    assert list(item.source) == ["title", "body"]
    assert set(weights(item, "title")) == {"win", "so"}
    assert set(weights(item, "body")) == {"win", "!!!", "so"}
    assert adds_up(item)


@pytest.mark.parametrize("container", ["object", "string", "polars", "array"])
@pytest.mark.parametrize("title", ["free free win", "", "...", None])
def test_any_container_and_missing_texts(mails, container, title):
    X = mails[["title", "size"]].copy()
    X.loc[::9, "title"] = None
    names = ["title", "size"] if container != "array" else [0, 1]

    def score(frame):
        if isinstance(frame, np.ndarray):
            frame = pd.DataFrame(frame, columns=["title", "size"])
        titles = frame["title"].to_list()
        known = np.array([isinstance(t, str) for t in titles])
        found = np.array([value(t) if k else 5.0 for t, k in zip(titles, known, strict=True)])
        return found + np.asarray(frame["size"], dtype=float)

    row = X[:1].assign(title=pd.Series([title], dtype=object))
    make = {
        "object": lambda F: F.astype({"title": object}),
        "string": lambda F: F.astype({"title": "string"}),
        "polars": pl.from_pandas,
        "array": lambda F: F.to_numpy(dtype=object),
    }[container]
    explainer = TabularExplainer(score, text=[names[0]], **SMALL).fit(make(X))
    item = explainer.explain(make(row))[0]
    assert adds_up(item)
    name = "title" if container != "array" else item.features[0].feature.split(":")[0]
    if title and title[0].isalpha():
        assert weights(item, name) == pytest.approx({"free": 4, "win": 1.5})
    else:
        assert item.source is None
        assert len(item.features) == 2


def test_words_take_part_in_what_other_columns_do():
    """Half of what a word and a number do together is the word's."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"text": texts(rng, 200), "x": rng.choice([-1.0, 1.0], 200)})

    def score(frame):
        free = frame["text"].str.contains("free").to_numpy()
        return 4.0 * free * (1 + frame["x"].to_numpy())

    explainer = TabularExplainer(score, **{**SMALL, "refine": True}).fit(X)
    item = explainer.explain(pd.DataFrame({"text": ["free lunch"], "x": [1.0]}))[0]
    feature = next(f for f in item.features if f.feature == "text: free")
    assert abs(feature.weight - 6) < max(1.96 * feature.std_error, 0.3)
    assert adds_up(item)


def test_what_auto_takes(mails):
    def columns(model, X=mails, **options):
        return TabularExplainer(model, **{**SMALL, **options}).fit(X).text_columns_

    y = np.arange(len(mails)) % 2
    named = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression()).fit(
        mails, y
    )
    assert columns(named) == []
    assert columns(named, text=["title"]) == ["title"]
    assert columns(lambda X: X["size"]) == ["title", "body"]
    assert columns(lambda X: X["size"], text=None) == []
    assert columns(lambda X: X["size"], groups={"words": ["title", "size"]}) == ["body"]
    assert columns(lambda X: X["size"], method="lime") == []
    # Names of categories are no texts.
    few = mails.assign(title=np.resize(["a b c d", "e f g h"], len(mails)))
    assert columns(lambda X: X["size"], few) == ["body"]


def test_tabular_pipeline_reads_words(mails):
    y = (mails["title"].map(value) > 0).astype(int)
    model = tabular_pipeline("logistic").fit(mails, y)
    explainer = TabularExplainer(model, **SMALL).fit(mails)
    assert explainer.text_columns_ == ["title", "body"]
    found = weights(explainer.explain(mails[:1].assign(title="free win team"), [1])[0], "title")
    assert found["free"] > abs(found["team"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"text": ["size"]}, "text names 'size', which holds numeric values"),
        ({"text": ["subject"]}, "text names 'subject', and there is no such column"),
        ({"text": ["title"], "groups": {"both": ["title", "body"]}}, "which is in a group"),
    ],
)
def test_columns_that_cannot_be_opened(mails, options, message):
    with pytest.raises(ColumnsError, match=message):
        TabularExplainer(lambda X: X["size"], **SMALL, **options).fit(mails)


def test_lime_has_no_words(mails):
    with pytest.raises(ValueError, match="LIME has none"):
        TabularExplainer(lambda X: X["size"], method="lime", text=["title"]).fit(mails)


def test_a_text_of_very_many_words_is_opened_into_pieces(mails):
    row = mails[:1].assign(title=" ".join(f"w{i}" for i in range(999)) + " free")
    explainer = TabularExplainer(lambda X: X["title"].map(value), **SMALL).fit(mails)
    item = explainer.explain(row)[0]
    found = weights(item, "title")
    assert len(found) == 128
    assert found[next(word for word in found if "free" in word)] == pytest.approx(2)
    assert adds_up(item)


def test_only_the_largest_weights_are_shown(mails, linear):
    explainer = TabularExplainer(linear, **{**SMALL, "n_features": 3}).fit(mails)
    for item in explainer.explain(mails[:12]):
        assert len(item.features) == 3
        assert item.n_others == len(set(mails["title"][item.row].split())) + len(
            set(mails["body"][item.row].split())
        )
        assert adds_up(item)


def test_an_explained_row_does_not_depend_on_those_beside_it(mails, linear):
    explainer = TabularExplainer(linear, **SMALL).fit(mails)
    later = mails[3:12].reset_index(drop=True)
    alone = explainer.explain(later)[0].to_dict()
    assert {**explainer.explain(mails[:12])[3].to_dict(), "row": 0} == alone
    again = pickle.loads(pickle.dumps(explainer)).explain(later)[0].to_dict()
    assert again == alone


def test_a_page_marks_words_and_escapes_them(mails, linear):
    explainer = TabularExplainer(linear, **SMALL).fit(mails)
    item = explainer.explain(mails[:1].assign(title="free <script> win"))[0]
    html = item.to_html()
    assert '<mark class="for"' in html
    assert "&lt;" in html
    assert "<script>" not in html
    json.dumps(item.picture_dict(), allow_nan=False)
    pieces = item.picture_dict()["texts"]["title"]
    assert "".join(piece for piece, _ in pieces) == "free <script> win"
    assert dict(pieces)["free"] == pytest.approx(2, abs=1e-6)
    assert "title: free" in item.to_frame()["feature"].tolist()
    assert "title: free" in str(item)


def test_texts_are_not_exchanged_for_others(mails, linear):
    explainer = TabularExplainer(linear, **SMALL).fit(mails)
    low = linear.predict(mails[:1])[0]
    found = explainer.what_would_change(mails[:1], target=low + 2)
    assert {change.feature for one in found for change in one.changes} == {"size"}


def test_a_server_opens_texts(mails, tmp_path):
    X = mails[["title", "size"]]
    y = np.where(X["title"].map(value) > 0, "spam", "ham")
    read = make_column_transformer((TfidfVectorizer(), "title"), remainder=FunctionTransformer())
    model = ExplainedClassifier(
        make_pipeline(read, LogisticRegression()),
        explainer=TabularExplainer(n_samples=512, random_state=0),
    ).fit(X, y)
    artifacts.save(model, tmp_path / "mails.skcook", X_example=X)
    client = create_app(tmp_path / "mails.skcook").test_client()
    rows = [{"title": "free win lunch", "size": 0.0}, {"title": "team meeting", "size": 1.0}]
    for given in (rows[:1], rows * 6):
        answer = client.post("/v1/models/mails/explain", json={"rows": given})
        assert answer.status_code == 200, answer.text
        for item in answer.json["explanations"]:
            total = sum(f["weight"] for f in item["features"]) + item["others"] + item["rest"]
            assert item["intercept"] + total == pytest.approx(item["prediction"])
            text = given[item["row"]]["title"]
            assert "".join(piece for piece, _ in item["texts"]["title"]) == text


def test_many_rows_are_followed_without_more_questions(mails, linear):
    """Texts are no noise to the weights of other columns, nor to their own."""
    explainer = TabularExplainer(linear, **{**SMALL, "n_samples": 2048}).fit(mails)
    slope = linear[-1].coef_[-1]
    for item in explainer.explain(mails[:20]):
        assert item.note is None
        size = next(f for f in item.features if f.feature == "size")
        assert size.weight == pytest.approx(slope * (size.value - mails["size"].mean()), abs=0.1)
