"""Models that obey corrections: on every container, around and inside the other wrappers."""

import datetime as dt
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skcook import artifacts
from skcook.exceptions import ColumnsError, CorrectionError, SkcookWarning
from skcook.explain import ExplainedClassifier, TabularExplainer, TextExplainer
from skcook.models import AnyLabelsClassifier, EarlyStoppingClassifier, tabular_pipeline
from skcook.preprocessing import OneHotEncoder
from skcook.review import Corrections, ReviewedClassifier, ReviewedRegressor, row_keys
from skcook.text import TextVectorizer

N = 120


class Recorder(DecisionTreeClassifier):
    """A model that keeps what it was given."""

    def fit(self, X, y, **params):
        self.seen_ = X
        self.classes_ = np.unique(y)
        self.y_, self.params_ = y, params
        return self

    def predict(self, X):
        self.asked_ = X
        return np.repeat(self.classes_[:1], len(X))


def rows():
    rng = np.random.default_rng(0)
    return {
        "number": [float(v) for v in rng.normal(size=N)],
        "count": [int(v) for v in rng.integers(0, 9, N)],
        "word": [None if i % 7 == 0 else str(v) for i, v in enumerate(rng.choice(list("xyz"), N))],
        "flag": [bool(v) for v in rng.random(N) < 0.5],
        "day": [dt.datetime.fromisoformat("2024-01-01") + dt.timedelta(days=i) for i in range(N)],
    }


def target():
    return np.where(np.arange(N) % 3 == 0, "no", "yes")


def containers():
    plain = rows()
    pandas = pd.DataFrame(plain)
    yield pytest.param(pandas, id="pandas")
    yield pytest.param(pandas.astype({"word": "category", "count": "Int64"}), id="extension")
    yield pytest.param(pl.DataFrame(plain), id="polars")
    yield pytest.param(
        pl.DataFrame(plain, schema_overrides={"word": pl.Enum(["x", "y", "z"])}), id="polars enum"
    )
    yield pytest.param(pandas.astype(object).to_numpy(), id="numpy")


def column(X, name):
    """Return a column as a list of plain values, None for missing."""
    if isinstance(X, pl.DataFrame):
        return X[name].to_list()
    j = list(rows()).index(name)
    values = X[:, j].tolist() if isinstance(X, np.ndarray) else X[name].astype(object).tolist()
    return [None if pd.isna(v) else v for v in values]


def feature_of(X, name):
    return list(rows()).index(name) if isinstance(X, np.ndarray) else name


@pytest.mark.parametrize("name", list(rows()))
@pytest.mark.parametrize("X", list(containers()))
def test_a_dropped_column_is_one_value_of_its_own_dtype(X, name):
    corrections = Corrections().add("drop", feature_of(X, name))
    model = ReviewedClassifier(Recorder(), corrections=corrections).fit(X, target())
    seen = model.estimator_.seen_
    assert len(set(column(seen, name))) == 1
    assert column(seen, name)[0] in column(X, name)
    if not isinstance(X, np.ndarray):
        assert list(seen.dtypes) == list(X.dtypes)
    others = [other for other in rows() if other != name]
    assert all(column(seen, other) == column(X, other) for other in others)
    assert len(set(column(X, name))) > 1, "the rows of the user are not changed"
    model.predict(X[:1])
    assert column(model.estimator_.asked_, name) == column(seen, name)[:1]


