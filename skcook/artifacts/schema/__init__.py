"""The input schema: what columns a model takes, and whether rows fit."""
