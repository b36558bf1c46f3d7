import json
import resource
import signal

import numpy as np
import pandas as pd
import pytest

from skcook.batch import _score_files as _run
from skcook.batch._job import BadRowsError, BatchError, SinkError, SourceError
from skcook.batch._score_files import run

READ = {
    "out.csv": pd.read_csv,
    "out.parquet": pd.read_parquet,
    "out.jsonl": lambda path: pd.read_json(path, lines=True),
    "out": pd.read_parquet,
}


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
@pytest.mark.parametrize("output", READ)
def test_every_row_is_scored_once_and_in_order(job, write, saved, penguin_rows, kind, output):
    work = job(write(penguin_rows, kind), output, keep=("id",))
    summary = run(work, progress=False)
    scores = READ[output](work.output)
    assert scores["id"].astype(int).tolist() == penguin_rows["id"].tolist()
    assert scores["prediction"].tolist() == saved.predictions.tolist()
    assert (summary.rows, summary.rejected, summary.rejects) == (len(penguin_rows), 0, None)
    assert not list(work.output.parent.glob(".out*"))


def test_a_folder_of_files_is_scored_in_the_order_of_names(job, write, saved, penguin_rows):
    write(penguin_rows.iloc[200:], "parquet", "in/b")
    write(penguin_rows.iloc[:200], "parquet", "in/a")
    write(penguin_rows.iloc[:0], "parquet", "in/c")
    work = job(write(penguin_rows.iloc[:0], "parquet", "in/d").parent)
    run(work, progress=False)
    assert pd.read_parquet(work.output)["prediction"].tolist() == saved.predictions.tolist()


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_an_input_without_rows_gives_an_output_without_rows(job, write, penguin_rows, kind):
    work = job(write(penguin_rows.iloc[:0], kind), "out.csv", keep=("id",))
    if kind == "jsonl":
        work = job(work.source, "out.csv")
    assert run(work, progress=False).rows == 0
    assert pd.read_csv(work.output).columns[-1] == "prediction"


def spoilt(frame):
    frame = frame.copy()
    frame["body_mass_g"] = frame["body_mass_g"].astype(object)
    frame.loc[[3, 170], "body_mass_g"] = "heavy"
    return frame


def test_rows_that_do_not_fit_are_set_aside_with_place_and_reason(job, write, penguin_rows):
    work = job(write(spoilt(penguin_rows), "csv"), "out.csv", keep=("id",), on_bad_rows="reject")
    summary = run(work, progress=False)
    assert (summary.rows, summary.rejected) == (len(penguin_rows) - 2, 2)
    rejects = [json.loads(line) for line in summary.rejects.read_text().splitlines()]
    assert [(r["file"], r["row"]) for r in rejects] == [("in.csv", 3), ("in.csv", 170)]
    assert rejects[0]["problems"] == [
        {"code": "type", "expected": "number", "got": "string", "column": "body_mass_g"}
    ]
    kept = pd.read_csv(work.output)["id"].tolist()
    assert kept == [i for i in penguin_rows["id"] if i not in (3, 170)]


def test_a_row_that_does_not_fit_stops_the_run_by_default(job, write, penguin_rows):
    work = job(write(spoilt(penguin_rows), "csv"))
    with pytest.raises(BadRowsError, match=r"in\.csv, row 3 .*body_mass_g: type, expected number"):
        run(work, progress=False)
    assert not work.output.exists()


def test_a_column_that_the_input_has_twice_is_refused_if_it_is_used(job, tmp_path, penguin_rows):
    frame = penguin_rows.head(3)
    path = tmp_path / "in.csv"
    pd.concat([frame, frame[["id"]]], axis=1).to_csv(path, index=False)
    assert run(job(path), progress=False).rows == 3
    with pytest.raises(SourceError, match="more than one column is named id"):
        run(job(path, "other.csv", keep=("id",)), progress=False)


