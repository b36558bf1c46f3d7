"""Small real data sets, generators and loaders."""

from skcook.datasets._interactions import make_interactions
from skcook.datasets._penguins import load_penguins

__all__ = ["load_penguins", "make_interactions"]
