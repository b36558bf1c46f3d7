import io

import fsspec
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from skcook import artifacts, batch
from skcook.batch._job import BatchError, SourceError


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Return a store in memory that holds a model and rows."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    memory = fsspec.filesystem("memory")
    X = pd.DataFrame({"a": np.arange(10.0)})
    artifacts.save(LinearRegression().fit(X, X["a"]), tmp_path / "m.skcook", X)
    memory.pipe("/bucket/m.skcook", (tmp_path / "m.skcook").read_bytes())
    memory.pipe("/bucket/in.csv", X.to_csv(index=False).encode())
    for number in (0, 1):
        data = io.BytesIO()
        X.to_parquet(data)
        memory.pipe(f"/bucket/rows/{number}.parquet", data.getvalue())
    yield memory
    memory.rm("/bucket", recursive=True)


@pytest.mark.parametrize("source", ["in.csv", "rows"])
def test_rows_model_and_scores_may_be_in_a_store(store, source):
    where = "memory://bucket"
    call = (f"{where}/m.skcook", f"{where}/{source}", f"{where}/out.csv")
    summary = batch.score(*call)
    scores = pd.read_csv(io.BytesIO(store.cat_file("/bucket/out.csv")))
    assert scores["prediction"].round(6).tolist() == [*range(10)] * (summary.rows // 10)
    with pytest.raises(BatchError, match=r"memory://bucket/out\.csv exists\. Pass --overwrite"):
        batch.score(*call)
    assert batch.score(*call, overwrite=True).rows == summary.rows


def test_a_folder_of_a_store_is_replaced_only_if_it_is_one_of_scores(store):
    where = "memory://bucket"
    for overwrite in (False, True):
        batch.score(f"{where}/m.skcook", f"{where}/in.csv", f"{where}/out", overwrite=overwrite)
    names = sorted(path.rpartition("/")[2] for path in store.find("/bucket/out"))
    assert names == ["_skcook.json", "part-00000-00000.parquet"]
    with pytest.raises(BatchError, match="is a folder that skcook-score did not write"):
        batch.score(f"{where}/m.skcook", f"{where}/in.csv", f"{where}/rows", overwrite=True)
    assert len(store.find("/bucket/rows")) == 2


def test_what_is_not_there_is_named(store, tmp_path):
    where = "memory://bucket"
    with pytest.raises(SourceError, match="no such file"):
        batch.score(f"{where}/m.skcook", f"{where}/absent.csv", tmp_path / "out.csv")
    with pytest.raises(BatchError, match="the model cannot be read"):
        batch.score(f"{where}/absent.skcook", f"{where}/in.csv", tmp_path / "out.csv")


@pytest.mark.parametrize("output", ["in.csv", "m.skcook", "rows/out.csv", ""])
def test_no_address_is_written_that_is_read(store, output):
    where = "memory://bucket"
    source = "rows" if output.startswith("rows") else "in.csv"
    with pytest.raises(BatchError):
        batch.score(f"{where}/m.skcook", f"{where}/{source}", f"{where}/{output}", overwrite=True)
