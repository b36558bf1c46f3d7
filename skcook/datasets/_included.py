"""Data sets that need no network: the Palmer penguins, and interactions made up with a taste."""

from importlib import resources
from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.utils import Bunch, check_random_state, check_scalar


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
    return labelled(frame, "species", load_penguins.__doc__, return_X_y)


def labelled(frame, target, description, return_X_y):
    """Return a data set with labels as scikit-learn's loaders do."""
    X, y = frame.drop(columns=target), frame[target]
    if return_X_y:
        return X, y
    return Bunch(
        frame=frame,
        data=X,
        target=y,
        feature_names=list(X.columns),
        target_names=sorted(y.unique()),
        DESCR=description,
    )


def make_interactions(
    n_users=500, n_items=200, *, n_per_user=20, n_tastes=4, purity=0.8, random_state=None
):
    """Generate interactions of users who each have one taste.

    Every item is of one genre, with a year and a few topics; every user has a favourite genre, from
    which a share of `purity` of the picks comes, and the rest from anywhere. Within a genre, items
    are picked by popularity, which falls off as 1 / rank ** 0.8. So popularity alone finds some of
    what a user would pick, and taste much more.

    Parameters
    ----------
    n_users, n_items : int, default=500 and 200
        How many.
    n_per_user : int, default=20
        Picks a user, all different.
    n_tastes : int, default=4
        How many genres.
    purity : float, default=0.8
        The share of picks from the favourite genre; 1 makes the users of two genres share nothing.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        frame : DataFrame of shape (n_users * n_per_user, 4)
            user ("u0", ...), item ("i0", ...), rating (1 to 5), time (seconds); in random order.
        item_table : DataFrame of shape (n_items, 5)
            item, title, genre, topics ("t1|t4"), year.
        user_table : DataFrame of shape (n_users, 3)
            user, favourite (a genre), age.

    Examples
    --------
    >>> from skcook.datasets import make_interactions
    >>> data = make_interactions(n_users=3, n_items=20, n_per_user=5, random_state=0)
    >>> data.frame.columns.tolist(), len(data.frame)
    (['user', 'item', 'rating', 'time'], 15)
    >>> data.item_table["genre"].nunique()
    4
    """
    for name, value in (
        ("n_users", n_users),
        ("n_items", n_items),
        ("n_per_user", n_per_user),
        ("n_tastes", n_tastes),
    ):
        check_scalar(value, name, Integral, min_val=1)
    if n_items // n_tastes < n_per_user:
        raise ValueError(
            f"A genre has about {n_items // n_tastes} items (n_items={n_items} over "
            f"n_tastes={n_tastes}), which is fewer than n_per_user={n_per_user} different picks."
        )
    rng = check_random_state(random_state)
    genre = np.arange(n_items) % n_tastes
    popularity = 1 / (1 + rng.permutation(n_items)) ** 0.8
    taste = rng.randint(n_tastes, size=n_users)
    users, items = [], []
    for user in range(n_users):
        share = np.where(genre == taste[user], purity, (1 - purity) / max(1, n_tastes - 1))
        share = share * popularity
        # The largest of log(weight) + Gumbel noise are a weighted draw without replacement.
        with np.errstate(divide="ignore"):
            keys = np.log(share) + rng.gumbel(size=n_items)
        items.append(np.argsort(-keys)[:n_per_user])
        users.append(np.full(n_per_user, user))
    users, items = np.concatenate(users), np.concatenate(items)
    liked = genre[items] == taste[users]
    rating = np.clip(np.where(liked, 4, 2) + rng.randint(-1, 2, size=len(users)), 1, 5)
    order = rng.permutation(len(users))
    frame = pd.DataFrame(
        {
            "user": np.char.add("u", users.astype(str)).astype(object),
            "item": np.char.add("i", items.astype(str)).astype(object),
            "rating": rating,
            "time": 1_600_000_000 + rng.randint(10_000_000, size=len(users)),
        }
    ).iloc[order]
    names = np.array([f"genre {chr(65 + g % 26)}{g // 26 or ''}" for g in range(n_tastes)])
    topics = rng.randint(8, size=(n_items, 2))
    item_table = pd.DataFrame(
        {
            "item": [f"i{i}" for i in range(n_items)],
            "title": [f"Item {i} of {names[genre[i]]}" for i in range(n_items)],
            "genre": names[genre],
            "topics": [f"t{a}|t{b}" for a, b in topics],
            "year": rng.randint(1950, 2021, size=n_items),
        }
    )
    user_table = pd.DataFrame(
        {
            "user": [f"u{i}" for i in range(n_users)],
            "favourite": names[taste],
            "age": rng.randint(18, 80, size=n_users),
        }
    )
    return Bunch(frame=frame.reset_index(drop=True), item_table=item_table, user_table=user_table)