def test_a_run_that_broke_off_goes_on_without_a_lost_or_doubled_row(
    job, write, saved, penguin_rows, monkeypatch
):
    work = job(write(penguin_rows, "parquet"), keep=("id",))
    real, parts = _run.write_part, []

    def breaks_off(part, *args):
        if len(parts) == 2:
            raise KeyboardInterrupt
        parts.append(part)
        return real(part, *args)

    monkeypatch.setattr(_run, "write_part", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        run(work, progress=False)
    assert not work.output.exists()
    monkeypatch.setattr(
        _run, "write_part", lambda part, *args: parts.append(part) or real(part, *args)
    )
    again = job(work.source, keep=("id",), resume=True)
    summary = run(again, progress=False)
    assert summary.resumed == 200
    assert len(parts) == len(set(parts)) == 4
    scores = pd.read_parquet(work.output)
    assert scores["id"].tolist() == penguin_rows["id"].tolist()
    assert scores["prediction"].tolist() == saved.predictions.tolist()


def test_an_input_that_changed_is_not_gone_on_with(job, write, penguin_rows, monkeypatch):
    path = write(penguin_rows, "csv")

    def breaks_off(*args):
        raise KeyboardInterrupt

    unfinished = job(path)
    with monkeypatch.context() as patched:
        patched.setattr(_run, "write_part", breaks_off)
        with pytest.raises(KeyboardInterrupt):
            run(unfinished, progress=False)
    write(penguin_rows.head(100), "csv")
    with pytest.raises(BatchError, match="was another one: input differ"):
        run(job(path, resume=True), progress=False)


def test_a_missing_column_is_named_before_a_row_is_scored(job, write, penguin_rows, monkeypatch):
    monkeypatch.setattr(_run, "write_part", None)  # scoring anything would fail
    frame = penguin_rows.rename(columns={"body_mass_g": "body_mass"})
    with pytest.raises(
        SourceError, match=r"missing column body_mass_g.*'body_mass' -> 'body_mass_g'"
    ):
        run(job(write(frame, "csv")), progress=False)
    with pytest.raises(SourceError, match="missing column bird"):
        run(job(write(penguin_rows, "csv"), keep=("bird",)), progress=False)


def test_files_that_disagree_on_a_kept_type_are_refused_for_one_file(job, write, penguin_rows):
    write(penguin_rows, "parquet", "in/a")
    folder = write(penguin_rows.astype({"id": str}), "parquet", "in/b").parent
    with pytest.raises(SinkError, match=r"disagree on the type of id: int64 and"):
        run(job(folder, keep=("id",)), progress=False)


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_columns_may_stand_in_the_names_of_folders(job, write, saved, penguin_rows, kind):
    names = ["sex", "body_mass_g"]
    for (sex, mass), rows in penguin_rows.head(60).groupby(names):
        path = write(rows.drop(columns=names), kind, f"in/sex={sex}/body_mass_g={mass:g}/rows")
    keep = ("id", "body_mass_g")
    work = job(path.parents[2], "out.parquet", keep=keep)
    run(work, progress=False)
    scores = pd.read_parquet(work.output).astype({"id": int, "body_mass_g": float})
    assert sorted(scores["id"]) == list(range(60))
    expected = penguin_rows.assign(prediction=saved.predictions)[[*keep, "prediction"]]
    pd.testing.assert_frame_equal(
        scores.sort_values("id", ignore_index=True), expected.head(60), check_dtype=False
    )


def test_files_of_one_partition_may_differ_and_each_is_judged_by_itself(
    job, write, saved, penguin_rows
):
    write(penguin_rows.iloc[:100], "parquet", "in/a")
    heavy = penguin_rows.iloc[100:].assign(body_mass_g="heavy")
    folder = write(heavy, "parquet", "in/b").parent
    with pytest.raises(BadRowsError, match=r"b\.parquet, row 0 .*body_mass_g: type, expected num"):
        run(job(folder), progress=False)
    work = job(folder, on_bad_rows="reject", overwrite=True)
    summary = run(work, progress=False)
    assert (summary.rows, summary.rejected) == (100, len(heavy))
    assert pd.read_parquet(work.output)["prediction"].tolist() == saved.predictions[:100].tolist()


@pytest.fixture
def small_disk():
    """Let no file grow beyond 4 kB, as the operating system itself does it on a full disk."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("output", READ)
def test_a_disk_that_is_full_is_named_and_the_run_goes_on_later(
    job, write, saved, penguin_rows, output, request
):
    source = write(pd.concat([penguin_rows] * 5), "parquet")
    settings = {"outputs": ("predict", "proba"), "batch_rows": 2000}
    work = job(source, output, **settings)
    request.getfixturevalue("small_disk")
    with pytest.raises(SinkError, match=r"cannot be written: .*too large.*--resume"):
        run(work, progress=False)
    assert not work.output.exists()
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    run(job(source, output, resume=True, **settings), progress=False)
    assert READ[output](work.output)["prediction"].tolist() == saved.predictions.tolist() * 5


def test_unusual_values_are_counted_over_the_whole_run(job, write, penguin_rows):
    frame = penguin_rows.assign(island=np.where(penguin_rows.index % 2, "Atlantis", "Dream"))
    summary = run(job(write(frame, "csv")), progress=False)
    assert summary.warnings["island", "category"] == len(frame) // 2
