import numpy as np
import pandas as pd
import pytest

from skcook.exceptions import ColumnValuesError
from skcook.explain.tabular._shared_sample import Sample


def draw(X, n=512, **options):
    settings = {
        "n_samples": n, "discretizer": None, "sampling": "sobol", "max_background": None,
        "rng": np.random.default_rng(0), **options,
    }  # fmt: skip
    return Sample.draw(X, None, **settings)


@pytest.mark.parametrize("discretizer", [None, "quartile"])
def test_a_sample_looks_like_its_background(mixed, discretizer):
    sample = draw(mixed, discretizer=discretizer)
    frame = sample.layout.frame(sample.cells())
    assert frame.dtypes.equals(mixed.dtypes)
    assert len(frame) == len(sample) == 512
    share = frame.isna().mean() - mixed.isna().mean()
    assert share.abs().max() < 0.03
    for name in ("word", "category", "flag", "text"):
        assert set(frame[name].dropna()) <= set(mixed[name].dropna())
    assert frame["number"].min() >= mixed["number"].min()


def test_samples_of_files_that_count_times_in_nanoseconds_are_read():
    sample = draw(pd.DataFrame({"when": pd.date_range("2024-01-01", periods=9)}))
    plain = sample.to_plain()
    assert plain["layout"].pop("unit") == "us"
    plain["values"] = [1000 * values for values in plain["values"]]
    before = Sample.from_plain(plain)
    pd.testing.assert_frame_equal(before.frame(slice(None)), sample.frame(slice(None)))


def test_size_is_rounded_up_to_whole_blocks():
    sample = draw(pd.DataFrame({"x": [1.0, 2.0]}), n=100)
    assert len(sample) == 104
    assert len(sample) % sample.n_blocks == 0


def test_background_is_capped():
    X = pd.DataFrame({"x": np.arange(1000.0)})
    assert len(set(draw(X, max_background=10).values[0])) <= 10


def test_pairs_come_from_every_block():
    sample = draw(pd.DataFrame({"x": [1.0, 2.0]}))
    pairs = sample.pairs(16)
    assert sorted(set(pairs // 64)) == list(range(8))
    assert len(set(pairs)) == 16


def test_infinite_values_are_refused_by_name():
    with pytest.raises(ColumnValuesError, match="'x' of the background holds infinite"):
        draw(pd.DataFrame({"x": [1.0, np.inf]}))


def test_plain_form_comes_back(mixed):
    sample = draw(mixed)
    back = Sample.from_plain(sample.to_plain())
    assert back.layout == sample.layout
    assert np.array_equal(back.states(), sample.states())
