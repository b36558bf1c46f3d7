import sys

import numpy as np
import pytest
import scipy.sparse as sp

from skcook.exceptions import MissingDependencyError, SkcookWarning
from skcook.recommend._lightfm_backend import NAMES, grow, import_lightfm, train

SETTINGS = {"no_components": 3, "loss": "warp", "learning_rate": 0.05}


def run(state=None, n=6, **more):
    codes = (np.arange(n, dtype="i4"), np.arange(n, dtype="i4")[::-1].copy())
    identity = sp.identity(n, dtype="f4", format="csr")
    return train(
        SETTINGS,
        state=state,
        codes=codes,
        values=np.ones(n, "f4"),
        weights=None,
        features={"user": identity, "item": identity},
        random_state=np.random.RandomState(0),
        verbose=False,
        **{"epochs": 2, "n_threads": 1, **more},
    )


def test_the_state_that_comes_in_is_not_changed():
    state = run()
    before = {name: array.copy() for name, array in state.items()}
    after = run(state)
    assert set(after) == set(NAMES)
    for name in NAMES:
        np.testing.assert_array_equal(state[name], before[name])
    assert (after["item_embeddings"] != state["item_embeddings"]).any()


@pytest.mark.parametrize(("schedule", "begin"), [("adagrad", 1.0), ("adadelta", 0.0)])
def test_growing_keeps_the_old_and_begins_the_new_as_lightfm_does(schedule, begin):
    state = run()
    places = {"user": np.arange(6), "item": np.array([2, 3, 4, 5, 6, 7])}
    grown = grow(
        state,
        {"user": 8, "item": 8},
        places,
        n_components=3,
        schedule=schedule,
        random_state=np.random.RandomState(1),
    )
    for name in NAMES:
        side = name.partition("_")[0]
        np.testing.assert_array_equal(grown[name][places[side]], state[name])
        assert grown[name].dtype == np.float32
    assert (np.abs(grown["item_embeddings"][:2]) <= 0.5 / 3).all()
    assert (grown["item_embeddings"][:2] != 0).any()
    assert (grown["user_bias_gradients"][6:] == begin).all()
    assert (grown["item_biases"][:2] == 0).all()


def test_a_library_without_its_compiled_part_says_what_to_do(tmp_path, monkeypatch):
    # So the wheels for Linux and Python 3.11 fail.
    (tmp_path / "lightfm").mkdir()
    (tmp_path / "lightfm" / "__init__.py").write_text("from lightfm import _lightfm_fast_no_openmp")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "lightfm"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(MissingDependencyError, match=r"C compiler .*lightfm-next>=1\.19"):
        import_lightfm()
    monkeypatch.delitem(sys.modules, "lightfm", raising=False)


def test_threads_that_were_not_built_in_are_told(monkeypatch):
    import lightfm  # noqa: F401

    monkeypatch.delitem(sys.modules, "lightfm._lightfm_fast_openmp", raising=False)
    with pytest.warns(SkcookWarning, match="without OpenMP: it runs one thread, not n_jobs=2"):
        run(n_threads=2)
