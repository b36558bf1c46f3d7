import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression

from skcook.models import Leaderboard, report

X, CODES = make_classification(80, 4, random_state=0)
FRAME = pd.DataFrame(X, columns=["a", "<b>", "c", "d"])
Y = np.array(["no", "<script>"])[CODES]


def test_a_page_of_a_board_holds_everything(tmp_path):
    models = {"line": LogisticRegression(), "again": LogisticRegression()}
    board = Leaderboard(models=models, cv=3, verbose=0).fit(FRAME, Y)
    path = report(board, FRAME, Y, tmp_path / "board.html")
    page = path.read_text(encoding="utf-8")
    for heading in ("Data", "Board", "How good it is", "Importance of the columns", "Versions"):
        assert f"<h2>{heading}</h2>" in page
    assert "ties_with_best" in page
    assert page.count("data:image/png") == 3
    assert "<script" not in page
    assert "<b></td>" not in page
    assert "scikit-learn" in page
    assert plt.get_fignums() == []


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, np.asarray])
def test_a_regression_in_every_container(tmp_path, make):
    X, y = make_regression(60, 3, random_state=0)
    rows = make(X)
    if make is pd.DataFrame:
        rows = rows.add_prefix("size ")
    model = LinearRegression().fit(rows, y)
    page = report(model, rows, y, tmp_path / "r.html", title="Sales & more")
    text = page.read_text(encoding="utf-8")
    assert "<title>Sales &amp; more</title>" in text
    assert "rmse" in text
    assert "does not explain itself" in text


def test_one_explanation_and_the_profile(tmp_path):
    class Explains(LogisticRegression):
        def explain(self, X):
            assert len(X) == 1
            return self

        def to_html(self):
            return '<p class="why">because</p>'

    model = Explains().fit(X, Y)
    page = report(model, X, Y, tmp_path / "e.html", explain_row=3)
    text = page.read_text(encoding="utf-8")
    assert "Why row 3 is predicted so" in text
    assert "&lt;p class=&quot;why&quot;&gt;because" in text


def test_a_model_that_is_not_fitted(tmp_path):
    with pytest.raises(NotFittedError):
        report(LogisticRegression(), X, Y, tmp_path / "n.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("y", "row", "message"),
    [
        (Y, 80, "explain_row must be one of the 80 rows from 0; got 80"),
        (Y, -1, "explain_row must be one of the 80 rows"),
        (Y[:5], 0, "inconsistent numbers of samples"),
    ],
)
def test_rows_that_are_not_there(tmp_path, y, row, message):
    model = LogisticRegression().fit(FRAME, Y)
    with pytest.raises(ValueError, match=message):
        report(model, FRAME, y, tmp_path / "page.html", explain_row=row)
    assert list(tmp_path.iterdir()) == []


def test_a_target_in_a_frame_of_one_column(tmp_path):
    model = LogisticRegression().fit(FRAME, Y)
    assert report(model, FRAME, pd.DataFrame({"y": Y}), tmp_path / "page.html").exists()
