"""A page about a model, for people: data, scores, pictures, reasons, versions."""

import base64
import io
from html import escape
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import is_classifier
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

from skcook.eda import profile, summarize
from skcook.models.pictures._evaluation_display import EvaluationDisplay
from skcook.models.pictures._importance_display import FeatureImportanceDisplay
from skcook.utils import import_optional
from skcook.utils._files import fill_page, write_atomic
from skcook.utils._frames import is_frame, read_table, to_pandas
from skcook.utils._sklearn import num_samples, rows_of

#: Shuffling columns is a matter of so many rows.
IMPORTANCE_ROWS = 2000

_LIBRARIES = (
    "skcook",
    "scikit-learn",
    "numpy",
    "pandas",
    "polars",
    "xgboost",
    "xgboost-cpu",
    "lightgbm",
)


def report(model, X, y, path, *, title=None, explain_row=0, data_profile=False):
    """Write a page about a fitted model: one HTML file that needs no network.

    It holds the data column by column, the board with its folds and ties where the model is a
    `Leaderboard`, the pictures of `EvaluationDisplay` on the rows given, the importances by
    permutation, the explanation of one row where the model can explain, and the versions.

    Parameters
    ----------
    model : estimator
        A fitted classifier or regressor.
    X : {DataFrame, array-like} of shape (n_samples, n_features)
        Rows that the model has not learned from.
    y : array-like of shape (n_samples,)
        Their target.
    path : str or path-like
        The file to write.
    title : str or None, default=None
        The heading; None names the model.
    explain_row : int, default=0
        The row that is explained, by the model's own ``explain``
        (:class:`~skcook.explain.ExplainedClassifier`).
    data_profile : bool, default=False
        Also write skrub's report of the data (:func:`skcook.eda.profile`) beside the page, and link
        it.

    Returns
    -------
    path : pathlib.Path
        The file written.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    ValueError
        If `y` has not a value for each row, or there is no row `explain_row`.
    MissingDependencyError
        If matplotlib is not installed, or skrub where it is asked for.

    See Also
    --------
    EvaluationDisplay, FeatureImportanceDisplay : The pictures.
    skcook.eda.profile : The data alone.

    Examples
    --------
    >>> import tempfile
    >>> from skcook.datasets import load_penguins
    >>> from skcook.models import report, tabular_pipeline
    >>> X, y = load_penguins(return_X_y=True)
    >>> model = tabular_pipeline("decision_tree").fit(X[::2], y[::2])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = report(model, X[1::2], y[1::2], f"{folder}/penguins.html")
    ...     "Importance of the columns" in page.read_text(encoding="utf-8")
    True
    """
    check_is_fitted(model)
    y = column_or_1d(y)
    check_consistent_length(X, y)
    if not 0 <= explain_row < len(y):
        raise ValueError(f"explain_row must be one of the {len(y)} rows from 0; got {explain_row}.")
    path = Path(path)
    last = model[-1] if hasattr(model, "steps") else model
    name = str(getattr(last, "best_name_", None) or type(last).__name__)
    n_rows, n_columns = num_samples(X), np.shape(X)[1]
    sections = [
        _section("Data", _data(X, y, is_classifier(model))),
        _section("Board", _board(model)),
        _section("How good it is", _evaluation(model, X, y, name)),
        _section("Importance of the columns", _importance(model, X, y)),
        _section(f"Why row {explain_row} is predicted so", _explanation(model, X, explain_row)),
        _section("Versions", _versions()),
    ]
    if data_profile:
        page = profile(X, path.with_name(f"{path.stem}-data.html"), progress=False)
        link = f'<p><a href="{escape(page.name)}">The data, column by column (skrub)</a></p>'
        sections.insert(1, link)
    text = fill_page(
        "skcook.models",
        "report",
        title=title or f"{name}: report",
        facts=f"{name}, looked at on {n_rows:,} rows of {n_columns} columns",
        markup={"sections": "\n".join(sections)},
    )
    write_atomic(path, text.encode())
    return path


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>\n{body}\n</section>" if body else ""


def _table(frame: Any, **options: Any) -> str:
    frame = to_pandas(read_table(frame).frame)
    frame = frame.astype(object).where(frame.notna(), "")
    text = frame.to_html(border=0, float_format=lambda v: f"{v:.4g}", **options)
    return f'<div class="wide">{text}</div>'


def _data(X: Any, y: Any, is_labels: bool) -> str:
    y = pd.Series(y)
    target = y.value_counts().rename("rows").to_frame() if is_labels else y.describe().to_frame("y")
    columns = X if is_frame(X) else pd.DataFrame(np.asarray(X)).add_prefix("x")
    return f"<p>The target:</p>{_table(target[:30])}<p>The columns:</p>{_table(summarize(columns))}"


def _board(model: Any) -> str:
    board = getattr(model, "estimator_", model)
    if not hasattr(board, "leaderboard_"):
        return ""
    return _table(board.leaderboard_) + _picture(board.plot().figure, "The board, fold by fold")


def _evaluation(model: Any, X: Any, y: Any, name: str) -> str:
    display = EvaluationDisplay.from_estimator(model, X, y, name=name)
    if is_classifier(model) and len(model.classes_) == 2 and display.y_score is not None:
        pyplot = import_optional("matplotlib.pyplot", feature="report", extra="plot")
        pyplot.close(display.figure_)
        display.plot(panels=[*dict.fromkeys([*display.axes_, "threshold"])])
    return _picture(display.figure_, "The pictures of the evaluation") + display._repr_html_()


def _importance(model: Any, X: Any, y: Any) -> str:
    rows = np.arange(num_samples(X))
    if len(rows) > IMPORTANCE_ROWS:
        rows = np.sort(np.random.RandomState(0).choice(rows, IMPORTANCE_ROWS, replace=False))
    display = FeatureImportanceDisplay.from_estimator(
        model, rows_of(X, rows), y[rows], method="permutation", n_repeats=3
    )
    return _picture(display.figure_, "How much the score falls when a column is shuffled")


def _explanation(model: Any, X: Any, row: int) -> str:
    if not hasattr(model, "explain"):
        return (
            "<p>This model does not explain itself: ExplainedClassifier and ExplainedRegressor of "
            "skcook.explain let it.</p>"
        )
    page = model.explain(rows_of(X, [row])).to_html()
    return f'<iframe title="Explanation" srcdoc="{escape(page, quote=True)}"></iframe>'


def _versions() -> str:
    found = {}
    for library in _LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return _table(pd.Series(found, name="version").to_frame())


def _picture(figure: Any, text: str) -> str:
    pyplot = import_optional("matplotlib.pyplot", feature="report", extra="plot")
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    pyplot.close(figure)
    data = base64.b64encode(file.getvalue()).decode("ascii")
    return f'<img alt="{escape(text)}" src="data:image/png;base64,{data}">'
