import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skcook import artifacts
from skcook.artifacts import Schema
from tests.artifacts._zoo import penguins, prepared


def test_an_artifact_shows_what_it_is():
    X, y = penguins()
    model = make_pipeline(prepared(), LogisticRegression(max_iter=500)).fit(X, y)
    shown = repr(artifacts.wrap(model, X, y=y, name="birds"))
    lines = shown.splitlines()
    assert lines[0] == (
        "Artifact 'birds', version unsaved: classifier (ColumnTransformer -> LogisticRegression)"
    )
    assert "  answers: predict, predict_proba, decision_function" in lines
    assert "  classes: Adelie, Chinstrap, Gentoo" in lines
    assert any("island" in line and "Biscoe, Dream, Torgersen" in line for line in lines)


def test_a_schema_of_many_columns_is_counted():
    schema = Schema.capture(pd.DataFrame(np.ones((2, 50))).rename(columns=str))
    assert repr(schema).splitlines()[-1] == "  and 20 more"
    assert "and 20 more" in schema._repr_html_()


def test_names_and_values_cannot_leave_their_cells():
    name = "<script>alert(1)</script>\x1b[2J"
    schema = Schema.capture(pd.DataFrame({name: ["<b>"] * 4}))
    assert "<script>" not in schema._repr_html_()
    assert "<b>" not in schema._repr_html_()
    assert "\x1b" not in repr(schema)
    assert "\x1b" not in schema._repr_html_()


def test_a_card_stays_in_its_line_and_cannot_move_the_cursor():
    X, y = penguins()
    model = LogisticRegression(max_iter=500).fit(X[["bill_depth_mm"]].fillna(0), y)
    card = {"description": "first\nsecond\x1b[2J", "limits": ["a\x07"], "metrics": {"\x1b": 1}}
    shown = repr(artifacts.wrap(model, X[["bill_depth_mm"]].fillna(0), card=card))
    assert "  description: first second\\x1b[2J" in shown.splitlines()
    assert all(line.isprintable() for line in shown.splitlines())