@pytest.mark.parametrize("X", list(containers()))
def test_levels_are_merged_and_banned_in_every_container(X):
    word = feature_of(X, "word")
    merged = Corrections().add("merge", word, levels=["x", "y"], into="new")
    seen = ReviewedClassifier(Recorder(), corrections=merged).fit(X, target()).estimator_.seen_
    expected = ["new" if v in ("x", "y") else v for v in column(X, "word")]
    assert column(seen, "word") == expected
    values = [v for v in column(X, "word") if v in ("x", "y")]
    banned = Corrections().add("ban", word, levels=["z"])
    seen = ReviewedClassifier(Recorder(), corrections=banned).fit(X, target()).estimator_.seen_
    most = max("xy", key=values.count)
    assert column(seen, "word") == [most if v == "z" else v for v in column(X, "word")]
    gone = Corrections().add("merge", word, levels=["x"], into=None)
    seen = ReviewedClassifier(Recorder(), corrections=gone).fit(X, target()).estimator_.seen_
    assert column(seen, "word") == [None if v == "x" else v for v in column(X, "word")]


def test_missing_is_a_level_that_can_be_merged():
    X = pd.DataFrame({"word": ["x", None, "y"], "flag": [True, False, True]})
    corrections = Corrections().add("merge", "word", levels=[None], into="none")
    seen = (
        ReviewedClassifier(Recorder(), corrections=corrections).fit(X, [0, 1, 0]).estimator_.seen_
    )
    assert seen["word"].tolist() == ["x", "none", "y"]


def test_true_is_not_one():
    X = pd.DataFrame({"mixed": pd.Series([1, True, "1"], dtype=object)})
    corrections = Corrections().add("merge", "mixed", levels=[1], into="one")
    seen = (
        ReviewedClassifier(Recorder(), corrections=corrections).fit(X, [0, 1, 0]).estimator_.seen_
    )
    assert seen["mixed"].tolist() == ["one", True, "1"]


@pytest.mark.parametrize("X", list(containers()))
def test_rows_are_relabelled_and_left_out_by_their_content(X):
    keys = row_keys(X)
    corrections = Corrections().add("row", keys[1], label="no").add("row", keys[3], leave_out=True)
    weights = np.arange(N)
    model = ReviewedClassifier(Recorder(), corrections=corrections)
    model.fit(X, target(), sample_weight=weights)
    expected = target()
    expected[1] = "no"
    assert model.estimator_.y_.tolist() == np.delete(expected, 3).tolist()
    assert model.estimator_.params_["sample_weight"].tolist() == np.delete(weights, 3).tolist()
    assert model.n_rows_found_ == 2


def test_the_key_of_a_row_does_not_depend_on_the_container():
    keys = [row_keys(param.values[0]) for param in containers()]
    assert all(other == keys[0] for other in keys)
    assert len(set(keys[0])) == N


def test_corrected_rows_that_are_absent_are_said():
    X = pd.DataFrame(rows())
    with pytest.warns(SkcookWarning, match="None of the 1 corrected rows is in X"):
        ReviewedClassifier(Recorder(), corrections=Corrections().add("row", "ab", label="no")).fit(
            X, target()
        )


def test_labels_of_other_types_find_their_class():
    X = pd.DataFrame(rows())
    key = row_keys(X)[1]
    corrections = Corrections().add("row", key, label="1")
    model = ReviewedClassifier(Recorder(), corrections=corrections).fit(X, np.arange(N) % 5)
    assert model.estimator_.y_[1] == 1
    with pytest.raises(CorrectionError, match="no class"):
        ReviewedClassifier(Recorder(), corrections=Corrections().add("row", key, label="7")).fit(
            X, np.arange(N) % 5
        )


@pytest.mark.parametrize(
    ("kind", "detail", "says"),
    [
        ("drop", {}, "names the column 'numbr', which X has not. Did you mean 'number'"),
        ("ban", {"levels": [1]}, "Did you mean 'number'"),
        ("direction", {"sign": "up"}, "Did you mean 'number'"),
    ],
)
def test_a_column_that_is_absent_is_said_with_the_one_meant(kind, detail, says):
    corrections = Corrections().add(kind, "numbr", **detail)
    model = ReviewedClassifier(DecisionTreeClassifier(), corrections=corrections)
    with pytest.raises(ColumnsError, match=says):
        model.fit(pd.DataFrame(rows())[["number", "count"]], target())


