"""Data sets from the web: a file is kept, and never used unless it is the file that was meant."""

import csv
import hashlib
import io
import os
import tempfile
import urllib.request
import zipfile
from pathlib import Path

import pandas as pd
from sklearn.datasets import get_data_home
from sklearn.utils import Bunch

from skcook.datasets._included import labelled

_TIMEOUT = 60  # seconds without a byte
_CHUNK = 1 << 20


def fetch_file(url, *, sha256, data_home=None, download_if_missing=True):
    """Return the path of a file of the data folder, downloading it if it is not there."""
    path = Path(get_data_home(data_home)) / "skcook" / url.rsplit("/", 1)[-1]
    if not path.is_file():
        if not download_if_missing:
            raise OSError(
                f"There is no {path}. Pass download_if_missing=True, or download {url} by other "
                f"means and put it there."
            )
        _download(url, path, sha256)
    elif (found := _digest(path)) != sha256:
        raise ValueError(
            f"{path} is not the expected file: its SHA-256 is {found}, expected {sha256}. "
            f"Remove it, and the next call downloads it again."
        )
    return path


def _download(url, path, sha256):
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            try:
                with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer:  # noqa: S310 - our own constants
                    while chunk := answer.read(_CHUNK):
                        out.write(chunk)
            except OSError as error:
                raise OSError(
                    f"{url} cannot be downloaded: {error}. Download it by other means and put it "
                    f"at {path}."
                ) from error
        if (found := _digest(part)) != sha256:
            raise ValueError(
                f"{url} is not the expected file: its SHA-256 is {found}, expected {sha256}. "
                f"Nothing was kept."
            )
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _digest(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_ADULT_URL = "https://archive.ics.uci.edu/ml/machine-learning-databases/adult/adult.data"
_ADULT_SHA256 = "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d"
_ADULT_COLUMNS = [
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education_num",
    "marital_status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital_gain",
    "capital_loss",
    "hours_per_week",
    "native_country",
    "income",
]


def fetch_adult(*, data_home=None, download_if_missing=True, return_X_y=False):
    """Load the Adult census, 4 MB, downloading it the first time.

    32,561 people of the 1994 census of the United States, with six numbers and eight words on each;
    4,262 words are missing. The task is to tell who earns more than 50,000 dollars a year (24 %).
    The file is UCI's ``adult.data``, the one that cookbooks use, checked by its SHA-256.

    Parameters
    ----------
    data_home : str, path-like or None, default=None
        The folder where files are kept, in a subfolder ``skcook``. None is scikit-learn's data
        folder (:func:`sklearn.datasets.get_data_home`).
    download_if_missing : bool, default=True
        False never uses the network.
    return_X_y : bool, default=False
        Return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        frame : DataFrame of shape (32561, 15)
            All columns.
        data : DataFrame of shape (32561, 14)
            age (years), workclass, fnlwgt (people whom the row stands for), education,
            education_num, marital_status, occupation, relationship, race, sex, capital_gain and
            capital_loss (dollars), hours_per_week, native_country.
        target : Series of shape (32561,)
            income: "<=50K" or ">50K".
        feature_names : list of str
            The columns of ``data``.
        target_names : list of str
            The two incomes.
        DESCR : str
            Where the data comes from.
    (data, target) : tuple if `return_X_y` is True
        The two of them alone.

    Raises
    ------
    OSError
        If the file is not there and may not, or cannot, be downloaded; the message says where
        to put it.
    ValueError
        If the file is not the expected one.

    References
    ----------
    Becker B., Kohavi R. (1996), "Adult", UCI Machine Learning Repository,
    https://doi.org/10.24432/C5XW20, CC BY 4.0.

    Examples
    --------
    >>> from skcook.datasets import fetch_adult
    >>> X, y = fetch_adult(return_X_y=True)  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (32561, 14)
    """
    path = fetch_file(
        _ADULT_URL,
        sha256=_ADULT_SHA256,
        data_home=data_home,
        download_if_missing=download_if_missing,
    )
    frame = pd.read_csv(path, names=_ADULT_COLUMNS, na_values="?", skipinitialspace=True)
    return labelled(frame, "income", fetch_adult.__doc__, return_X_y)


_MOVIELENS_URL = "https://files.grouplens.org/datasets/movielens/ml-{size}.zip"
_MOVIELENS_SHA256 = {
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
    if size not in _MOVIELENS_SHA256:
        raise ValueError(
            f"size must be one of {', '.join(map(repr, _MOVIELENS_SHA256))}; got {size!r}."
        )
    path = fetch_file(
        _MOVIELENS_URL.format(size=size),
        sha256=_MOVIELENS_SHA256[size],
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
