"""Small real data sets, generators and loaders."""

from skcook.datasets._adult import fetch_adult
from skcook.datasets._interactions import make_interactions
from skcook.datasets._movielens import fetch_movielens
from skcook.datasets._penguins import load_penguins
from skcook.utils._public import publish

__all__ = ["fetch_adult", "fetch_movielens", "load_penguins", "make_interactions"]

publish(globals())
