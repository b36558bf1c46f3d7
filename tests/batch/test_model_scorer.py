from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.cluster import KMeans
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from skcook import artifacts
from skcook.batch._job import OUTPUTS as OUTPUTS_BY_NAME
from skcook.batch._job import BatchError
from skcook.batch._model_scorer import BatchScorer
from skcook.batch._sources import SourceFile, open_source
from skcook.explain import ExplainedClassifier, TabularExplainer
from skcook.recommend import PopularityRecommender


def scorer_for(saved, job, **settings):
    return BatchScorer(saved.artifact, job("in.parquet", **settings), as_text=False)


def test_predictions_probabilities_and_kept_columns(saved, job, penguin_rows):
    scorer = scorer_for(saved, job, outputs=("predict", "proba"), keep=("id", "sex"))
    table = scorer.score(pa.Table.from_pandas(penguin_rows.head(20))).table
    assert table.column_names == [
        "id",
        "sex",
        "prediction",
        "probability_Adelie",
        "probability_Chinstrap",
        "probability_Gentoo",
    ]
    assert table.column("prediction").to_pylist() == saved.predictions[:20].tolist()
    expected = saved.model.predict_proba(saved.X.head(20))
    np.testing.assert_array_equal(table.column("probability_Gentoo"), expected[:, 2])


def test_kept_columns_follow_the_rows_that_fit(saved, job, penguin_rows):
    rows = penguin_rows.head(5).copy()
    rows.loc[[1, 3], "body_mass_g"] = np.nan
    scored = scorer_for(saved, job, keep=("id",)).score(pa.Table.from_pandas(rows))
    assert scored.table.column("id").to_pylist() == [0, 2, 4]
    assert [reject["row"] for reject in scored.rejects] == [1, 3]


def test_a_batch_in_which_no_row_fits_has_the_usual_columns(saved, job, penguin_rows):
    scorer = scorer_for(saved, job, keep=("id",))
    whole = scorer.score(pa.Table.from_pandas(penguin_rows.head(2))).table
    rows = penguin_rows.head(2).assign(body_mass_g=np.nan)
    empty = scorer.score(pa.Table.from_pandas(rows)).table
    assert empty.schema.equals(whole.schema)
    assert empty.num_rows == 0


def test_columns_that_have_to_be_read(saved, job):
    assert scorer_for(saved, job, keep=("id", "sex")).columns == [*saved.X.columns, "id"]


@pytest.mark.parametrize("as_text", [True, False], ids=["text", "typed"])
def test_values_of_partition_folders_get_the_types_of_the_model(saved, job, as_text):
    partition = {"body_mass_g": "4500", "flipper_length_mm": None, "sex": "male", "day": "1"}
    file = SourceFile(Path("in"), "in", "parquet", (), partition)
    scorer = BatchScorer(saved.artifact, job("in.parquet"), as_text=as_text)
    expected = partition if as_text else {**partition, "body_mass_g": 4500}
    assert scorer.typed(file).partition == expected


def test_what_a_model_cannot_do_is_refused(saved, job):
    with pytest.raises(BatchError, match=r"has no 'transform'\. It has predict, predict_proba"):
        scorer_for(saved, job, outputs=("transform",))
    bare = SimpleNamespace(artifact=artifacts.wrap(saved.model, saved.X, background=0))
    with pytest.raises(BatchError, match=r"cannot be explained: .*no background rows"):
        scorer_for(bare, job, explain=3)
    with pytest.raises(BatchError, match="recommends nothing"):
        scorer_for(saved, job, outputs=(), recommend=3)
    with pytest.raises(BatchError, match="go neither with each other nor with --output"):
        scorer_for(saved, job, recommend=3)


def test_users_get_their_items(tmp_path, job):
    pairs = pd.DataFrame({"user": ["ann", "bob", "bob", "cleo"], "item": ["a", "a", "b", "c"]})
    model = PopularityRecommender().fit(pairs)
    artifacts.save(model, tmp_path / "items.skcook", X_example=pairs)
    work = job("in.parquet", outputs=(), recommend=2)
    scorer = BatchScorer(artifacts.read(tmp_path / "items.skcook"), work, as_text=False)
    assert scorer.columns == ["user"]
    users = pa.table({"user": ["ann", "nobody", "ann"], "age": [1, 2, 3]})
    table = scorer.score(users).table
    expected = model.recommend(["ann", "nobody", "ann"], k=2)
    assert table.to_pandas()["item"].tolist() == expected["item"].tolist()
    assert table.column_names == list(expected.columns)


def test_reasons_are_the_strongest_rules_of_each_row(saved, tmp_path, job, penguin_rows):
    model = ExplainedClassifier(saved.model, explainer=TabularExplainer(n_samples=256))
    model.fit(saved.X, penguin_rows["species"])
    artifacts.save(model, tmp_path / "explained.skcook", X_example=saved.X)
    work = job("in.parquet", explain=2)
    artifact = artifacts.read(tmp_path / "explained.skcook")
    scorer = BatchScorer(artifact, work, as_text=False)
    table = scorer.score(pa.Table.from_pandas(penguin_rows.head(3))).table
    assert table.column_names == [
        "prediction",
        "reason_1",
        "reason_1_weight",
        "reason_2",
        "reason_2_weight",
    ]
    features = artifact.model.explain(saved.X.head(3))[1].to_dict()["features"]
    assert table.column("reason_1")[1].as_py() == features[0]["rule"]
    assert table.column("reason_2_weight")[1].as_py() == features[1]["weight"]


