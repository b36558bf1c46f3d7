import itertools
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor

from skcook import artifacts
from skcook.batch import _work_folder
from skcook.batch._job import BatchError
from skcook.batch._score_command import main
from skcook.batch._work_folder import JOB_FILE, PartResult, WorkFolder, locked, run_of

JOB = {"model": "abc", "input": [], "skcook": "1"}


@pytest.mark.parametrize("has_locks", [True, False], ids=["flock", "names alone"])
class TestLock:
    @pytest.fixture(autouse=True)
    def file_system(self, has_locks, monkeypatch):
        if not has_locks:
            monkeypatch.setattr(_work_folder, "fcntl", None)

    def test_a_second_run_ends_at_once_and_names_the_first(self, tmp_path):
        path = tmp_path / ".out.csv.lock"
        here = f"process {os.getpid()} on {socket.gethostname()} since 20"
        with locked(path):
            with pytest.raises(BatchError, match=here), locked(path):
                pass
            assert path.exists()
        assert not path.exists()
        with locked(path):
            pass

    def test_the_lock_of_a_dead_process_is_taken_over(self, tmp_path):
        path = tmp_path / "lock"
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        path.write_text(json.dumps({"pid": ended.pid, "host": socket.gethostname()}))
        with locked(path):
            assert json.loads(path.read_text())["pid"] == os.getpid()

    def test_of_a_process_on_another_host_nothing_is_known(self, tmp_path):
        path = tmp_path / "lock"
        path.write_text(json.dumps({"pid": 1, "host": "elsewhere", "started": "yesterday"}))
        with pytest.raises(BatchError, match=r"on elsewhere since yesterday.*remove"), locked(path):
            pass
        assert path.exists()

    @pytest.mark.parametrize("text", ["precious", "[1]", "{}", '{"a": 1}'])
    def test_a_file_that_is_no_lock_is_kept(self, tmp_path, text):
        path = tmp_path / "lock"
        path.write_text(text)
        with pytest.raises(BatchError, match=r"no lock of skcook-score\. Move it"), locked(path):
            pass
        assert path.read_text() == text

    def test_a_link_is_not_followed(self, tmp_path):
        (tmp_path / "thesis.txt").write_text("")
        (tmp_path / "lock").symlink_to("thesis.txt")
        with (
            pytest.raises(BatchError, match="is a link, so it is no lock"),
            locked(tmp_path / "lock"),
        ):
            pass
        assert (tmp_path / "thesis.txt").read_text() == ""
        assert (tmp_path / "lock").is_symlink()

    def test_a_lock_whose_writer_was_killed_before_it_wrote_is_none(self, tmp_path):
        path = tmp_path / "lock"
        path.touch()
        with locked(path):
            pass


def started(tmp_path, **changes):
    work = WorkFolder(tmp_path / ".out.csv.parts")
    work.start({**JOB, **changes}, resume=False, overwrite=True)
    return work


def test_parts_belong_to_their_run(tmp_path):
    work = started(tmp_path)
    work.mark_done("00000-00000", PartResult(3, 1))
    (work.path / f"00000-00001.{run_of({**JOB, 'model': 'other'})}.done").write_text(
        '{"rows": 9, "rejected": 9}'
    )
    assert work.done() == {"00000-00000": PartResult(3, 1)}


def test_a_folder_without_identity_is_neither_used_nor_removed(tmp_path):
    work = started(tmp_path)
    (work.path / JOB_FILE).unlink()
    (work.path / "thesis.txt").write_text("precious")
    for resume, overwrite in ((True, False), (False, True), (True, True)):
        with pytest.raises(BatchError, match=r"holds no job\.json.*Move it"):
            WorkFolder(work.path).start(JOB, resume=resume, overwrite=overwrite)
    assert (work.path / "thesis.txt").exists()


