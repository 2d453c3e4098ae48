"""ONNX models: the file, its graph, and what each operator means, by opset."""

from exactregions.importers.onnx.translation import read

__all__ = ["read"]
