"""Dates: read them from text, and turn them into calendar features."""
