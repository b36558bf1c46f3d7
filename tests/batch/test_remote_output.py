import io

import fsspec
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from skcook import artifacts, batch
from skcook.batch._job import BatchError, SourceError
from skcook.serve import create_app
from skcook.serve.process._serve_command import main as serve


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


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_real_s3_server_takes_scores_and_gives_models(tmp_path, monkeypatch, store):
    server = pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    moto = server.ThreadedMotoServer(port=0, verbose=False)
    moto.start()
    try:
        host, port = moto.get_host_and_port()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        s3 = fsspec.filesystem("s3", skip_instance_cache=True)
        s3.mkdir("birds")
        for name in ("m.skcook", "in.csv", "rows/0.parquet", "rows/1.parquet"):
            s3.pipe(f"birds/{name}", store.cat_file(f"/bucket/{name}"))
        for source, output in (("in.csv", "out.csv"), ("rows", "scores")):
            call = ("s3://birds/m.skcook", f"s3://birds/{source}", f"s3://birds/{output}")
            summary = batch.score(*call)
            with pytest.raises(BatchError, match="Pass --overwrite"):
                batch.score(*call)
            assert batch.score(*call, overwrite=True).rows == summary.rows
        s3.invalidate_cache()
        names = sorted(path.rpartition("/")[2] for path in s3.find("birds/scores"))
        assert names == ["_skcook.json", "part-00000-00000.parquet", "part-00001-00000.parquet"]
        assert s3.cat_file("birds/out.csv").count(b"\n") == 11
        client = create_app("s3://birds/m.skcook").test_client()
        rows = {"rows": [{"a": 3.0}]}
        assert client.post("/v1/models/m/predict", json=rows).json["predictions"] == [
            pytest.approx(3.0)
        ]
        assert serve(["inspect", "s3://birds/m.skcook"]) == 0
    finally:
        moto.stop()
