import distributed
import pandas as pd
import pyarrow.parquet as pq
import pytest

from skcook.batch._job import BatchError
from skcook.batch._score_files import plan, run
from skcook.batch._sources import open_source


def test_parts_are_whole_row_groups_and_cover_the_file(write, penguin_rows):
    files = open_source(write(penguin_rows, "parquet"))  # row groups of 40 rows
    tasks = plan(files, 100)
    assert [task.row_groups for task in tasks] == [(0, 1), (2, 3), (4, 5), (6, 7, 8)]
    assert [task.first_row for task in tasks] == [0, 80, 160, 240]
    assert len({task.part for task in tasks}) == len(tasks)


def test_a_file_of_text_is_one_part(write, penguin_rows):
    (task,) = plan(open_source(write(penguin_rows, "csv")), 10)
    assert task.row_groups is None


def test_an_empty_parquet_file_is_one_part(write, penguin_rows):
    (task,) = plan(open_source(write(penguin_rows.iloc[:0], "parquet")), 10)
    assert task.row_groups in ((), (0,))


@pytest.fixture(scope="module")
def cluster():
    # In this process: no worker to start, and what it runs is measured by coverage.
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as running:
        yield running


@pytest.mark.filterwarnings("ignore")  # Dask's own, on closing
def test_a_cluster_gives_the_rows_that_one_process_gives(cluster, job, write, penguin_rows, saved):
    address = cluster.scheduler_address
    source = write(penguin_rows, "parquet")
    work = job(source, engine="dask", scheduler=address, keep=("id",))
    summary = run(work, progress=False)
    assert summary.rows == len(penguin_rows)
    scores = pd.read_parquet(work.output)
    assert scores["id"].tolist() == penguin_rows["id"].tolist()
    assert scores["prediction"].tolist() == saved.predictions.tolist()


@pytest.mark.filterwarnings("ignore")
def test_a_bad_row_on_a_worker_stops_the_run_by_its_place(cluster, job, write, penguin_rows):
    rows = penguin_rows.copy()
    rows.loc[170, "body_mass_g"] = None
    work = job(write(rows, "parquet"), engine="dask", scheduler=cluster.scheduler_address)
    with pytest.raises(BatchError, match=r"in\.parquet, row 170 .*body_mass_g: null"):
        run(work, progress=False)


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_does_not_answer_is_named(job, write, penguin_rows, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("timed out")

    monkeypatch.setattr(distributed, "Client", refuse)
    work = job(write(penguin_rows, "parquet"), engine="dask", scheduler="tcp://127.0.0.1:9")
    with pytest.raises(BatchError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        run(work, progress=False)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_killed_worker_loses_and_doubles_nothing(job, penguin_rows, saved, tmp_path):
    import os
    import signal
    import threading
    import time

    frame = pd.concat([penguin_rows] * 30, ignore_index=True)
    frame["id"] = range(len(frame))
    frame.to_parquet(tmp_path / "in.parquet", row_group_size=100)
    work = job(tmp_path / "in.parquet", engine="dask", keep=("id",), batch_rows=100)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as running:
        address = running.scheduler_address
        parts = tmp_path / ".out.parquet.parts"
        killed = []

        def kill_one():
            deadline = time.monotonic() + 120
            while len(list(parts.glob("*.done"))) < 2 and time.monotonic() < deadline:
                time.sleep(0.001)
            pid = next(iter(running.workers.values())).pid
            os.kill(pid, signal.SIGKILL)
            killed.append(len(list(parts.glob("*.done"))))

        thread = threading.Thread(target=kill_one)
        thread.start()
        work = job(work.source, engine="dask", scheduler=address, keep=("id",), batch_rows=100)
        run(work, progress=False)
        thread.join()
    n_parts = -(-pq.read_metadata(work.source).num_row_groups // 2)
    assert killed[0] < n_parts, "the run was over before the worker was killed"
    scores = pd.read_parquet(work.output)
    assert scores["id"].tolist() == list(range(len(frame)))
    assert scores["prediction"].tolist() == list(saved.predictions) * 30
