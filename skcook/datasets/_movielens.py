"""MovieLens ratings, downloaded from their source."""

import csv
import io
import zipfile

import pandas as pd
from sklearn.utils import Bunch

from skcook.datasets._remote import fetch_file

_URL = "https://files.grouplens.org/datasets/movielens/ml-{size}.zip"
_SHA256 = {
    "100k": "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
    "1m": "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
}
_RATINGS = ["user", "item", "rating", "time"]
_GENRES_100K = [
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
]


def fetch_movielens(size="100k", *, data_home=None, download_if_missing=True):
    """Load MovieLens ratings of films, downloading them the first time.

    The archive is GroupLens's own, checked by its SHA-256. Its licence allows research and forbids
    passing it on: read the README inside before you use it.

    Parameters
    ----------
    size : {"100k", "1m"}, default="100k"
        "100k" (5 MB): 100,000 ratings that 943 users gave to 1,682 films; "1m" (6 MB): 1,000,209
        ratings that 6,040 users gave to 3,706 of 3,883 films.
    data_home : str, path-like or None, default=None
        The folder where files are kept, in a subfolder ``skcook``. None is scikit-learn's data
        folder (:func:`sklearn.datasets.get_data_home`).
    download_if_missing : bool, default=True
        False never uses the network.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        frame : DataFrame of shape (n_ratings, 4)
            user, item, rating (1 to 5), time (datetime, UTC without a zone).
        item_table : DataFrame of shape (n_items, 3)
            item, title, genres ("Animation|Comedy").
        user_table : DataFrame of shape (n_users, 5)
            user, age (years; in "1m" the youngest of an age group), sex ("F" or "M"), occupation
            (a word; in "1m" a code of the README), zip_code.
        DESCR : str
            Where the data comes from.

    Raises
    ------
    OSError
        If the file is not there and may not, or cannot, be downloaded; the message says where
        to put it.
    ValueError
        If `size` is unknown, or the file is not the expected one.

    References
    ----------
    Harper F. M., Konstan J. A. (2015), "The MovieLens Datasets: History and Context", ACM
    Transactions on Interactive Intelligent Systems 5(4), https://doi.org/10.1145/2827872.

    Examples
    --------
    >>> from skcook.datasets import fetch_movielens
    >>> movielens = fetch_movielens()  # doctest: +SKIP
    >>> movielens.frame.shape  # doctest: +SKIP
    (100000, 4)
    """
    if size not in _SHA256:
        raise ValueError(f"size must be one of {', '.join(map(repr, _SHA256))}; got {size!r}.")
    path = fetch_file(
        _URL.format(size=size),
        sha256=_SHA256[size],
        data_home=data_home,
        download_if_missing=download_if_missing,
    )
    with zipfile.ZipFile(path) as archive:
        ratings, items, users = (_read_100k if size == "100k" else _read_1m)(archive)
    ratings["time"] = pd.to_datetime(ratings["time"], unit="s")
    return Bunch(frame=ratings, item_table=items, user_table=users, DESCR=fetch_movielens.__doc__)


def _read_100k(archive):
    items = _read(
        archive,
        "ml-100k/u.item",
        "|",
        ["item", "title", "release", "video_release", "url", *_GENRES_100K],
    )
    flags = items[_GENRES_100K].to_numpy(dtype=bool)
    items = items[["item", "title"]].assign(
        genres=[
            "|".join(genre for genre, flag in zip(_GENRES_100K, row, strict=True) if flag)
            for row in flags
        ]
    )
    return (
        _read(archive, "ml-100k/u.data", "\t", _RATINGS),
        items,
        _read(archive, "ml-100k/u.user", "|", ["user", "age", "sex", "occupation", "zip_code"]),
    )


def _read_1m(archive):
    return (
        _read(archive, "ml-1m/ratings.dat", "::", _RATINGS),
        _read(archive, "ml-1m/movies.dat", "::", ["item", "title", "genres"]),
        _read(archive, "ml-1m/users.dat", "::", ["user", "sex", "age", "occupation", "zip_code"])[
            ["user", "age", "sex", "occupation", "zip_code"]
        ],
    )


def _read(archive, name, separator, columns):
    content = archive.read(name).decode("latin-1")
    if len(separator) > 1:  # which pandas leaves to its slow parser
        content, separator = content.replace(separator, "\t"), "\t"
    return pd.read_csv(
        io.StringIO(content),
        sep=separator,
        names=columns,
        dtype={"zip_code": str},
        quoting=csv.QUOTE_NONE,
    )