def test_columns_and_texts_are_not_mixed_up():
    with pytest.raises(TypeError, match="corrections of columns need"):
        ReviewedClassifier(Recorder(), corrections=Corrections().add("drop", "a")).fit(
            ["a text", "another"], [0, 1]
        )
    with pytest.raises(ColumnsError, match="needs the column they stand in"):
        ReviewedClassifier(Recorder(), corrections=Corrections().add("word", "x")).fit(
            pd.DataFrame(rows()), target()
        )


# Wrappers -----------------------------------------------------------------------------------------

DROP = Corrections().add("drop", "word")
TABLE = pd.DataFrame(rows()).drop(columns="day")
WRAPPERS = {
    "alone": tabular_pipeline("lightgbm"),
    "column transformer": make_pipeline(
        make_column_transformer((OneHotEncoder(), ["word"]), remainder="passthrough"),
        HistGradientBoostingClassifier(max_iter=5),
    ),
    "explained": ExplainedClassifier(
        tabular_pipeline("lightgbm"), explainer=TabularExplainer(n_samples=64)
    ),
    "stopping": EarlyStoppingClassifier(
        tabular_pipeline("lightgbm"), max_iter=500, n_iter_no_change=2, random_state=0
    ),
    "any labels": AnyLabelsClassifier(tabular_pipeline("lightgbm")),
    "search": GridSearchCV(tabular_pipeline("lightgbm"), {"model__num_leaves": [3, 5]}, cv=2),
}


@pytest.mark.parametrize("inner", WRAPPERS.values(), ids=WRAPPERS)
def test_it_goes_around_every_wrapper_and_is_saved(inner, tmp_path):
    model = clone(ReviewedClassifier(inner, corrections=DROP)).fit(TABLE, target())
    shuffled = TABLE.assign(word=TABLE["word"].sample(frac=1, random_state=0).array)
    answers = model.predict_proba(TABLE)
    assert np.array_equal(model.predict_proba(shuffled), answers)
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict_proba(TABLE), answers)
    path = artifacts.save(model, tmp_path / "model.skcook", X_example=TABLE)
    loaded = artifacts.load(path)
    assert np.array_equal(loaded.predict_proba(TABLE), answers)
    assert loaded.corrections_ == DROP


@pytest.mark.parametrize(
    "around",
    [
        lambda m: ExplainedClassifier(m, explainer=TabularExplainer(n_samples=64)),
        AnyLabelsClassifier,
        lambda m: GridSearchCV(m, {"corrections": [Corrections(), DROP]}, cv=2),
    ],
    ids=["explained", "any labels", "search over corrections"],
)
def test_it_goes_inside_every_wrapper(around):
    model = around(ReviewedClassifier(tabular_pipeline("lightgbm"), corrections=DROP))
    model.fit(TABLE, target())
    assert model.predict(TABLE).shape == (N,)


def test_a_dropped_column_has_no_weight_in_explanations():
    model = ReviewedClassifier(WRAPPERS["explained"], corrections=DROP).fit(TABLE, target())
    for feature in model.explain(TABLE[:3]).to_frame().itertuples():
        assert feature.feature != "word" or abs(feature.weight) < 1e-9


# Texts --------------------------------------------------------------------------------------------

TEXTS = ["Zqhost says the film is good", "the FILM, zqhost: good", "xv bad film", "xv is bad"] * 5
LABELS = [1, 1, 0, 0] * 5
STRIKE = Corrections().add("word", "zqhost").add("word", "xv")
CLEAN = ["good", "film good", "bad film", "bad"]


