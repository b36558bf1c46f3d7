"""A review from the first look to the better model, on planted leaks."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

from skcook import artifacts
from skcook.exceptions import ColumnsError, CorrectionError
from skcook.explain import TextExplainer
from skcook.models import AnyLabelsClassifier, tabular_pipeline
from skcook.review import Corrections, Review, ReviewedClassifier, find_proxies
from skcook.text import TextVectorizer

BOOSTER = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=6)


def leaky_table(n, share, seed):
    """Honest columns a and b; a leak and a copy of it that agree with the label in this share."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n)})
    y = (X["a"] + 0.7 * X["b"] + rng.normal(size=n) > 0).to_numpy().astype(int)
    side = np.where(rng.random(n) < share, y, 1 - y)
    X["leak"] = np.where(side == 1, rng.choice(["n", "h"], n), rng.choice(["s", "m"], n))
    X["copy"] = np.where(rng.random(n) < 0.95, side, 1 - side) * 3.0 + rng.normal(size=n)
    X["noise"] = rng.normal(size=n)
    return X, y


def leaky_texts(n, share, seed):
    rng = np.random.default_rng(seed)
    topics = [[f"{name}{chr(97 + i)}" for i in range(20)] for name in ("alpha", "beta")]
    leaks = [[f"{name}{i}" for i in range(6)] for name in ("zqhost", "xvhost")]
    y = rng.integers(0, 2, n)
    texts = []
    for label in y:
        side = label if rng.random() < share else 1 - label
        words = [*rng.choice(topics[label], 3), *rng.choice(topics[1 - label], 2)]
        words += [*rng.choice(leaks[side], 2), *rng.choice(["the", "of", "and", "one"], 6)]
        rng.shuffle(words)
        texts.append(" ".join(words))
    return texts, y


TABLE, TARGET = leaky_table(600, 0.95, 0)
CLEAN, CLEAN_TARGET = leaky_table(600, 0.5, 1)
TEXTS, LABELS = leaky_texts(400, 0.95, 0)
CLEAN_TEXTS, CLEAN_LABELS = leaky_texts(400, 0.5, 1)
TEXT_MODEL = make_pipeline(TextVectorizer(), LogisticRegression(C=5))


@pytest.fixture
def review():
    return Review(tabular_pipeline("lightgbm"), TABLE, TARGET, who="ana", random_state=0, pool=40)


def judge(review, rows, bad):
    for row in rows:
        for feature in row.features:
            said = "wrong" if bad(feature.feature) else "right"
            review.mark(feature.feature, said, row=row.row)


def test_a_review_of_a_table_leads_to_a_better_model(review):
    before = review.start.score(CLEAN, CLEAN_TARGET)
    judge(review, review.pick(5), {"leak", "copy"}.__contains__)
    better = review.refit()
    assert {c.feature for c in review.corrections} == {"leak", "copy"}
    assert better.score(CLEAN, CLEAN_TARGET) > before + 0.1
    assert review.start.score(CLEAN, CLEAN_TARGET) == before


def test_a_review_of_texts_leads_to_a_better_model():
    review = Review(TEXT_MODEL, TEXTS, LABELS, random_state=0)
    before = review.start.score(CLEAN_TEXTS, CLEAN_LABELS)
    for _ in range(2):
        judge(review, review.pick(8), lambda word: word[2:6] == "host")
        review.refit()
    assert review.model.score(CLEAN_TEXTS, CLEAN_LABELS) > before + 0.1
    assert {c.kind for c in review.corrections} == {"word"}


@pytest.mark.parametrize("data", ["table", "texts"])
def test_a_judged_reason_is_not_asked_again(data):
    if data == "table":
        table = TABLE[["a", "b", "copy", "noise"]][:200]
        review = Review(BOOSTER, table, TARGET[:200], random_state=0)
    else:
        review = Review(TEXT_MODEL, TEXTS, LABELS, random_state=0)
    first = review.pick(3)
    asked = {feature.feature for feature in first[0].features[:2]}
    for feature in asked:
        review.mark(feature, "right", row=first[0].row)
    for _ in range(2):
        rows = review.pick(5)
        assert not asked & {feature.feature for row in rows for feature in row.features}
        for row in rows:
            total = row.intercept + row.weights.sum() + row.others + row.rest
            assert total == pytest.approx(row.prediction)
        review.refit()


def test_until_it_has_enough_votes_a_reason_is_asked_again_and_not_corrected():
    review = Review(BOOSTER, TABLE[["a", "copy"]], TARGET, min_votes=2, random_state=0)
    review.mark("copy", row=0)
    assert not review.corrections
    assert "copy" in {f.feature for row in review.pick(3) for f in row.features}
    review.mark("copy", row=1)
    assert [c.feature for c in review.corrections] == ["copy"]


