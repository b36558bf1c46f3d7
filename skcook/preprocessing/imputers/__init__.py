"""Imputers: fill missing values with what was learned in `fit`."""