def test_another_run_starts_anew_and_takes_no_part(tmp_path):
    started(tmp_path).mark_done("00000-00000", PartResult(3, 1))
    again = WorkFolder(tmp_path / ".out.csv.parts")
    with pytest.raises(BatchError, match="was another one: model differ"):
        again.start({**JOB, "model": "other"}, resume=True, overwrite=False)
    assert started(tmp_path, model="other").done() == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.parquet", "out"])
def test_a_run_killed_at_any_touch_of_a_file_is_finished_by_the_next(tmp_path, name):
    """Kill a run at its first, second, third ... touch of a file, and resume it."""
    rows = pd.DataFrame({"id": range(6), "a": [1.0, 2.0, 3.0, "x", 5.0, 6.0]})
    rows.to_csv(tmp_path / "in.csv", index=False)
    known = pd.DataFrame({"a": [1.0, 2.0]})
    artifacts.save(DummyRegressor().fit(known, [3.0, 3.0]), tmp_path / "m.skcook", known)
    folder = tmp_path / "scores"
    folder.mkdir()
    output = folder / name
    arguments = [str(tmp_path / "m.skcook"), str(tmp_path / "in.csv"), str(output), "--quiet"]
    arguments += ["--keep", "id", "--batch-rows", "2", "--on-bad-rows", "reject"]
    assert main(arguments) == 3  # a row is set aside
    whole = _contents(folder)
    for touches in itertools.count():
        shutil.rmtree(folder)
        folder.mkdir()
        if _code_when_killed(arguments, folder, touches) == 3:
            break
        code = main([*arguments, "--resume"])
        if code == 2:  # it was killed after its last act that counts
            assert whole.items() <= _contents(folder).items(), touches
            code = main([*arguments, "--overwrite"])
        assert (touches, code, _contents(folder)) == (touches, 3, whole)
    assert touches > 30


def _code_when_killed(arguments, folder, touches):
    """Return how a run ends that is killed before it touches a file of the folder once more."""
    pid = os.fork()
    if pid == 0:
        left = [touches]

        def watch(event, event_arguments):
            path = event_arguments[0] if event_arguments else None
            if event in _TOUCHES and str(path).startswith(str(folder)):
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        os._exit(main(arguments))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


_TOUCHES = {"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}


def _contents(folder):
    """Return the bytes of each file in a folder, Parquet as rows."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        str(path): path.read_bytes()
        if path.suffix != ".parquet"
        else pd.read_parquet(path).to_csv()
        for path in files
    }


@pytest.mark.slow
def test_runs_that_overlap_and_are_killed_leave_one_model_in_the_output(tmp_path):
    """Start two runs of two models again and again, kill some, and look at what is published."""
    rows = pd.DataFrame({"a": range(3000)})
    rows.to_csv(tmp_path / "in.csv", index=False)
    for value in (1.0, 2.0):
        model = DummyRegressor(strategy="constant", constant=value).fit(rows, rows["a"])
        artifacts.save(model, tmp_path / f"m{value:g}.skcook", rows)
    output, chance, published = tmp_path / "out.csv", random.Random(0), 0
    n_rounds = 80
    for number in range(n_rounds):
        pids = []
        for value in (1, 2):
            arguments = [
                str(tmp_path / f"m{value}.skcook"), str(tmp_path / "in.csv"), str(output),
                "--keep", "a", "--batch-rows", "20", "--quiet",
                "--overwrite" if chance.random() < 0.7 else "--resume",
            ]  # fmt: skip
            pid = os.fork()  # an interpreter whose imports are done: a round takes half a second
            if pid == 0:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
                os._exit(main(arguments))
            pids.append(pid)
        time.sleep(chance.random() * 0.3)
        for pid in pids:
            if chance.random() < 0.6:
                os.kill(pid, signal.SIGKILL)
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        assert set(codes) <= {0, 2, -signal.SIGKILL}, (number, codes)
        if output.exists():
            published += 1
            scores = pd.read_csv(output)
            assert scores["a"].tolist() == list(range(3000)), number
            assert scores["prediction"].nunique() == 1, number
    assert published > n_rounds / 4
