"""A Dockerfile for one model."""

import json
import re
from pathlib import Path

from skcook.serve.process._dockerfile import dockerfile_of

MANIFEST = {
    "versions": {"python": "3.12.4", "scikit-learn": "1.9.1", "numpy": "2.4.6", "skcook": "0.1.0"}
}


def test_versions_are_those_that_the_model_was_saved_with():
    text = dockerfile_of(MANIFEST, Path("models/Income.skcook"), Path("Dockerfile"))
    assert "FROM python:3.12-slim" in text
    assert '"scikit-learn==1.9.1"' in text
    assert '"numpy==2.4.6"' in text
    assert '"skcook[serve,explain]==0.1.0"' in text
    assert "docker build -t income " in text


def test_it_runs_as_an_ordinary_user_and_signals_arrive():
    text = dockerfile_of(MANIFEST, Path("m.skcook"), Path("Dockerfile"))
    assert text.index("USER serve") < text.index("ENTRYPOINT")
    entry = re.search(r"^ENTRYPOINT (.*)$", text, re.MULTILINE)[1]
    assert json.loads(entry)[:2] == ["skcook-serve", "/home/serve/m.skcook"]
    command = re.search(r"CMD (\[.*?\])$", text.replace("\\\n", ""), re.MULTILINE)[1]
    compile(json.loads(command)[2], "healthcheck", "exec")
