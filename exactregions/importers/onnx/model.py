"""From the bytes of a file to the parts of its graph, each checked at the door."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from exactregions.errors import ExactRegionsError, FileFormatError, NetworkError
from exactregions.importers.graph.core import sized
from exactregions.importers.onnx.call import Array
from exactregions.importers.sniffing import content_of
from exactregions.support.shortening import short


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The parts of a model that matter.

    Parameters
    ----------
    graph : onnx.GraphProto
    opset : int
        Of the standard operators.
    constants : dict of str to onnx.TensorProto
        Initialisers.
    inputs : list of onnx.ValueInfoProto
        Those that no initialiser gives.
    folder : Path
        Where external data must lie.
    """

    graph: Any
    opset: int
    constants: dict[str, Any]
    inputs: list[Any]
    folder: Path


def load_model(path: Path) -> Model:
    """Read a model; its nodes may be in any order, and its types unstated, as runtimes allow.

    Raises
    ------
    FileFormatError
        If the file is truncated or foreign.
    ExactRegionsError
        If onnx is not installed.
    """
    try:
        import onnx
        from google.protobuf.message import DecodeError
    except ImportError:
        raise ExactRegionsError('this needs onnx; install it: pip install "exactregions[onnx]"') from None
    content = content_of(path)
    try:
        model = onnx.ModelProto.FromString(content)
        if model.functions:
            from onnx.inliner import inline_local_functions

            model = inline_local_functions(model)
    except (DecodeError, ValueError, TypeError, RuntimeError, onnx.checker.ValidationError) as error:
        reason = str(error).strip().split("\n")[0]
        raise FileFormatError(f"it is no whole ONNX model ({reason}); export it again") from None
    graph = model.graph
    if not graph.output or not (graph.node or graph.input):
        raise FileFormatError("it is no whole ONNX model (it has no graph with an output); export it again")
    versions = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    constants = {tensor.name: tensor for tensor in graph.initializer}
    if not model.ir_version or (model.ir_version >= 3 and not versions):
        raise FileFormatError("it is no whole ONNX model (its end, with the version of its operators, is missing)")
    if graph.sparse_initializer:
        raise FileFormatError("it has sparse initialisers, which are not read; store them as dense tensors")
    # old files list their initialisers among the inputs
    inputs = [info for info in graph.input if info.name not in constants]
    return Model(graph, max(versions, default=1), constants, inputs, path.resolve().parent)


def _shape_of(info: Any) -> tuple[int, ...]:
    """Return the shape of an input; a first dimension that is symbolic is the batch and counts as 1.

    Raises
    ------
    FileFormatError
        If another size is not fixed.
    """
    tensor = info.type.tensor_type
    dims = [d.dim_value if d.WhichOneof("value") == "dim_value" and d.dim_value > 0 else None for d in tensor.shape.dim]
    fixed_zero = any(d.WhichOneof("value") == "dim_value" and d.dim_value == 0 for d in tensor.shape.dim)
    if len(dims) > 1 and dims[0] is None:
        dims[0] = 1
    if not tensor.HasField("shape") or not dims or not all(dims) or (fixed_zero and len(dims) < 2):
        raise FileFormatError(
            f"its input {short(info.name)} has shape {short(dims)}; export it with fixed sizes, or "
            "give the length of a sequence that is left open: steps= (--sequence-steps)"
        )
    shape = tuple(d for d in dims if d)
    sized(*shape)
    return shape


def shapes_of(model: Model, steps: int | None) -> list[tuple[int, ...]]:
    """Return the shapes of the inputs, a sequence whose length is left open having a given number of steps.

    Raises
    ------
    FileFormatError
        If a size is not fixed, or no length is left open, or it is not told from the batch; or a recurrent node reads
        an open sequence whose number of steps is not given.
    """
    if steps is None:
        recurrent = any(node.op_type == "RNN" for node in model.graph.node)
        for info in model.inputs if recurrent else ():
            if _axis_of_steps(info) is not None:
                raise FileFormatError(
                    f"its input {short(info.name)} is a sequence whose length is left open; give it: steps= "
                    "(--sequence-steps)"
                )
        return [_shape_of(info) for info in model.inputs]
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise FileFormatError(f"steps= is {short(steps)}; give a positive integer")
    found, fixed = [], 0
    for info in model.inputs:
        place = _axis_of_steps(info)
        if place is not None:
            info, fixed = type(info).FromString(info.SerializeToString()), fixed + 1
            dims = info.type.tensor_type.shape.dim
            dims[place].dim_value = steps
            for other, dim in enumerate(dims[:2]):
                if other != place and dim.WhichOneof("value") != "dim_value":
                    dim.dim_value = 1
        found.append(_shape_of(info))
    if not fixed:
        raise FileFormatError(
            "steps= is given, and no input has three dimensions with a length left open; leave it out"
        )
    return found


