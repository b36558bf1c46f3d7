"""Joins: columns of another table, looked up by key."""
