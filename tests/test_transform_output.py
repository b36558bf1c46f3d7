"""What scikit-learn is set to give for all changes nothing inside models and texts."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from skcook.datasets import load_penguins
from skcook.models import (
    AnyLabelsClassifier,
    EarlyStoppingClassifier,
    Leaderboard,
    make_model,
    tabular_pipeline,
)
from skcook.text import PhraseJoiner, TextCleaner, TextStats, TextVectorizer, WordNGrams

TEXTS = ["New York is big", "I love New York", "a warm film", "a bad film, dull", "warm, clever"]
DOCUMENTS = pd.DataFrame({"t": TEXTS * 6})
LABELS = np.array([0, 1, 1, 0, 1] * 6)

TEXT_STEPS = {
    "cleaner": TextCleaner(stop_words="english"),
    "vectorizer": TextVectorizer(),
    "dense": TextVectorizer(sparse_output=False),
    "characters": TextVectorizer(analyzer="char_wb", ngram_range=(2, 3)),
    "n-grams": WordNGrams(),
    "phrases": PhraseJoiner(min_count=2, threshold=1e-3),
    "stats": TextStats(),
}


def plain(values):
    values = values.toarray() if hasattr(values, "toarray") else values
    values = values.to_numpy() if hasattr(values, "to_numpy") else values
    return np.asarray(values, dtype=object).tolist()


@pytest.mark.parametrize("output", ["pandas", "polars"])
@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("name", TEXT_STEPS)
def test_texts(name, library, output):
    X = DOCUMENTS if library == "pandas" else pl.from_pandas(DOCUMENTS)
    step = TEXT_STEPS[name]
    expected = plain(clone(step).fit(X).transform(X))
    with sklearn.config_context(transform_output=output):
        assert plain(clone(step).fit(X).transform(X)) == expected
        assert plain(clone(step).fit_transform(X)) == expected


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_a_vectorizer_stands_before_a_model_as_those_of_scikit_learn_do(output):
    pipe = make_pipeline(TextVectorizer(), LogisticRegression())
    expected = clone(pipe).fit(TEXTS * 6, LABELS).predict_proba(TEXTS)
    with sklearn.config_context(transform_output=output):
        found = clone(pipe).fit(TEXTS * 6, LABELS).predict_proba(TEXTS)
        np.testing.assert_allclose(found, expected)
        with pytest.raises(ValueError, match="sparse_output=False"):
            clone(pipe).set_output(transform=output).fit(TEXTS * 6, LABELS)


@pytest.fixture(scope="module")
def penguins():
    X, y = load_penguins(return_X_y=True)
    return X.iloc[::3].reset_index(drop=True), np.unique(y, return_inverse=True)[1][::3]


MODELS = {
    **{
        name: tabular_pipeline(make_model(name, "classification"))
        for name in ("xgboost", "lightgbm", "knn", "svm", "extra_trees")
    },
    "stopping": EarlyStoppingClassifier(tabular_pipeline("lightgbm"), random_state=0),
    "labels": AnyLabelsClassifier(tabular_pipeline(DecisionTreeClassifier(random_state=0))),
    "calibrated": tabular_pipeline("logistic", calibrate="sigmoid"),
}


@pytest.mark.parametrize("name", MODELS)
def test_models(name, penguins):
    X, y = penguins
    expected = clone(MODELS[name]).fit(X, y).predict_proba(X)
    for output, frame in (("pandas", pl.from_pandas(X)), ("polars", X)):
        with sklearn.config_context(transform_output=output):
            found = clone(MODELS[name]).fit(frame, y).predict_proba(frame)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-8)


@pytest.fixture(scope="module")
def board(penguins):
    models = ["logistic", "decision_tree"]
    return Leaderboard(models=models, cv=2, random_state=0, verbose=0).fit(*penguins)


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_a_board_its_blend_and_its_stack(penguins, board, output):
    X, y = penguins
    scores = board.leaderboard_.filter(like="roc_auc")
    expected = board.blend().predict(X)
    with sklearn.config_context(transform_output=output):
        found = clone(board).fit(X, y)
        pd.testing.assert_frame_equal(found.leaderboard_.filter(like="roc_auc"), scores)
        assert not found.leaderboard_["error"].any()
        np.testing.assert_array_equal(found.blend().predict(X), expected)
        found.stack(top=2).predict(X)
