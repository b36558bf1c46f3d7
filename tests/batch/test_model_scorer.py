from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from skcook import artifacts
from skcook.batch._batch_errors import BatchError
from skcook.batch._model_scorer import BatchScorer
from skcook.batch._sources import SourceFile
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
    with pytest.raises(BatchError, match=r"has no 'explain'\. Save it inside an ExplainedClass"):
        scorer_for(saved, job, explain=3)
    with pytest.raises(BatchError, match="recommends nothing"):
        scorer_for(saved, job, outputs=(), recommend=3)
    with pytest.raises(BatchError, match="goes neither with --output"):
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
    file = SourceFile(path, path.name, "parquet", tuple(penguin_rows.columns))
    empty = scorer_for(saved, job, keep=("id",)).empty(file)
    assert empty.column_names == ["id", "prediction"]
    assert empty.schema.field("id").type == pa.int64()
