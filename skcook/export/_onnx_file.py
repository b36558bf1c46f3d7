"""A graph as a model of ONNX."""

from typing import Any

import numpy as np

from skcook import __version__
from skcook.export._graph import ML, Graph, Node
from skcook.utils import import_optional

#: Operators of 2023 and trees in double of 2024: what runtimes of the last two years read.
OPSETS = {"": 18, ML: 5}
IR_VERSION = 9


def onnx_model(graph: Graph, facts: dict[str, str]) -> Any:
    """Return a graph as a ModelProto that was checked by onnx; `facts` are its metadata."""
    onnx = import_optional("onnx", feature="Exporting to ONNX", extra="onnx")
    helper = import_optional("onnx.helper", feature="Exporting to ONNX", extra="onnx")
    inputs = [
        helper.make_tensor_value_info(name, _type(dtype), ["rows", 1])
        for name, dtype in graph.inputs.items()
    ]
    nodes = [_node(node, helper) for node in graph.nodes]
    outputs = []
    for name, (value, is_table) in graph.outputs.items():
        nodes.append(helper.make_node("Identity", [value.name], [name]))
        shape = ["rows", None] if is_table else ["rows"]
        outputs.append(helper.make_tensor_value_info(name, _type(value.dtype), shape))
    constants = [_tensor(name, array) for name, array in graph.constants.items()]
    model = helper.make_model(
        helper.make_graph(nodes, "skcook", inputs, outputs, constants),
        opset_imports=[helper.make_opsetid(domain, version) for domain, version in OPSETS.items()],
        ir_version=IR_VERSION,
        producer_name="skcook",
        producer_version=__version__,
    )
    helper.set_model_props(model, facts)
    onnx.checker.check_model(model)
    return model


_TYPES = {"float64": 11, "float32": 1, "int64": 7, "bool": 9, "str": 8}


def _type(dtype: str) -> int:
    """Return the number that ONNX has for a dtype."""
    return _TYPES[dtype]


def _tensor(name: str, array: np.ndarray) -> Any:
    from onnx import numpy_helper

    return numpy_helper.from_array(np.asarray(array), name)


def _node(node: Node, helper: Any) -> Any:
    attributes: dict[str, Any] = {}
    for key, value in node.attributes.items():
        if isinstance(value, np.ndarray):
            is_list = key.startswith(("nodes_", "leaf_", "tree_")) and value.dtype == np.int64
            attributes[key] = value.tolist() if is_list else _tensor(key, value)
        else:
            attributes[key] = _type(value) if key == "to" else value
    return helper.make_node(
        node.op, list(node.inputs), list(node.outputs), domain=node.domain, **attributes
    )