def test_a_reason_with_as_many_votes_for_as_against_is_asked_until_one_more_decides(review):
    def asked():
        return {f.feature for row in review.pick(5) for f in row.features}

    for row, verdict in enumerate(["wrong", "right"]):
        review.mark("leak", verdict, row=row)
    assert "leak" in asked()
    review.mark("leak", "right", row=2)
    assert "leak" not in asked()
    assert len(review.corrections) == 0


def test_rows_are_positions_in_the_training_data(review):
    picked = review.pick(4)
    for row in picked:
        for feature in row.features:
            value = TABLE.iloc[row.row][feature.feature]
            assert feature.value == value or feature.value == pytest.approx(value)


def test_one_careless_click_is_outvoted(review):
    for row in range(5):
        review.mark("a", "wrong" if row == 0 else "right", row=row)
    assert not review.corrections
    assert review.verdicts.to_dict("records") == [
        {"kind": "drop", "feature": "a", "right": 4, "wrong": 1, "wrong way": 0}
    ]


def test_verdicts_are_taken_back_last_first_or_by_id(review):
    first = review.mark("leak")
    review.mark("copy")
    review.undo()
    assert [c.feature for c in review.corrections] == ["leak"]
    review.undo(first)
    assert not review.corrections
    with pytest.raises(CorrectionError, match="ana has no such verdict"):
        review.undo()


def test_rows_are_labelled_and_left_out_by_content(review):
    review.label(3, 1 - TARGET[3])
    review.leave_out(5)
    model = review.refit()
    assert model.n_rows_found_ == 2


def test_the_wrong_way_holds_the_model_to_the_other():
    X = pd.DataFrame({"a": np.linspace(-2, 2, 300), "b": np.random.default_rng(0).normal(size=300)})
    y = np.where(X["a"] + 0.3 * X["b"] > 0, "yes", "no")
    review = Review(BOOSTER, X, y, random_state=0)
    review.mark("a", "wrong way")
    assert review.corrections[0].detail == {"sign": "down", "target": "yes"}
    along = pd.DataFrame({"a": np.linspace(-2, 2, 30), "b": 0.0})
    assert (np.diff(review.refit().predict_proba(along)[:, 1]) <= 0).all()


def test_a_regression_is_reviewed_as_well():
    X = TABLE[["a", "b", "copy"]]
    review = Review(Ridge(), X, X["a"] + 5 * X["copy"], random_state=0)
    assert review.pick(2)[0].features[0].feature == "copy"
    review.mark("copy", "wrong way")
    assert review.corrections[0].detail == {"sign": "down"}
    with pytest.raises(CorrectionError, match="Ridge cannot be held"):
        review.refit()


@pytest.mark.parametrize(
    ("feature", "more", "error", "says"),
    [
        ("leek", {}, ColumnsError, "Did you mean 'leak'"),
        ("leak", {"verdict": "bad"}, CorrectionError, "is none of"),
        ("leak", {"verdict": "wrong way"}, CorrectionError, "holds no numbers"),
        ("leak", {"row": 600}, CorrectionError, "rows 0 to 599"),
        ("leak", {"why": "x" * 3000}, CorrectionError, "at most 2000"),
    ],
)
def test_what_cannot_be_marked_is_refused(review, feature, more, error, says):
    with pytest.raises(error, match=says):
        review.mark(feature, **more)
    assert review.verdicts.empty


def test_three_classes_have_no_wrong_way():
    review = Review(BOOSTER, TABLE[["a", "b"]], np.arange(600) % 3, random_state=0)
    with pytest.raises(CorrectionError, match="needs a number, or one of two classes"):
        review.mark("a", "wrong way")


def test_only_models_that_predict_are_reviewed():
    with pytest.raises(TypeError, match="KMeans is neither"):
        Review(KMeans(), TABLE, TARGET)


def test_a_log_is_shared_and_read_later(tmp_path):
    path = tmp_path / "verdicts.jsonl"
    for who in ("ana", "ben"):
        review = Review(BOOSTER, TABLE[["a", "copy"]], TARGET, who=who, log=path, random_state=0)
        review.mark("copy", why=f"says {who}", row=0)
    corrections = Corrections.from_feedback(path)
    assert corrections == review.corrections
    assert (corrections[0].votes, corrections[0].who) == ((2, 2), "ana, ben")


