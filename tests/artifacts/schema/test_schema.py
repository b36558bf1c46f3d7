"""Rows in, the model's frame out: the containers, the dtypes, the bad inputs."""

import json
import math

import jsonschema
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skcook.artifacts import Column, Schema
from skcook.exceptions import ArtifactFormatError, SchemaError

NUMBERS = ["age", "fnlwgt", "edu_num", "gain", "loss", "hours"]
ROW = {
    "age": 36, "fnlwgt": -0.18, "edu_num": 0.49, "gain": 0.17, "loss": 0.32, "hours": 39,
    "work": "work_3", "edu": "edu_15", "marital": "marital_6", "country": "country_6",
}  # fmt: skip


def people(n=400):
    random = np.random.default_rng(0)
    X = pd.DataFrame({name: random.normal(size=n) for name in NUMBERS})
    X["age"] = random.integers(17, 90, n)
    X["hours"] = random.integers(1, 99, n)
    for name, k in {"work": 8, "edu": 16, "marital": 7, "country": 40}.items():
        X[name] = np.array([f"{name}_{i}" for i in range(k)])[random.integers(0, k, n)]
    X["gain"] = X["gain"].mask(random.random(n) < 0.05)
    return X, (X["age"] > 50).astype(int)


@pytest.fixture(scope="module")
def schema():
    """The fixture of the table: only gain and work are imputed, only edu refuses the unseen."""
    X, y = people()
    words = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    model = make_pipeline(
        make_column_transformer(
            (StandardScaler(), ["age", "fnlwgt", "edu_num", "loss", "hours"]),
            (make_pipeline(SimpleImputer(), StandardScaler()), ["gain"]),
            (words, ["work", "marital", "country"]),
            (OneHotEncoder(), ["edu"]),
        ),
        LogisticRegression(max_iter=300),
    ).fit(X, y)
    return Schema.capture(X, model)


def refused(parse, *args):
    with pytest.raises(SchemaError) as caught:
        parse(*args)
    return caught.value.problems


WITHOUT_AGE = {name: value for name, value in ROW.items() if name != "age"}

BAD = {
    "missing column": (WITHOUT_AGE, "age", "missing_column", {}),
    "extra column": ({**ROW, "zzz": 1}, "zzz", "unknown_column", {}),
    "misspelt column": ({**WITHOUT_AGE, "agee": 1}, "agee", "unknown_column",
                        {"did_you_mean": "age"}),
    "null where none may be": ({**ROW, "age": None}, "age", "null", {"expected": "number"}),
    "text in a number": ({**ROW, "age": "abc"}, "age", "type",
                         {"expected": "number", "got": "string"}),
    "number in a category": ({**ROW, "work": 7}, "work", "type",
                             {"expected": "string", "got": "integer"}),
    "true in a number": ({**ROW, "age": True}, "age", "type",
                         {"expected": "number", "got": "boolean"}),
    "numeric string": ({**ROW, "age": "36"}, "age", "type",
                       {"expected": "number", "got": "string"}),
    "list in a number": ({**ROW, "age": [1]}, "age", "type",
                         {"expected": "number", "got": "array"}),
    "object in a number": ({**ROW, "age": {"a": 1}}, "age", "type",
                           {"expected": "number", "got": "object"}),
    "list in a category": ({**ROW, "work": ["x"]}, "work", "type",
                           {"expected": "string", "got": "array"}),
    "unseen, and the encoder refuses": ({**ROW, "edu": "MARS"}, "edu", "category", {}),
    "almost a category": ({**ROW, "edu": "edu_1x"}, "edu", "category", {"did_you_mean": "edu_1"}),
    "NaN": ({**ROW, "age": math.nan}, "age", "not_finite", {}),
    "Infinity": ({**ROW, "age": math.inf}, "age", "not_finite", {}),
    "1e400": ({**ROW, "age": json.loads("1e400")}, "age", "not_finite", {}),
    "an integer of 400 digits": ({**ROW, "age": 10**400}, "age", "not_finite", {}),
    "a number beyond float32": ({**ROW, "age": 1e39}, "age", "range", {}),
}  # fmt: skip


@pytest.mark.parametrize(("row", "column", "code", "more"), BAD.values(), ids=BAD)
def test_bad_values_are_named(schema, row, column, code, more):
    problems = refused(schema.parse_rows, [ROW, row])
    found = [p for p in problems if p["loc"] == ["rows", 1, column]]
    assert len(found) == 1
    assert found[0]["code"] == code
    assert more.items() <= found[0].items()
    assert json.dumps(problems)
    secrets = [v for v in row.values() if isinstance(v, str) and v not in ROW.values()]
    assert not any(secret in json.dumps(problems) for secret in secrets)


