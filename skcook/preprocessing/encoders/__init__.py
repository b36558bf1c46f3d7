"""Encoders of categories: one kernel of integer codes under all four."""