def test_texts_in_one_column_of_an_array_are_reviewed():
    X = np.array(TEXTS, dtype=object)[:, None]
    review = Review(TEXT_MODEL, X, LABELS, random_state=0)
    review.mark("zqhost1")
    assert "zqhost2" in {proposal.feature for proposal in review.proposals}


def test_targets_of_another_length_are_refused():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        Review(BOOSTER, TABLE, TARGET[:5])


@pytest.mark.parametrize(
    "container", [pl.from_pandas, lambda frame: frame.to_numpy()], ids=["polars", "numpy"]
)
def test_other_containers_are_reviewed_alike(container):
    X = container(TABLE[["a", "b", "copy"]])
    name = "x2" if isinstance(X, np.ndarray) else "copy"
    review = Review(BOOSTER, X, TARGET, random_state=0)
    assert name in {f.feature for row in review.pick(3) for f in row.features}
    review.mark(name)
    review.refit()
    assert name not in {f.feature for row in review.pick(3) for f in row.features}


def test_proxies_are_proposed_after_a_column_was_struck(review):
    assert review.proposals == []
    review.mark("leak", row=0)
    (proposal,) = review.proposals
    assert (proposal.feature, proposal.kind) == ("copy", "drop")
    assert "tells" in proposal.because
    review.mark(proposal.feature, kind=proposal.kind)
    assert review.proposals == []


def test_words_that_are_alike_are_proposed():
    review = Review(TEXT_MODEL, TEXTS, LABELS, random_state=0)
    review.mark("zqhost1")
    found = {proposal.feature for proposal in review.proposals}
    assert {f"zqhost{i}" for i in (0, 2, 3, 4, 5)} <= found
    assert not [feature for feature in found if feature.startswith("alpha")]


def test_words_that_go_together_are_proposed():
    texts = ["signed brutus caesar", "the cat sat", "brutus caesar again", "a dog sat"] * 5
    review = Review(TEXT_MODEL, texts, [1, 0, 1, 0] * 5, random_state=0)
    review.mark("brutus")
    assert review.proposals[0].feature == "caesar"
    assert "goes with 'brutus'" in review.proposals[0].because


def test_a_word_that_was_called_right_is_doubted_if_many_alike_were_struck():
    review = Review(TEXT_MODEL, TEXTS, LABELS, random_state=0)
    review.mark("zqhost0", "right")
    review.mark("zqhost1")
    assert "zqhost0" not in {proposal.feature for proposal in review.proposals}
    review.mark("zqhost2")
    review.mark("zqhost3")
    (doubt,) = [p for p in review.proposals if p.feature == "zqhost0"]
    assert "called right" in doubt.because


POST = "From: {who}@uni.edu\nSubject: {word}\nOrganization: Acme\n\n{body}\n"


def test_the_group_in_which_struck_words_stand_is_proposed():
    bodies = ["the match was long", "the file was lost"] * 10
    texts = [
        POST.format(who="ab"[i % 2] * 4, word="re", body=body) for i, body in enumerate(bodies)
    ]
    review = Review(TEXT_MODEL, texts, [0, 1] * 10, random_state=0)
    review.mark("aaaa")
    review.mark("bbbb")
    proposals = {p.feature: p for p in review.proposals if p.kind == "pattern"}
    assert {"headers", "emails"} <= set(proposals)
    assert "100%" in proposals["headers"].because
    review.mark("headers", kind="pattern")
    seen = review.refit().correct(texts)
    assert seen[0].strip() == "the match was long"


def test_after_a_group_was_struck_the_next_one_is_proposed():
    texts = [
        f"From: {who}\nOrganization: {who}\n\nthe {topic} was long\n> {who} said so\n"
        for who, topic in [("aaaa", "match"), ("bbbb", "file")] * 10
    ]
    review = Review(TEXT_MODEL, texts, [0, 1] * 10, random_state=0)
    review.mark("aaaa")
    review.mark("bbbb")
    for group in ("headers", "quotes"):
        assert [p.feature for p in review.proposals if p.kind == "pattern"] == [group]
        review.mark(group, kind="pattern")
    assert [p for p in review.proposals if p.kind == "pattern"] == []