def test_allowed_categories_are_listed_up_to_twenty(schema):
    problem = refused(schema.parse_rows, [{**ROW, "edu": "MARS"}])[0]
    assert len(problem["allowed"]) == 16
    assert set(problem["allowed"]) <= {f"edu_{i}" for i in range(16)}


GOOD = {
    "as it is": (ROW, []),
    "null and an imputer": ({**ROW, "gain": None}, []),
    "another order": (dict(reversed(ROW.items())), []),
    "an int for a float": ({**ROW, "loss": 1}, []),
    "a fraction for a number read as float": ({**ROW, "hours": 37.5}, []),
    "unseen, and the encoder takes it": ({**ROW, "work": "MARS"}, [("work", "category")]),
    "out of the range seen": ({**ROW, "age": 3, "hours": 1e6}, [("age", "range"),
                                                                 ("hours", "range")]),
}  # fmt: skip


@pytest.mark.parametrize(("row", "warned"), GOOD.values(), ids=GOOD)
def test_good_rows_may_be_warned_of(schema, row, warned):
    rows = schema.parse_rows([ROW, row])
    assert [(w["loc"], w["code"]) for w in rows.warnings] == [
        (["rows", 1, column], code) for column, code in warned
    ]
    assert list(rows.frame.columns) == list(ROW)
    assert dict(rows.frame.dtypes) == dict(schema.parse_rows([ROW]).frame.dtypes)


@pytest.mark.parametrize(
    ("body", "loc", "code"),
    [
        ([], ["rows"], "empty"),
        ({}, ["rows"], "type"),
        (None, ["rows"], "type"),
        ("rows", ["rows"], "type"),
        ([None], ["rows", 0], "type"),
        ([[1, 2]], ["rows", 0], "type"),
        (["x"], ["rows", 0], "type"),
    ],
    ids=repr,
)
def test_bodies_that_are_no_rows(schema, body, loc, code):
    problem = refused(schema.parse_rows, body)[0]
    assert (problem["loc"], problem["code"]) == (loc, code)


def test_every_problem_of_every_row_is_listed(schema):
    problems = refused(
        schema.parse_rows, [{**WITHOUT_AGE, "work": 7, "x": 1}, ROW, {**ROW, "loss": "a"}]
    )
    assert [(p["loc"][1:], p["code"]) for p in problems] == [
        ([0, "age"], "missing_column"),
        ([0, "x"], "unknown_column"),
        ([0, "work"], "type"),
        ([2, "loss"], "type"),
    ]


def test_the_list_of_problems_ends():
    schema = Schema.capture(pd.DataFrame({"a": [1.0]}))
    assert len(refused(schema.parse_rows, [{"a": "x"}] * 5000)) == 1000


def test_hostile_names_are_cut():
    schema = Schema.capture(pd.DataFrame({"a": [1.0]}))
    problems = refused(schema.parse_rows, [{"a": 1, "b" * 10**6: 1}])
    assert len(json.dumps(problems)) < 500
    assert len(refused(schema.parse_rows, [dict.fromkeys(map(str, range(3000)), 1)])) == 1000


# Tables: columns and data, and text cells.


def test_columns_and_data_in_any_order(schema):
    names = list(reversed(ROW))
    rows = schema.parse_columns(names, [[ROW[n] for n in names]] * 2)
    pd.testing.assert_frame_equal(rows.frame, schema.parse_rows([ROW, ROW]).frame)


TABLES = {
    "no data": ((["a"], []), ["rows"], "empty"),
    "data is no array": ((["a"], {}), ["data"], "type"),
    "columns is no array": (("a", [[1]]), ["columns"], "type"),
    "a column twice": ((["a", "a"], [[1, 2]]), ["columns", 1], "duplicate_column"),
    "a name that is none": (([None, "a"], [[1, 2]]), ["columns", 0], "type"),
    "a column too few": (([], [[]]), ["columns", "a"], "missing_column"),
    "a column too many": ((["a", "b"], [[1, 2]]), ["columns", "b"], "unknown_column"),
    "a value too many": ((["a"], [[1], [1, 2]]), ["rows", 1], "length"),
    "a row that is none": ((["a"], [3]), ["rows", 0], "type"),
    "a wrong cell": ((["a"], [[1], ["x"]]), ["rows", 1, "a"], "type"),
}


