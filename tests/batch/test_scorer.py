import numpy as np
import pyarrow as pa
import pytest

from skcook.batch._errors import BatchError
from skcook.batch._scorer import BatchScorer
from skcook.batch._sources import SourceFile


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


def test_what_a_model_cannot_do_is_refused(saved, job):
    with pytest.raises(BatchError, match=r"has no 'explain'\. Save it inside an ExplainedClass"):
        scorer_for(saved, job, explain=3)
    with pytest.raises(BatchError, match="has no 'recommend'"):
        scorer_for(saved, job, recommend=3)


def test_a_file_without_rows_has_the_usual_columns(saved, job, write, penguin_rows):
    path = write(penguin_rows.iloc[:0], "parquet")
    file = SourceFile(path, path.name, "parquet", tuple(penguin_rows.columns))
    empty = scorer_for(saved, job, keep=("id",)).empty(file)
    assert empty.column_names == ["id", "prediction"]
    assert empty.schema.field("id").type == pa.int64()
