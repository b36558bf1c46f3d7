import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import skops.io
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold

from skcook.exceptions import ColumnsError, ColumnValuesError
from skcook.recommend import LightFMRecommender, PopularityRecommender, SideTable

MOVIES = {
    "movie": [1, 2, 3, 4],
    "title": ["Heat", "Alien", None, "Big"],
    "genres": ["Action|Crime", "Horror| Action |Action", None, ""],
    "kids": [False, False, None, True],
}
TRUSTED = ["skcook.recommend.SideTable", "scipy.sparse._csr.csr_matrix"]


def features(table):
    """Return the set of features of each row."""
    rows = table.matrix.tolil().rows
    return [{table.feature_names[i] for i in row} for row in rows]


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_cells_become_features(library):
    table = SideTable(library.DataFrame(MOVIES), id="movie", title="title")
    assert features(table) == [
        {"genres=Action", "genres=Crime", "kids=False"},
        {"genres=Horror", "genres=Action", "kids=False"},
        set(),
        {"kids=True"},
    ]
    assert (table.matrix.data == 1).all()
    assert table.ids.tolist() == [1, 2, 3, 4]
    assert table.titles.tolist() == MOVIES["title"]


CELLS = {
    "pandas-lists": pd.Series([["a", "b"], ["b"], [], None]),
    "polars-lists": pl.Series([["a", "b"], ["b"], [], None]),
    "pandas-separated": pd.Series(["a|b", "b", "|", None]),
    "polars-separated": pl.Series(["a|b", "b", "|", None]),
}


@pytest.mark.parametrize("cells", CELLS.values(), ids=CELLS)
def test_several_values_in_a_cell_are_several_features(cells):
    library = pl if isinstance(cells, pl.Series) else pd
    frame = library.DataFrame({"id": [1, 2, 3, 4], "tags": cells})
    assert features(SideTable(frame, id="id")) == [{"tags=a", "tags=b"}, {"tags=b"}, set(), set()]


def test_without_a_separator_a_cell_is_one_value():
    frame = pd.DataFrame({"id": [1], "tags": ["a|b"]})
    assert SideTable(frame, id="id", separator=None).feature_names == ["tags=a|b"]


def test_a_number_of_few_values_is_a_category_and_one_of_many_a_range():
    frame = pd.DataFrame({"id": range(100), "stars": [1, 5] * 50, "year": np.arange(1900, 2000)})
    table = SideTable(frame, id="id", n_bins=4)
    assert table.feature_names[:2] == ["stars=1", "stars=5"]
    assert len(table.feature_names) == 6
    counts = np.asarray(table.matrix.sum(axis=0)).ravel()
    assert counts.tolist() == [50, 50, 25, 25, 25, 25]
    assert table.feature_names[2].startswith("year=[1900, ")
    assert table.feature_names[-1].endswith(", 1999]")


def test_missing_and_infinite_numbers_are_no_features():
    frame = pd.DataFrame({"id": range(4), "year": [1990, np.nan, np.inf, 2000]})
    assert [len(row) for row in features(SideTable(frame, id="id"))] == [1, 0, 0, 1]


def test_a_column_that_says_nothing_gives_no_feature():
    frame = pd.DataFrame({"id": [1, 2], "empty": [None, None]})
    assert SideTable(frame, id="id").feature_names == []


@pytest.mark.parametrize(
    ("frame", "params", "error", "message"),
    [
        (MOVIES, {"id": "movies"}, ColumnsError, "id='movies'.*did you mean 'movie'"),
        (MOVIES, {"id": "movie", "columns": ["genre"]}, ColumnsError, "did you mean 'genres'"),
        (MOVIES, {"id": "movie", "columns": "genres"}, ColumnsError, r"such as \['genres'\]"),
        (MOVIES, {"id": "movie", "columns": ["movie"]}, ColumnsError, "the id 'movie'"),
        ({"id": [1, 2, 1]}, {"id": "id"}, ColumnValuesError, "more than once: 1"),
        ({"id": [1, None]}, {"id": "id"}, ColumnValuesError, "'id' holds 1 missing id.*row 1"),
        (
            {"id": [1], "when": [pd.Timestamp("2020-01-01")]},
            {"id": "id"},
            ColumnValuesError,
            "'when' is datetime.*year",
        ),
        (
            {"id": [1, 2], "x": ["a", {"b": 1}]},
            {"id": "id"},
            ColumnValuesError,
            "'x' holds a dict in row 1",
        ),
    ],
    ids=["no-id", "no-column", "string", "id-as-feature", "twice", "missing", "date", "dict"],
)
def test_bad_tables_are_named(frame, params, error, message):
    with pytest.raises(error, match=message):
        SideTable(pd.DataFrame(frame), **params)


def test_a_list_is_no_table():
    with pytest.raises(TypeError, match=r"DataFrame of pandas or polars; got builtins\.list"):
        SideTable([[1, 2]], id="a")


def test_the_input_is_not_changed():
    frame = pd.DataFrame(MOVIES)
    before = frame.copy(deep=True)
    SideTable(frame, id="movie", title="title")
    pd.testing.assert_frame_equal(frame, before)


def test_titles_of_unknown_ids_are_none():
    table = SideTable(pd.DataFrame(MOVIES), id="movie", title="title")
    assert table.titles_of(np.array([2, 9, 3])).tolist() == ["Alien", None, None]


