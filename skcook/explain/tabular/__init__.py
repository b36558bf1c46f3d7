"""Explanations of frames and arrays."""
