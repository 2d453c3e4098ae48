"""What a runtime makes of an ONNX model, against which a reading is checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import FileFormatError
from exactregions.importers.onnx.model import load_model, shapes_of
from exactregions.importers.sniffing import content_of

Points = NDArray[np.float64]
KINDS = {1: "float32", 10: "float16", 11: "float64", 16: "bfloat16", 6: "int32", 7: "int64"}


def evaluation(
    path: Path, output: str | None = None, batch: int | None = None, steps: int | None = None
) -> tuple[Callable[[Points], Points], str]:
    """Return a model as a function of points, and the type in which it computes.

    onnxruntime evaluates it where that is installed and reads it, else the reference evaluator of onnx.

    Raises
    ------
    FileFormatError
        If neither does.
    """
    model = load_model(path)
    kinds = [KINDS.get(info.type.tensor_type.elem_type, "float32") for info in model.inputs]
    shapes = shapes_of(model, steps)
    name = output or model.graph.output[0].name
    run = _runner(path, name)

    def evaluate(points: Points) -> Points:
        found = []
        for point in points:
            sizes = [int(np.prod(shape[1:] if batch else shape)) for shape in shapes]
            parts = np.split(point, np.cumsum(sizes)[:-1])
            feeds = {}
            for info, part, shape, kind in zip(model.inputs, parts, shapes, kinds, strict=True):
                value = np.tile(part, shape[0]) if batch else part
                feeds[info.name] = value.reshape(shape).astype(kind if kind != "bfloat16" else "float32")
            result = np.asarray(run(feeds), np.float64)
            found.append((result[0] if batch else result).ravel())
        return np.array(found)

    return evaluate, kinds[0]


def _runner(path: Path, name: str) -> Callable[[dict[str, Any]], Any]:
    import onnx
    from onnx.reference import ReferenceEvaluator

    model = onnx.ModelProto.FromString(content_of(path))
    if name not in {info.name for info in model.graph.output}:
        model.graph.output.append(onnx.ValueInfoProto(name=name))
    external = any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in model.graph.initializer)
    try:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        source = str(path) if external else model.SerializeToString()
        session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        return lambda feeds: session.run([name], feeds)[0]
    except ImportError:
        pass
    except RuntimeError:  # all errors of onnxruntime; an early opset, perhaps
        pass
    except Exception as error:
        if not type(error).__module__.startswith("onnxruntime"):
            raise
    try:
        evaluator = ReferenceEvaluator(str(path) if external else model)
        return lambda feeds: list(evaluator.run([name], feeds))[0]  # noqa: RUF015
    except (RuntimeError, NotImplementedError, ValueError, TypeError, KeyError) as error:
        reason = str(error).split("\n")[0][:150]
        raise FileFormatError(f"no runtime evaluates it ({reason}), so it is not checked") from None
