"""Small real data sets, generators and loaders."""

from skcook.datasets._fetched import fetch_adult, fetch_movielens
from skcook.datasets._included import load_penguins, make_interactions
from skcook.utils._public import publish

__all__ = ["fetch_adult", "fetch_movielens", "load_penguins", "make_interactions"]

publish(globals())
