"""What every test may use."""

import os

# Before anything is imported: a thread pool on a busy machine is many times slower, not faster.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import sys
from pathlib import Path

import pandas as pd
import pytest

try:
    from hypothesis import HealthCheck, settings
except ImportError:  # in the environment of tests/neighbours
    pass
else:
    # Each run tries the same examples, however slow the machine is. Others are tried by
    # pytest --hypothesis-profile=explore
    settings.register_profile(
        "explore", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.register_profile("same", settings.get_profile("explore"), derandomize=True)
    settings.load_profile("same")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def data_home() -> Path:
    """Return the folder of the real data sets, or skip the test that needs it."""
    folder = Path(os.environ.get("SKCOOK_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "adult.data").is_file():
        pytest.skip(f"realdata: {folder} has no adult.data; set SKCOOK_DATA to the folder that has")
    return folder


@pytest.fixture(scope="session")
def penguins():
    """Return the frame and the species of the penguins; no test may change them."""
    from skcook.datasets import load_penguins

    return load_penguins(return_X_y=True)


@pytest.fixture(autouse=True)
def no_open_figures():
    """Close the figures of each test, and before it those that a doctest left open."""
    _close_figures()
    yield
    _close_figures()


def _close_figures():
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def test_output() -> Path:
    """Return the folder where tests keep what a person may want to look at."""
    folder = ROOT / "test-output"
    folder.mkdir(exist_ok=True)
    return folder


#: Tests that compare with what pandas 3 gives, each with what pandas 2 gives instead.
PANDAS_3 = {
    "test_it_gives_what_scikit_learn_gives": "scikit-learn names a missing value None, not nan",
    "test_a_sparse_result_stacks_numbers_as_a_column_transformer_does": "the same",
    "test_every_way_to_write_missing_is_one": "astype('str') writes a missing value as text",
    "test_kind_and_missing_values_are_the_same_everywhere": "the same",
    "test_pandas_to_polars_keeps_dtype_and_missing_values": "the same",
    "test_polars_to_pandas_keeps_dtype_and_values": "strings come as objects",
    "test_values_come_back": "strings come as objects",
    "test_an_array_gives_an_array_of_the_same_dtype": "strings come as objects",
    "test_a_row_without_the_value_reaches_the_model_as_a_string": "strings come as objects",
    "test_refusals_name_the_column_and_the_way_out": "the error names the dtype object",
    "test_raw_codes_of_a_category_are_a_view": "pandas copies the codes",
    "test_instants_beyond_the_range_of_nanoseconds_match": "times are nanoseconds, 1677 to 2262",
    "test_a_value_is_read_the_same_alone_and_among_others": "the same",
    "test_formats_are_learned": "the same",
    "test_polars_reads_what_pandas_reads": "the same",
}


def pytest_collection_modifyitems(items):
    """Skip, with its reason, what only pandas 3 gives; the run with the newest pandas has it."""
    if int(pd.__version__.partition(".")[0]) >= 3:
        return
    for item in items:
        reason = PANDAS_3.get(getattr(item, "originalname", None) or item.name)
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=f"pandas 2: {reason}"))