def _axis_of_steps(info: Any) -> int | None:
    """Return which of three dimensions is the length of a sequence: the only symbolic one that is not the batch."""
    dims = info.type.tensor_type.shape.dim
    if len(dims) != 3:
        return None
    names = {
        place: dim.dim_param.lower() for place, dim in enumerate(dims[:2]) if dim.WhichOneof("value") != "dim_value"
    }
    lengths = [place for place, name in names.items() if not ("batch" in name or name in ("n", "b"))]
    if len(lengths) > 1:
        raise FileFormatError(
            f"its input {short(info.name)} has the sizes {short([d.dim_param or d.dim_value for d in dims])}, of which "
            "steps= may mean several; name the batch 'batch' in the export, or fix its size"
        )
    return lengths[0] if lengths else None


def array_of(tensor: Any, folder: Path) -> Array:
    """Return the values of a tensor: floats as float64 of the same value, integers and truths as they are.

    Raises
    ------
    FileFormatError
        If the data do not fit the shape, or lie outside of the model's folder.
    NetworkError
        If the type is another, or the tensor too large.
    """
    import onnx
    from onnx.numpy_helper import to_array

    dims = list(tensor.dims)
    sized(*dims)
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        tensor = _with_external_data(tensor, folder)
    try:
        array = to_array(tensor)
    except (ValueError, TypeError, KeyError, RuntimeError, OverflowError) as error:
        raise FileFormatError(
            f"the tensor {short(tensor.name)} is damaged ({str(error).splitlines()[0][:150]})"
        ) from None
    if array.dtype.kind in "fV":  # bfloat16 and the float8 types are of kind V
        return array.astype(np.float64)
    if array.dtype.kind in "iub":
        return array
    raise NetworkError(f"the tensor {short(tensor.name)} has type {array.dtype}; real numbers are read")


def _with_external_data(tensor: Any, folder: Path) -> Any:
    """Return a copy that holds its data; the file must lie in the folder of the model."""
    import onnx

    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    try:
        offset, length = (int(entries.get(key, "0")) for key in ("offset", "length"))
        target = (folder / location).resolve()
        inside = target.is_relative_to(folder) and target != folder and not Path(location).is_absolute()
    except (ValueError, OSError):
        raise FileFormatError(
            f"the external data of {short(tensor.name)} are described wrongly: {short(entries)}"
        ) from None
    if not inside:
        raise FileFormatError(
            f"the data of {short(tensor.name)} lie in {short(location)}, outside of the model's folder, which is not "
            "read"
        )
    if not target.is_file():
        raise FileFormatError(
            f"the data of {short(tensor.name)} lie in {short(location)}, which is no file beside the model"
        )
    wanted = length or _bytes_of(tensor)
    if offset < 0 or wanted < 0 or offset + wanted > target.stat().st_size:
        raise FileFormatError(f"the data of {short(tensor.name)} reach beyond the end of {short(location)}")
    with target.open("rb") as stream:
        stream.seek(offset)
        content = stream.read(wanted)
    copy = onnx.TensorProto()
    copy.CopyFrom(tensor)
    copy.ClearField("external_data")
    copy.data_location = onnx.TensorProto.DEFAULT
    copy.raw_data = content
    return copy


def _bytes_of(tensor: Any) -> int:
    from onnx.helper import tensor_dtype_to_np_dtype

    try:
        return math.prod(tensor.dims) * tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    except KeyError:
        raise FileFormatError(f"the tensor {short(tensor.name)} has the unknown type {tensor.data_type}") from None
