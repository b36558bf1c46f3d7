"""What `skcook-serve dockerfile` writes builds, whatever the model's file is called.

By buildah, on a stand-in for Python's image that notes what is installed: no network is needed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from skcook.serve.process._serve_command import main
from tests.serve.model.test_registry import save

#: Commands of the base image, as scripts that note how they were called.
STUBS = {
    "apt-get": 'echo "apt-get $*" >>/log',
    "rm": 'echo "rm $*" >>/log',
    "pip": 'for word in "$@"; do echo "pip: $word" >>/log; done',
    "useradd": "echo serve:x:1000:1000::/home/serve:/bin/sh >>/etc/passwd",
}
NAMES = ["my model.skcook", "a\"b'c\nd.skcook", "a]$HOME*?é.skcook"]


@pytest.fixture(scope="module")
def buildah(tmp_path_factory):
    """Return a function that runs buildah, which knows the stand-in."""
    if shutil.which("buildah") is None or os.geteuid() != 0:
        pytest.skip("needs buildah, and root for its chroot")
    work = tmp_path_factory.mktemp("buildah")
    root = work / "root"
    for folder in ("bin", "etc", "tmp", "home/serve", "packages"):
        (root / folder).mkdir(parents=True)
    (root / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    shutil.copy(os.path.realpath("/bin/sh"), root / "bin" / "sh")
    listed = subprocess.run(["ldd", "/bin/sh"], capture_output=True, text=True, check=True).stdout
    for library in re.findall(r"(/\S+)", listed):
        (root / library[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, root / library[1:])
    for name, script in STUBS.items():
        (root / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (root / "bin" / name).chmod(0o755)
    store = ["--root", str(work / "storage"), "--runroot", str(work / "run")]

    def run(*arguments, **settings):
        done = subprocess.run(
            ["buildah", *store, "--storage-driver", "vfs", *arguments],
            capture_output=True, text=True, **settings,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    version = "{}.{}".format(*sys.version_info)
    container = run("from", "scratch")
    run("add", container, str(root), "/")
    run("config", "--env", "PATH=/bin", container)
    run("commit", "--rm", container, f"docker.io/library/python:{version}-slim")
    return run


@pytest.mark.slow
def test_what_is_written_builds(buildah, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    good = save(tmp_path, "one").read_bytes()
    (tmp_path / "mine.py").write_text("x = 1")
    (tmp_path / "own package").mkdir()
    (tmp_path / "own package" / "pyproject.toml").write_text("")
    for name in NAMES:
        (tmp_path / name).write_bytes(good)
        packages = ["--package", "mine.py", "--package", "own package", "--package", "scipy>=1"]
        assert main(["dockerfile", name, "--force", *packages]) == 0
        buildah("bud", "--isolation", "chroot", "--pull-never", "-t", "model", ".")
        container = buildah("from", "--pull-never", "model")
        root = Path(buildah("mount", container))
        served = json.loads(buildah("inspect", container))["OCIv1"]["config"]
        assert (root / "home/serve" / name).read_bytes() == good
        assert (root / "home/serve" / name).stat().st_uid == 1000
        assert (root / "home/serve/modules/mine.py").read_text() == "x = 1"
        log = (root / "log").read_text().splitlines()
        assert "pip: scipy>=1" in log
        assert "pip: /packages/0" in log
        assert sum(line.startswith("pip: scikit-learn==") for line in log) == 1
        assert served["User"] == "serve"
        assert served["Entrypoint"][:1] == ["skcook-serve"]
        assert served["Entrypoint"][1].endswith(f"/home/serve/{name}")
        buildah("rm", container)
