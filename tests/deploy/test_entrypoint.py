"""What the image starts: docs/deploy/entrypoint, run with another `skcook-serve`."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ENTRYPOINT = Path(__file__).parents[2] / "docs" / "deploy" / "entrypoint"


@pytest.fixture
def start(tmp_path):
    """Return a function that runs the script, and what it would have served."""
    tools = tmp_path / "bin"
    tools.mkdir()
    fake = tools / "skcook-serve"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    fake.chmod(0o755)

    def run(*arguments, **environment):
        return subprocess.run(
            [shutil.which("sh"), ENTRYPOINT, *arguments],
            env={
                "PATH": f"{tools}:{os.environ['PATH']}",
                "SM_MODEL_DIR": str(tmp_path / "absent"),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def folder(tmp_path):
    found = tmp_path / "models"
    found.mkdir()
    for name in ("a.skcook", "b.skcook", "notes.txt"):
        (found / name).touch()
    return found


def served(done):
    assert done.returncode == 0, done.stderr
    host, *models = done.stdout.splitlines()[1:]
    assert done.stdout.startswith("--host\n")
    assert host == "0.0.0.0"
    return models


@pytest.mark.parametrize("arguments", [(), ("serve",)], ids=["none", "sagemaker's serve"])
def test_a_folder_is_served_whole_and_nothing_else_in_it(start, folder, arguments):
    models = served(start(*arguments, MODEL=str(folder)))
    assert models == [f"{folder}/a.skcook", f"{folder}/b.skcook"]


def test_a_list_is_served_as_it_is(start, folder):
    listed = f"churn={folder}/a.skcook {folder}/b.skcook"
    assert served(start(MODEL=listed)) == listed.split()


def test_other_arguments_are_those_of_the_server(start, folder):
    assert served(start("--demo", MODEL=str(folder))) == ["--demo"]
    named = "penguins=/mnt/models/model.skcook"
    assert served(start(named, MODEL=str(folder))) == [named]


def test_no_model_is_an_error_that_says_what_to_do(start, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    done = start(MODEL=str(empty))
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"no .skcook file in {empty}" in done.stderr
    assert "-v " in done.stderr


def test_sagemakers_folder_is_found_by_itself(start, folder):
    models = served(start("serve", SM_MODEL_DIR=str(folder)))
    assert models == [f"{folder}/a.skcook", f"{folder}/b.skcook"]


def test_a_model_that_is_named_goes_before_sagemakers_folder(start, folder, tmp_path):
    mine = tmp_path / "mine.skcook"
    assert served(start("serve", MODEL=str(mine), SM_MODEL_DIR=str(folder))) == [str(mine)]