@pytest.mark.parametrize(("table", "loc", "code"), TABLES.values(), ids=TABLES)
def test_bad_tables(table, loc, code):
    schema = Schema.capture(pd.DataFrame({"a": [1.0]}))
    problem = refused(schema.parse_columns, *table)[0]
    assert (problem["loc"], problem["code"]) == (loc, code)


def test_text_cells_are_read_by_the_type_of_their_column(schema):
    cells = [str(value) for value in ROW.values()]
    rows = schema.parse_strings(list(ROW), [cells, [*cells[:3], "", *cells[4:]]])
    pd.testing.assert_frame_equal(rows.frame, schema.parse_rows([ROW, {**ROW, "gain": None}]).frame)
    problem = refused(schema.parse_strings, list(ROW), [["abc", *cells[1:]]])[0]
    assert problem["loc"] == ["rows", 0, "age"]
    assert (problem["code"], problem["got"]) == ("type", "string")


# A row's answer must not depend on its company.


def test_rows_of_several_requests_make_one_frame(schema):
    parts = [schema.parse_rows([{**ROW, "gain": gain}]) for gain in (1, None, 2.5)]
    pd.testing.assert_frame_equal(
        type(parts[0]).join(parts).frame,
        schema.parse_rows([{**ROW, "gain": gain} for gain in (1, None, 2.5)]).frame,
    )
    assert type(parts[0]).join(parts[:1]) is parts[0]


# JSON Schema.


def test_the_json_schema_agrees_with_the_parser(schema):
    document = schema.to_json_schema()
    validator = jsonschema.Draft202012Validator(document)
    validator.check_schema(document)
    assert validator.is_valid(ROW)
    for name, (row, *_) in GOOD.items():
        assert validator.is_valid(row), name
    for name, (row, _, code, _) in BAD.items():
        if name != "NaN":  # which no JSON has, and jsonschema lets through
            assert not validator.is_valid(row), (name, code)


DAMAGED = {
    "nothing": lambda d: d.clear(),
    "another format": lambda d: d["x-skcook"].update(format=2),
    "no columns": lambda d: d["x-skcook"].pop("columns"),
    "a column too many": lambda d: d["x-skcook"]["columns"].append("zz"),
    "a column twice": lambda d: d["x-skcook"].update(columns=["a", "a"]),
    "an unknown input": lambda d: d["x-skcook"].update(input="stream"),
    "an unknown container": lambda d: d["x-skcook"].update(container="dask"),
    "a dtype that is none": lambda d: d["properties"]["a"]["x-skcook"].update(dtype="int7"),
    "a dtype that is a number": lambda d: d["properties"]["a"]["x-skcook"].update(dtype=7),
    "a type that is none": lambda d: d["properties"]["a"]["x-skcook"].update(type="tensor"),
    "a column that is none": lambda d: d["properties"].update(a=3),
    "categories of lists": lambda d: d["properties"]["a"]["x-skcook"].update(categories=[[1]]),
    "labels of lists": lambda d: d["x-skcook"].update(labels=[[1]]),
    "labels too few": lambda d: d["x-skcook"].update(labels=[]),
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_schema_is_refused(damage):
    document = Schema.capture(pd.DataFrame({"a": [1, 2]})).to_json_schema()
    damage(document)
    with pytest.raises(ArtifactFormatError):
        Schema.from_json_schema(document)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**6), 10**6), st.text(max_size=5),
    st.floats(-1e6, 1e6), st.just(math.nan), st.just(math.inf), st.lists(st.integers(), max_size=1),
)  # fmt: skip


@settings(max_examples=200)
@given(st.data())
def test_any_row_is_taken_or_refused_and_the_two_passes_agree(data):
    X = pd.DataFrame({"a": [1.5, None], "b": ["x", "y"], "c": [True, False], "d": [1, 2]})
    schema = Schema.capture(X)
    row = {name: data.draw(SCALARS) for name in X.columns}
    # The quick pass must not refuse what the slow one finds nothing wrong with.
    problems = _problems(schema, row)
    assert {p["code"] for p in problems} <= {"type", "null", "not_finite", "range"}
    if not problems:
        assert schema.parse_rows([row]).frame.dtypes.equals(X.dtypes)


def _problems(schema, row):
    try:
        schema.parse_rows([row])
    except SchemaError as exc:
        return exc.problems or [{"code": "none listed"}]
    return []


def test_columns_are_found_by_name(schema):
    assert isinstance(schema["age"], Column)
    assert len(schema) == 10
    with pytest.raises(KeyError, match="zzz"):
        schema["zzz"]