@pytest.mark.parametrize(
    "vectorizer",
    [
        TextVectorizer(),
        TextVectorizer(stop_words="english", keep_words=["zqhost"], stem="porter"),
        TextVectorizer(lowercase=False),
        TfidfVectorizer(),
        TfidfVectorizer(analyzer="char", ngram_range=(2, 3)),
        HashingVectorizer(n_features=64),
    ],
    ids=["words", "stems", "cases", "sklearn", "char", "hashing"],
)
@pytest.mark.parametrize(
    "wrap",
    [list, np.array, pd.Series, lambda texts: np.array(texts, dtype=object)],
    ids=["list", "array", "series", "objects"],
)
def test_struck_words_tell_nothing_to_any_vectorizer(vectorizer, wrap):
    model = ReviewedClassifier(
        make_pipeline(vectorizer, LogisticRegression()), corrections=STRIKE
    ).fit(wrap(TEXTS), LABELS)
    marked = wrap(["zqhost a film", "ZQHOST a film", "xv a film"])
    answers = model.predict_proba(marked)
    assert np.allclose(answers, answers[:1])


def test_words_of_a_frame_are_taken_from_their_column():
    X = pd.DataFrame({"body": TEXTS, "title": ["zqhost", "xv"] * 10})
    vectorizer = make_column_transformer(
        (TextVectorizer(), ["body"]), (TextVectorizer(), ["title"])
    )
    corrections = Corrections().add("word", "zqhost", column="body")
    model = make_pipeline(vectorizer, LogisticRegression())
    edited = ReviewedClassifier(model, corrections=corrections).fit(X, LABELS).correct(X)
    assert edited["title"].tolist() == X["title"].tolist()
    assert edited["body"][0] == " says the film is good"


def test_the_users_own_vectorizer_is_not_changed():
    vectorizer = TextVectorizer(stop_words=["the"])
    model = make_pipeline(vectorizer, LogisticRegression())
    fitted = ReviewedClassifier(model, corrections=STRIKE).fit(TEXTS, LABELS)
    assert vectorizer.stop_words == ["the"]
    assert fitted.estimator_[0].stop_words == ["the", "xv", "zqhost"]
    assert fitted.edits_ == []


def test_a_search_over_stop_words_does_not_bring_struck_words_back():
    search = GridSearchCV(
        make_pipeline(TextVectorizer(), LogisticRegression()),
        {"textvectorizer__stop_words": [["the"], ["is"]]},
        cv=2,
    )
    model = ReviewedClassifier(search, corrections=STRIKE).fit(TEXTS, LABELS)
    assert "zqhost" not in model.estimator_.best_estimator_[0].get_feature_names_out()


def test_explanations_do_not_name_struck_words():
    model = make_pipeline(TextVectorizer(), LogisticRegression())
    model = ReviewedClassifier(model, corrections=STRIKE).fit(TEXTS, LABELS)
    explanations = TextExplainer(model, n_samples=64, random_state=0).fit().explain(TEXTS[:4])
    weights = explanations.to_frame().set_index("feature")["weight"]
    assert weights.abs().max() > 0.1
    for word in ("zqhost", "Zqhost", "xv"):
        assert word not in weights.index or np.abs(weights[word]).max() < 0.02


# Directions ---------------------------------------------------------------------------------------


def wavy():
    rng = np.random.default_rng(1)
    X = pd.DataFrame({"a": rng.normal(size=400), "b": rng.normal(size=400)})
    X.loc[::50, "a"] = np.nan
    y = np.where(np.sin(3 * X["a"].fillna(0)) + X["b"] > 0, "yes", "no")
    return X, y


def steps_of(model, sign):
    along = pd.DataFrame({"a": np.linspace(-3, 3, 60), "b": 0.0})
    return np.diff(model.predict_proba(along)[:, 1]) * sign


