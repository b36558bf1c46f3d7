"""The commands that the README shows do what it says, as printed."""

import json
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text()
CURLS = re.findall(r"^\$ (curl .*)$", README, re.MULTILINE)


@pytest.fixture(scope="module")
def address():
    """Start the demo as ``make serve`` does, on a free port."""
    command = [str(Path(sys.executable).parent / "skcook-serve"), "--demo", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        found = None
        for line in process.stdout:
            found = re.search(r"at (http://127\.0\.0\.1:\d+)/", line)
            if found:
                break
        assert found, "the server ended before it said where it listens"
        yield found.group(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_every_command_is_there():
    assert [re.search(r"8080(/\S*)", line).group(1) for line in CURLS] == [
        "/healthz",
        "/v1/models",
        "/v1/models/penguins/predict",
        "/v1/models/penguins/explain",
    ]


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        (0, {"status": "alive"}),
        (1, {"models": [{"name": "penguins"}]}),
        (2, {"model": "penguins", "predictions": ["Gentoo"], "warnings": []}),
        (3, {"model": "penguins", "explanations": [{"kind": "tabular", "target": "Chinstrap"}]}),
    ],
    ids=["healthz", "models", "predict", "explain"],
)
def test_the_curl_lines_work_as_printed(address, position, expected):
    line = CURLS[position].replace("http://127.0.0.1:8080", address)
    done = subprocess.run(shlex.split(line), capture_output=True, text=True, check=True)
    assert holds(json.loads(done.stdout), expected), done.stdout


def holds(answer, expected):
    """Tell whether an answer holds all that is expected, and perhaps more."""
    if isinstance(expected, dict):
        return all(key in answer and holds(answer[key], expected[key]) for key in expected)
    if isinstance(expected, list):
        return len(answer) == len(expected) and all(map(holds, answer, expected))
    return answer == expected


def test_the_make_targets_and_files_that_it_names_exist():
    root = Path(__file__).parent.parent
    makefile = (root / "Makefile").read_text()
    targets = re.findall(r"^\$ make (\S+)", README, re.MULTILINE)
    assert targets
    for target in targets:
        assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE)
