"""Seconds of the long runs, whose minutes are run by hand."""

import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.slow
@pytest.mark.parametrize("plan", [True, False], ids=["plan", "no plan"])
def test_nothing_is_lost_or_wrong_while_models_change_and_threads_die(plan):
    command = [sys.executable, ROOT / "benchmarks" / "soak_serve.py"]
    command += [] if plan else ["--no-plan"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = {k: int(v) for k, v in re.findall(r"^  (.+?):?\s+(\d+)$", done.stdout, re.MULTILINE)}
    assert counts["answers by a plan"] == plan
    assert counts["lost or wrong"] == 0
    assert counts["models replaced"] == 5
    assert counts["exit code"] == 0
    assert counts["right"] >= 1000
    assert counts["refused as expected"] > 0
    assert counts["told to try again"] > 0, "no thread was made to fail"


@pytest.mark.slow
def test_nothing_is_lost_or_wrong_among_large_slow_and_bad_requests():
    # The script's end says it: each kind was answered, all models were seen, memory is bounded.
    script = ROOT / "benchmarks" / "soak_mixed.py"
    command = [sys.executable, script, "--minutes", "0.6"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("lost or wrong: 0") == 2
    assert done.stdout.count("refused: ") >= 9
