"""The Adult census, downloaded from its source."""

import pandas as pd
from sklearn.utils import Bunch

from skcook.datasets._remote import fetch_file

_URL = "https://archive.ics.uci.edu/ml/machine-learning-databases/adult/adult.data"
_SHA256 = "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d"
_COLUMNS = [
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
        _URL, sha256=_SHA256, data_home=data_home, download_if_missing=download_if_missing
    )
    frame = pd.read_csv(path, names=_COLUMNS, na_values="?", skipinitialspace=True)
    X, y = frame.drop(columns="income"), frame["income"]
    if return_X_y:
        return X, y
    return Bunch(
        frame=frame,
        data=X,
        target=y,
        feature_names=list(X.columns),
        target_names=sorted(y.unique()),
        DESCR=fetch_adult.__doc__,
    )
