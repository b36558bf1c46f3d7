import matplotlib.pyplot as plt
import numpy as np
import pytest

from skcook.models.board._board_table import board_frame, draw_board, fold_frame

RESULTS = [
    {
        "model": "good",
        "scores": {"r2": [0.5, 0.7], "rmse": [-2.0, -4.0]},
        "fit_seconds": [1.0, 3.0],
        "score_seconds": [0.5, 0.5],
        "errors": ["", ""],
        "error": "",
        "failed": False,
        "p_best": 1.0,
        "ties_with_best": True,
    },
    {
        "model": "close",
        "scores": {"r2": [0.4, np.nan], "rmse": [-3.5, np.nan]},
        "fit_seconds": [2.0, 2.0],
        "score_seconds": [0.5, 0.5],
        "errors": ["", "ValueError: no metric"],
        "error": "ValueError: no metric",
        "failed": False,
        "p_best": 0.4,
        "ties_with_best": True,
    },
    {
        "model": "half",
        "scores": {"r2": [0.4, np.nan], "rmse": [-3.0, np.nan]},
        "fit_seconds": [2.0, np.nan],
        "score_seconds": [0.5, np.nan],
        "errors": ["", "ValueError: no"],
        "error": "ValueError: no",
        "failed": True,
        "p_best": np.nan,
        "ties_with_best": False,
    },
    {
        "model": "not built",
        "scores": {"r2": [], "rmse": []},
        "fit_seconds": [],
        "score_seconds": [],
        "errors": [],
        "error": "ImportError: install it",
        "failed": True,
        "p_best": np.nan,
        "ties_with_best": False,
    },
]


def test_one_row_per_model():
    frame = board_frame(RESULTS, ["r2", "rmse"])
    assert frame.index.tolist() == [1, 2, 3, 4]
    assert frame.loc[1, ["r2", "r2_std", "rmse", "rmse_std"]].tolist() == pytest.approx(
        [0.6, 0.1, -3, 1]
    )
    assert frame.loc[2, "r2"] == 0.4
    # The mean of a model that failed on a fold would rank beside means over all.
    assert frame.loc[3:, ["r2", "rmse"]].isna().all(axis=None)
    assert frame["fit_seconds"].tolist()[:2] == [2.0, 2.0]
    assert frame["error"].tolist()[2:] == ["ValueError: no", "ImportError: install it"]
    assert frame["ties_with_best"].tolist() == [True, True, False, False]


def test_one_row_per_fold():
    frame = fold_frame(RESULTS, ["r2", "rmse"])
    assert frame["model"].tolist() == ["good", "good", "close", "close", "half", "half"]
    assert frame["fold"].tolist() == [0, 1] * 3
    assert frame["error"].tolist()[-2:] == ["", "ValueError: no"]


def test_the_picture_names_what_ran_what_did_not_and_ties():
    _, ax = plt.subplots()
    draw_board(RESULTS, "rmse", ax, "good")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["close", "good"]
    assert ax.get_title("left") == "good leads, tied with close"
    texts = [text.get_text() for text in ax.texts]
    assert texts == ["-3.5", "-3", "not run: not built; failed: half"]


def test_the_leader_is_the_blue_one_among_equals():
    equal = [RESULTS[0] | {"model": name} for name in ("dummy", "lr")]
    _, ax = plt.subplots()
    draw_board(equal, "r2", ax, "lr")
    colors = {
        label.get_text(): text.get_color()
        for label, text in zip(ax.get_yticklabels(), ax.texts, strict=True)
    }
    assert colors == {"dummy": "tab:cyan", "lr": "C0"}
    assert ax.get_title("left") == "lr leads, tied with dummy"
