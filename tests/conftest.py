"""What every test may use."""

import os

# Before anything is imported: a thread pool on a busy machine is many times slower, not faster.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def data_home() -> Path:
    """Return the folder of the real data sets, or skip the test that needs it."""
    folder = Path(os.environ.get("SKCOOK_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "adult.data").is_file():
        pytest.skip(f"realdata: {folder} has no adult.data; set SKCOOK_DATA to the folder that has")
    return folder


@pytest.fixture
def test_output() -> Path:
    """Return the folder where tests keep what a person may want to look at."""
    folder = ROOT / "test-output"
    folder.mkdir(exist_ok=True)
    return folder