BOOSTER = HistGradientBoostingClassifier(max_iter=10)
MODELS = {
    "hist": BOOSTER,
    "tree": DecisionTreeClassifier(max_depth=4),
    "forest": RandomForestClassifier(10, max_depth=4),
    "lightgbm": tabular_pipeline("lightgbm"),
    "xgboost": AnyLabelsClassifier(tabular_pipeline("xgboost")),
    "scaled": make_pipeline(StandardScaler(), BOOSTER),
    "turned": make_pipeline(FunctionTransformer(np.negative), BOOSTER),
    "swapped": make_pipeline(make_column_transformer(("passthrough", ["b", "a"])), BOOSTER),
    "stopping": EarlyStoppingClassifier(BOOSTER, max_iter=200, n_iter_no_change=2, random_state=0),
    "search": GridSearchCV(BOOSTER, {"learning_rate": [0.1, 0.3]}, cv=2),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_direction_holds_through_steps_and_wrappers(model):
    X, y = wavy()
    free = ReviewedClassifier(model).fit(X, y)
    assert steps_of(free, 1).min() < 0 < steps_of(free, 1).max()
    for sign, word in ((1, "up"), (-1, "down")):
        corrections = Corrections().add("direction", "a", sign=word)
        held = ReviewedClassifier(model, corrections=corrections).fit(X, y)
        assert steps_of(held, sign).min() >= -1e-12


def test_a_direction_is_about_the_class_that_is_named():
    X, y = wavy()
    corrections = Corrections().add("direction", "a", sign="up", target="no")
    held = ReviewedClassifier(BOOSTER, corrections=corrections).fit(X, y)
    assert steps_of(held, -1).min() >= 0


def test_a_direction_of_a_regression():
    X, _ = wavy()
    from sklearn.ensemble import HistGradientBoostingRegressor

    corrections = Corrections().add("direction", "a", sign="up")
    model = ReviewedRegressor(HistGradientBoostingRegressor(max_iter=10), corrections=corrections)
    model.fit(X, np.sin(3 * X["a"].fillna(0)))
    along = pd.DataFrame({"a": np.linspace(-3, 3, 60), "b": 0.0})
    assert (np.diff(model.predict(along)) >= 0).all()


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (make_pipeline(GaussianNB()), "GaussianNB cannot be held to a direction of 'a'"),
        (make_pipeline(PolynomialFeatures(), BOOSTER), "not reach the model as a number"),
        (
            make_pipeline(make_column_transformer(("passthrough", ["b"])), BOOSTER),
            "does not reach the model",
        ),
        (
            HistGradientBoostingClassifier(monotonic_cst={"b": 1}),
            "must be a list of 2 numbers",
        ),
    ],
    ids=["model", "mixed", "absent", "given by name"],
)
def test_a_direction_that_cannot_be_held_is_refused(model, says):
    X, y = wavy()
    corrections = Corrections().add("direction", "a", sign="up")
    with pytest.raises(CorrectionError, match=says):
        ReviewedClassifier(model, corrections=corrections).fit(X.fillna(0.0), y)


def test_constraints_of_the_users_own_are_kept():
    X, y = wavy()
    model = HistGradientBoostingClassifier(max_iter=10, monotonic_cst=[0, -1])
    corrections = Corrections().add("direction", "a", sign="up")
    held = ReviewedClassifier(model, corrections=corrections).fit(X, y)
    assert list(held.estimator_.monotonic_cst) == [1, -1]


def test_several_classes_have_no_direction():
    X, _ = wavy()
    corrections = Corrections().add("direction", "a", sign="up")
    with pytest.raises(CorrectionError, match="y has 3 classes"):
        ReviewedClassifier(BOOSTER, corrections=corrections).fit(X, np.arange(len(X)) % 3)


def test_a_search_is_scored_by_its_own_scoring_on_corrected_rows():
    X, y = pd.DataFrame(rows())[["number", "count"]], target()
    search = GridSearchCV(
        DecisionTreeClassifier(max_depth=2), {"max_depth": [2]}, scoring="neg_log_loss", cv=2
    )
    corrections = Corrections().add("drop", "count")
    model = ReviewedClassifier(search, corrections=corrections).fit(X, y)
    assert model.score(X, y) == model.score(X.assign(count=0), y) < 0
