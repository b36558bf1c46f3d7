"""A fitted pipeline as a file that other languages run: ONNX.

- `to_onnx`: turn a fitted model into an ONNX model with the same answers, or say why there is none.
"""

from skcook.export._exported import to_onnx
from skcook.utils._public import publish

__all__ = ["to_onnx"]

publish(globals())
