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
    },
    {
        "model": "half",
        "scores": {"r2": [0.4, np.nan], "rmse": [-3.0, np.nan]},
        "fit_seconds": [2.0, np.nan],
        "score_seconds": [0.5, np.nan],
        "errors": ["", "ValueError: no"],
        "error": "ValueError: no",
    },
    {
        "model": "not built",
        "scores": {"r2": [], "rmse": []},
        "fit_seconds": [],
        "score_seconds": [],
        "errors": [],
        "error": "ImportError: install it",
    },
]


def test_one_row_a_model():
    frame = board_frame(RESULTS, ["r2", "rmse"])
    assert frame.index.tolist() == [1, 2, 3]
    assert frame.loc[1, ["r2", "r2_std", "rmse", "rmse_std"]].tolist() == pytest.approx(
        [0.6, 0.1, -3, 1]
    )
    # A mean over some folds would rank beside means over all.
    assert frame.loc[2:, ["r2", "rmse"]].isna().all(axis=None)
    assert frame["fit_seconds"].tolist()[:2] == [2.0, 2.0]
    assert frame["error"].tolist() == ["", "ValueError: no", "ImportError: install it"]


def test_one_row_a_fold():
    frame = fold_frame(RESULTS, ["r2", "rmse"])
    assert frame["model"].tolist() == ["good", "good", "half", "half"]
    assert frame["fold"].tolist() == [0, 1, 0, 1]
    assert frame["error"].tolist() == ["", "", "", "ValueError: no"]


def test_the_picture_names_what_ran_and_what_did_not():
    _, ax = plt.subplots()
    draw_board(RESULTS, "rmse", ax, "good")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["good"]
    assert ax.get_title("left") == "good leads"
    assert ax.get_title("right") == "not run: half, not built"
    assert [text.get_text() for text in ax.texts] == ["-3"]