@pytest.mark.parametrize("vectorizer", [TextVectorizer(), CountVectorizer()])
def test_a_reviewed_model_of_texts_is_explained_by_what_it_reads(vectorizer, monkeypatch):
    posts = [
        f"From: {who}\n\nthe {what} was long" for who, what in [("aa", "match"), ("bb", "file")]
    ]
    corrections = Corrections().add("word", "file").add("pattern", "headers")
    model = make_pipeline(vectorizer, LogisticRegression())
    model = ReviewedClassifier(model, corrections=corrections).fit(posts * 5, [0, 1] * 5)
    inside = TextExplainer(model.estimator_, n_samples=64, random_state=0).fit()
    expected = inside.explain(model.correct(posts))
    # The vectorizer reads masks: no text is made for them.
    monkeypatch.setattr(ReviewedClassifier, "predict_proba", None)
    found = TextExplainer(model, n_samples=64, random_state=0).fit().explain(posts)
    for told, same in zip(found, expected, strict=True):
        assert {f.feature: f.weight for f in told.features} == pytest.approx(
            {f.feature: f.weight for f in same.features}
        )
        assert "".join(text for text, *_ in told.pieces()) in posts


def test_the_reviewed_model_is_saved_with_its_corrections(review, tmp_path):
    review.mark("leak", why="known only afterwards")
    path = artifacts.save(review.refit(), tmp_path / "model.skcook", X_example=TABLE)
    assert artifacts.load(path).corrections_ == review.corrections
    assert artifacts.inspect(path)["corrections"] == review.corrections.to_list()


def test_the_corrections_of_a_model_inside_another_are_shown_too(review, tmp_path, capsys):
    from skcook.serve.process._serve_command import main

    review.mark("leak", why="known only afterwards")
    model = ReviewedClassifier(tabular_pipeline("lightgbm"), corrections=review.corrections)
    model = AnyLabelsClassifier(model).fit(TABLE, TARGET)
    path = artifacts.save(model, tmp_path / "model.skcook", X_example=TABLE)
    main(["inspect", str(path)])
    assert "corrected: drop 'leak', by 'ana', because 'known only afterwards'" in (
        capsys.readouterr().out
    )


# find_proxies -------------------------------------------------------------------------------------


@pytest.mark.parametrize("container", [lambda f: f, pl.from_pandas], ids=["pandas", "polars"])
def test_the_copy_of_a_leak_is_its_first_proxy(container):
    X = container(TABLE)
    model = tabular_pipeline("lightgbm").fit(X, TARGET)
    proxies = find_proxies(model, X, "leak", random_state=0)
    assert proxies["feature"].tolist()[0] == "copy"
    assert proxies["r2"].iloc[0] > 0.4
    assert proxies["r2"].iloc[1:].max() < 0.15
    assert set(proxies["feature"]) == set(TABLE) - {"leak"}


def test_a_column_that_the_model_does_not_use_has_no_proxies():
    y = (TABLE["a"] > 0).to_numpy()
    model = HistGradientBoostingClassifier(max_iter=5).fit(TABLE[["a", "copy"]], y)
    constant = find_proxies(model, TABLE[["a", "copy"]].assign(copy=1.0), "copy")
    assert constant["r2"].tolist() == [0.0]


def test_missing_values_are_told_as_well():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"gone": rng.normal(size=400), "other": rng.normal(size=400)})
    absent = rng.random(400) < 0.5
    X.loc[absent, "gone"] = np.nan
    X["flag"] = np.where(absent, "yes", None)
    model = HistGradientBoostingClassifier(max_iter=10).fit(X[["gone", "other"]], absent)

    def whole(Z):
        return model.predict_proba(Z[["gone", "other"]])

    proxies = find_proxies(whole, X, "gone", random_state=0)
    assert proxies["feature"].tolist()[0] == "flag"
    assert proxies["r2"].iloc[0] > 0.9


@pytest.mark.parametrize("kind", ["datetime", "duration"])
def test_times_have_a_curve_as_numbers_have(kind):
    rng = np.random.default_rng(0)
    days = rng.permutation(600)
    spans = pd.Series(pd.to_timedelta(days, unit="D"))
    when = spans if kind == "duration" else pd.Timestamp("2024-01-01") + spans
    X = pd.DataFrame({"when": when.mask(days < 3), "copy": days + rng.normal(0, 20, 600)})

    def late(Z):
        return (Z["when"].rank(pct=True) > 0.5).to_numpy(float)

    assert find_proxies(late, X, "when", random_state=0)["r2"].iloc[0] > 0.8


def test_words_that_stand_together_are_proxies_of_each_other():
    texts = ["brutus caesar", "cat sat", "brutus caesar again", "dog sat", "again the dog"] * 4
    model = TEXT_MODEL.fit(texts, [1, 0, 1, 0, 0] * 4)
    proxies = find_proxies(model, texts, "Brutus")
    assert (proxies["feature"].iloc[0], round(proxies["r2"].iloc[0], 6)) == ("caesar", 1.0)
    assert find_proxies(model, texts, "absent").empty
