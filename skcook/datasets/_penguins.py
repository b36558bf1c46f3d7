"""The Palmer penguins, shipped inside the package."""

from importlib import resources

import pandas as pd
from sklearn.utils import Bunch


def load_penguins(*, return_X_y=False):
    """Load the Palmer penguins: mixed columns with real missing values.

    Size measurements of 344 adult penguins of three species, taken on three islands of the
    Palmer Archipelago, Antarctica, from 2007 to 2009. 19 values are missing. The task is to tell
    the species.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        frame : DataFrame of shape (344, 7)
            All columns.
        data : DataFrame of shape (344, 6)
            island (string), bill_length_mm, bill_depth_mm, flipper_length_mm (millimetres),
            body_mass_g (grams), sex (string).
        target : Series of shape (344,)
            species: "Adelie", "Chinstrap" or "Gentoo".
        feature_names : list of str
            The columns of ``data``.
        target_names : list of str
            The species.
        DESCR : str
            Where the data comes from.
    (data, target) : tuple if `return_X_y` is True
        The two of them alone.

    References
    ----------
    Gorman K. B., Williams T. D., Fraser W. R. (2014), "Ecological sexual dimorphism and
    environmental variability within a community of Antarctic penguins (genus Pygoscelis)",
    PLoS ONE 9(3): e90081. Collected by Dr. Kristen Gorman and the Palmer Station, Antarctica
    LTER; published as the R package palmerpenguins (Horst, Hill, Gorman 2020) under CC0.

    Examples
    --------
    >>> from skcook.datasets import load_penguins
    >>> penguins = load_penguins()
    >>> penguins.frame.shape
    (344, 7)
    >>> int(penguins.frame.isna().sum().sum())
    19
    >>> X, y = load_penguins(return_X_y=True)
    >>> y.value_counts().to_dict()
    {'Adelie': 152, 'Gentoo': 124, 'Chinstrap': 68}
    """
    with resources.files("skcook.datasets").joinpath("data", "penguins.csv").open("rb") as file:
        frame = pd.read_csv(file)
    X, y = frame.drop(columns="species"), frame["species"]
    if return_X_y:
        return X, y
    return Bunch(
        frame=frame,
        data=X,
        target=y,
        feature_names=list(X.columns),
        target_names=sorted(y.unique()),
        DESCR=load_penguins.__doc__,
    )