def test_clone_hands_on_the_same_table():
    table = SideTable(pd.DataFrame(MOVIES), id="movie", title="title")
    assert clone(LightFMRecommender(item_features=table)).item_features is table


def test_cross_validation_never_cuts_a_table_as_long_as_x(data):
    X = data.frame.head(len(data.item_table))
    table = SideTable(data.item_table, id="item")
    seen = []

    class Probe(PopularityRecommender):
        def __init__(self, table=None):
            super().__init__()
            self.table = table

        def fit(self, X, y=None):
            seen.append((self.table, len(X)))
            return super().fit(X, y)

    GridSearchCV(Probe(), {"table": [table]}, cv=KFold(2), refit=False).fit(X)
    assert all(found is table for found, _ in seen)
    assert all(length < len(table) for _, length in seen)


@pytest.mark.parametrize("how", ["pickle", "skops"])
def test_it_survives_saving(how):
    table = SideTable(pd.DataFrame(MOVIES), id="movie", title="title")
    if how == "pickle":
        again = pickle.loads(pickle.dumps(table))
    else:
        again = skops.io.loads(skops.io.dumps(table), trusted=TRUSTED)
    assert repr(again) == repr(table)
    assert again.titles.tolist() == table.titles.tolist()
    assert again.feature_names == table.feature_names
    assert (again.matrix != table.matrix).nnz == 0


def test_hostile_strings_are_ordinary_values():
    nasty = ["", "=", "a=b", "x" * 10_000, "\0", "🎬", "'; DROP TABLE--"]
    frame = pd.DataFrame({"id": range(7), "tag": nasty})
    table = SideTable(frame, id="id", separator=None)
    assert table.matrix.sum() == 6  # the empty string says nothing


def test_a_grown_table_keeps_its_ranges_and_its_features():
    old = pd.DataFrame({"item": range(40), "price": np.arange(40.0), "kind": ["a", "b"] * 20})
    table = SideTable(old, id="item")
    new = pd.concat([old, pd.DataFrame({"item": [40], "price": [500.0], "kind": ["c"]})])
    grown = SideTable(new, id="item", like=table)
    n = len(table.feature_names)
    assert grown.feature_names == [*table.feature_names, "kind=c"]
    np.testing.assert_array_equal(grown.matrix[:40, :n].toarray(), table.matrix.toarray())
    interactions = pd.DataFrame({"user": [0, 0, 1, 1], "item": [0, 2, 1, 3]})
    model = LightFMRecommender(4, epochs=2, random_state=0, item_features=table)
    model.fit(interactions)
    model.set_params(item_features=grown)
    more = pd.concat([interactions, pd.DataFrame({"user": [2], "item": [40]})])
    assert 40 in model.partial_fit(more).item_ids_


def test_features_of_today_are_known_for_the_time_of_a_call(hybrid, data):
    row = data.item_table[data.item_table["item"] == "i0"].assign(item="today")
    table = SideTable(row, id="item", title="title")
    with pytest.raises(ColumnValuesError, match="unknown id"):
        hybrid.recommend("u1", k=1, candidates=["today", "i1"], exclude_seen=False)
    now = hybrid.recommend(
        "u1", k=2, candidates=["today", "i1"], item_features=table, exclude_seen=False
    )
    assert set(now["item"]) == {"today", "i1"}
    with pytest.raises(ColumnValuesError, match="unknown id"):
        hybrid.recommend("u1", k=1, candidates=["today"])


def test_nothing_in_a_list_is_no_feature_and_a_number_is_one():
    frame = pd.DataFrame({"item": [1, 2], "t": [["a", np.nan, None, 1], [2.0, 1.0]]})
    assert SideTable(frame, id="item").feature_names == ["t=1", "t=2", "t=a"]


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_ids_of_any_size_are_told_apart(library):
    ids = np.array([2**53, 2**53 + 1, 2**64 - 1, 2**64 - 2], dtype=np.uint64)
    table = SideTable(library.DataFrame({"id": ids, "kind": list("abcd")}), id="id", title="kind")
    assert table.titles_of(ids).tolist() == list("abcd")
    assert table.titles_of(ids.astype(object)).tolist() == list("abcd")
    assert table.titles_of(np.array([2**53, -1])).tolist() == ["a", None]
    assert table.titles_of(np.array([2.0**53, 2.0**64, 0.5])).tolist() == ["a", None, None]
    newer = SideTable(pd.DataFrame({"id": [-1, 2**53], "kind": ["m", "n"]}), id="id", title="kind")
    both = table.joined(newer)
    assert both.ids.tolist() == [-1, 2**53, 2**53 + 1, 2**64 - 1, 2**64 - 2]
    assert both.titles_of(np.array([2**53, 2**53 + 1])).tolist() == ["n", "b"]


def test_numbers_that_differ_in_a_late_digit_are_different_features():
    table = SideTable(pd.DataFrame({"id": [1, 2], "zip": [1234567, 1234568]}), id="id")
    assert table.feature_names == ["zip=1234567", "zip=1234568"]
    many = SideTable(pd.DataFrame({"id": range(40), "at": 1e7 + np.arange(40)}), id="id", n_bins=8)
    assert len(many.feature_names) == len(set(many.feature_names)) == 8
