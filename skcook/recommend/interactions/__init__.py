"""Interactions: users, items, their ids and their side tables."""
