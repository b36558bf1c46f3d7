"""Plots of a fitted model: evaluation and feature importance."""
