import pandas as pd
import pytest

from skcook import batch


def test_files_are_scored_from_python(saved, write, penguin_rows, tmp_path):
    source = write(penguin_rows, "csv")
    summary = batch.score(str(saved.path), str(source), str(tmp_path / "out.csv"), keep=["id"])
    assert summary.rows == len(penguin_rows)
    assert pd.read_csv(summary.output)["prediction"].tolist() == saved.predictions.tolist()


def test_what_stands_in_the_way_is_a_runtime_error(saved, tmp_path):
    with pytest.raises(RuntimeError, match="no such file"):
        batch.score(saved.path, tmp_path / "absent.csv", tmp_path / "out.csv")
