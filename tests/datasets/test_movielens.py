import hashlib
import zipfile

import pandas as pd
import pytest

from skcook.datasets import _fetched, fetch_movielens

FLAGS = {"Animation", "Children's", "Comedy"}
ARCHIVES = {
    "100k": {
        "u.data": "196\t242\t3\t881250949\n186\t242\t5\t891717742\n",
        "u.item": "242|Misérables, Les (1995)|01-Jan-1995||http://example.org/1|"
        + "|".join("1" if genre in FLAGS else "0" for genre in _fetched._GENRES_100K)
        + "\n",
        "u.user": "186|39|F|executive|00000\n196|49|M|writer|55105\n",
    },
    "1m": {
        "ratings.dat": "196::242::3::881250949\n186::242::5::891717742\n",
        "movies.dat": "242::Misérables: Les (1995)::Animation|Children's|Comedy\n",
        "users.dat": "186::F::35::7::00000\n196::M::45::20::55105\n",
    },
}


@pytest.fixture(params=ARCHIVES)
def movielens(request, tmp_path, monkeypatch):
    """A data folder that holds a small archive of the shape of the real one."""
    size = request.param
    (tmp_path / "skcook").mkdir()
    path = tmp_path / "skcook" / f"ml-{size}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in ARCHIVES[size].items():
            archive.writestr(f"ml-{size}/{name}", content.encode("latin-1"))
    monkeypatch.setitem(
        _fetched._MOVIELENS_SHA256, size, hashlib.sha256(path.read_bytes()).hexdigest()
    )
    return fetch_movielens(size, data_home=tmp_path, download_if_missing=False)


def test_ratings(movielens):
    assert movielens.frame.columns.tolist() == ["user", "item", "rating", "time"]
    assert movielens.frame["rating"].tolist() == [3, 5]
    assert movielens.frame["time"].iloc[0] == pd.Timestamp("1997-12-04 15:55:49")


def test_items_have_their_genres(movielens):
    item = movielens.item_table.iloc[0]
    assert item["title"].startswith("Misérables")
    assert item["genres"] == "Animation|Children's|Comedy"
    assert movielens.item_table.shape == (1, 3)


def test_users_keep_the_zeros_of_their_zip_code(movielens):
    assert movielens.user_table.columns.tolist() == ["user", "age", "sex", "occupation", "zip_code"]
    assert movielens.user_table["sex"].tolist() == ["F", "M"]
    assert movielens.user_table["zip_code"].tolist() == ["00000", "55105"]


def test_an_unknown_size_lists_those_there_are(tmp_path):
    with pytest.raises(ValueError, match="size must be one of '100k', '1m'; got '20m'"):
        fetch_movielens("20m", data_home=tmp_path)