def test_a_file_without_rows_has_the_usual_columns(saved, job, write, penguin_rows):
    path = write(penguin_rows.iloc[:0], "parquet")
    (file,) = open_source(path)
    empty = scorer_for(saved, job, keep=("id",)).empty(file)
    assert empty.column_names == ["id", "prediction"]
    assert empty.schema.field("id").type == pa.int64()


X = pd.DataFrame({"a": np.arange(40.0) % 7, "b": np.arange(40.0) % 5})
TWO = np.c_[X["a"] > 3, X["b"] % 3].astype(int)
OUTPUTS = {
    "several outputs": (
        RandomForestClassifier(3, random_state=0).fit(X, TWO),
        "proba",
        [f"probability_{name}" for name in ("0_0", "0_1", "1_0", "1_1", "1_2")],
    ),
    "anomaly scores": (IsolationForest(n_estimators=3).fit(X), "score_samples", ["sample_score"]),
    "a margin": (LinearSVC().fit(X, TWO[:, 0]), "decision_function", ["score"]),
    "margins": (
        LinearSVC().fit(X, TWO[:, 1]),
        "decision_function",
        ["score_0", "score_1", "score_2"],
    ),
    "a frame": (
        StandardScaler().set_output(transform="pandas").fit(X),
        "transform",
        ["transformed_a", "transformed_b"],
    ),
    "an array": (StandardScaler().fit(X), "transform", ["transformed_a", "transformed_b"]),
    "a sparse matrix": (
        OneHotEncoder().fit(X[["b"]]),
        "transform",
        [f"transformed_b_{i}.0" for i in range(5)],
    ),
    "distances": (
        KMeans(2, n_init=1).fit(X),
        "transform",
        ["transformed_kmeans0", "transformed_kmeans1"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("model", "output", "names"), OUTPUTS.values(), ids=OUTPUTS.keys())
def test_every_answer_becomes_flat_and_named_columns(job, model, output, names):
    rows = X if hasattr(model, "estimators_") or model.n_features_in_ == 2 else X[["b"]]
    artifact = artifacts.wrap(model, rows)
    scorer = BatchScorer(artifact, job("in.parquet", outputs=(output,)), as_text=False)
    table = scorer.score(pa.Table.from_pandas(rows.head(3))).table
    assert table.column_names == names
    answers = getattr(model, OUTPUTS_BY_NAME[output])(rows.head(3))
    last = answers[-1] if isinstance(answers, list) else answers
    last = np.asarray(last.toarray() if hasattr(last, "toarray") else last).reshape(3, -1)[:, -1]
    np.testing.assert_allclose(table.column(names[-1]).to_numpy(), last)


def test_a_plain_pipeline_is_explained_by_its_background(saved, job, penguin_rows):
    scorer = scorer_for(saved, job, explain=2)
    table = scorer.score(pa.Table.from_pandas(penguin_rows.head(2))).table
    assert table.column_names[1:] == [
        "reason_1", "reason_1_weight", "reason_2", "reason_2_weight",
    ]  # fmt: skip
    assert table.column("reason_1").null_count == 0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, "b"], ["1", "b"]),
        ([99999999999999999999, 1], ["99999999999999999999", "1"]),
        ([None, 5], [None, 5]),
        (["\ud800", "b"], ["\\ud800", "b"]),
        ([{"x": 1}, 3], ['{"x": 1}', "3"]),
    ],
    ids=["mixed", "beyond 64 bits", "absent", "half a character", "an object"],
)
def test_kept_values_of_json_may_be_anything(saved, job, penguin_rows, values, expected):
    rows = penguin_rows.head(2).drop(columns="id").to_dict("records")
    rows = [{**row, "id": value} for row, value in zip(rows, values)]
    table = scorer_for(saved, job, keep=("id",)).score(rows).table
    assert table.column("id").to_pylist() == expected


def test_a_kept_column_with_the_name_of_an_output_is_refused_before_a_row_is_scored(saved, job):
    with pytest.raises(BatchError, match="column prediction is to be kept, and has the name of"):
        scorer_for(saved, job, keep=("prediction",))


def logarithms():
    frame = X + 1
    return make_pipeline(FunctionTransformer(np.log), LinearRegression()).fit(frame, frame["a"])


@pytest.mark.parametrize("bad", [[3], [0, 39], list(range(10))], ids=str)
def test_rows_that_the_model_refuses_are_set_aside(job, bad):
    rows = (X + 1).copy()
    rows.loc[bad, "a"] = -5.0
    work = job("in.parquet", on_bad_rows="reject")
    scorer = BatchScorer(artifacts.wrap(logarithms(), X + 1), work, as_text=False)
    with np.errstate(invalid="ignore"):
        scored = scorer.score(pa.Table.from_pandas(rows))
    assert [reject["row"] for reject in scored.rejects] == bad
    assert scored.rejects[0]["problems"][0]["code"] == "model"
    assert scored.table.num_rows == 40 - len(bad)


def test_answers_that_are_not_one_per_row_are_refused(job):
    class Mean(DummyRegressor):
        def predict(self, X):
            return float(super().predict(X).mean())

    artifact = artifacts.wrap(Mean().fit(X, X["a"]), X)
    scorer = BatchScorer(artifact, job("in.parquet"), as_text=False)
    with pytest.raises(BatchError, match="predict gave no answers for 40 rows"):
        scorer.score(pa.Table.from_pandas(X))
