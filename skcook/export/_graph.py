"""A computation as a graph of ONNX operators, written as arithmetic.

A `Value` stands for an array that is known only when rows come; what is done to it adds nodes to
its `Graph`. The operators are few, all of them with kernels for doubles, so that the same graph
can be written as an ONNX file (`onnx_model`) and be evaluated by a page in a browser
(`serve/static/graph.js`).

>>> from skcook.export._graph import Graph
>>> graph = Graph()
>>> age = graph.input("age", "float64")
>>> ((age - 40.0) / 2.0).name
'/v2'
>>> [node.op for node in graph.nodes]
['Sub', 'Div']
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skcook import __version__
from skcook.exceptions import ExportRefused
from skcook.utils import import_optional

#: The domains of the operators that ONNX has for models, and of onnxruntime's own.
ML, RUNTIME = "ai.onnx.ml", "com.microsoft"


@dataclass(frozen=True)
class Node:
    """One operator, from names to names."""

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    #: Of what it makes.
    dtype: str
    domain: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)


class Graph:
    """Operators in the order in which they are computed, each once: what is equal is shared."""

    def __init__(self) -> None:
        self._known: dict[Any, str] = {}
        #: What no name of an input starts with.
        self._prefix = "/"
        self.inputs: dict[str, str] = {}
        self.constants: dict[str, np.ndarray] = {}
        self.nodes: list[Node] = []
        #: Which rows the model itself has to answer, each of shape (n, 1).
        self.doubts: dict[str, Value] = {}
        #: By name, a value and whether it has columns.
        self.outputs: dict[str, tuple[Value, bool]] = {}

    def input(self, name: str, dtype: str) -> "Value":
        """Return what comes from outside: a column of (n, 1)."""
        while name.startswith(self._prefix):
            self._prefix += "/"
        self.inputs[name] = dtype
        return Value(self, name, dtype)

    def constant(self, array: Any, dtype: str | None = None) -> "Value":
        """Return an array that is known; texts are of dtype object."""
        array = np.asarray(array, dtype=object if dtype == "str" else dtype)
        name = self._known.setdefault(_key(array), f"{self._prefix}c{len(self.constants)}")
        self.constants[name] = array
        return Value(self, name, "str" if array.dtype == object else str(array.dtype))

    def add(
        self,
        op: str,
        *inputs: "Value",
        dtype: str | None = None,
        domain: str = "",
        **attributes: Any,
    ) -> "Value":
        """Return what an operator makes of values, of the dtype of the first one by default."""
        names = tuple(value.name for value in inputs)
        key = op, names, *((name, _key(value)) for name, value in attributes.items())
        name = self._known.get(key, f"{self._prefix}v{len(self.nodes) + 1}")
        made = Value(self, name, dtype or inputs[0].dtype)
        if key in self._known:
            return made
        self._known[key] = name
        # Of the greatest numbers, their places are wanted.
        outputs = (f"{name}_values", name) if op == "TopK" else (name,)
        self.nodes.append(Node(op, names, outputs, made.dtype, domain, attributes))
        return made

    def concat(self, values: Sequence["Value"], axis: int = 1) -> "Value":
        """Return values side by side."""
        return values[0] if len(values) == 1 else self.add("Concat", *values, axis=axis)

    def doubt(self, rows: "Value") -> None:
        """Leave rows to the model itself, where a value of shape (n, 1) is true."""
        self.doubts[rows.name] = rows

    def output(self, name: str, value: "Value", *, is_table: bool = False) -> None:
        """Let a value out under a name, of shape (n,), or (n, n_columns) for a table."""
        self.outputs[name] = value, is_table


def _key(value: Any) -> Any:
    """Return what equal constants and attributes share."""
    if not isinstance(value, np.ndarray):
        return value
    cells = tuple(value.ravel().tolist()) if value.dtype == object else value.tobytes()
    return str(value.dtype), value.shape, cells


@dataclass(frozen=True, eq=False)
class Value:
    """An array that is known when rows come."""

    graph: Graph
    name: str
    dtype: str

    # Arithmetic; what is no value becomes a constant of the value's dtype.

    def _with(self, op: str, other: Any, dtype: str | None = None) -> "Value":
        return self.graph.add(op, self, self._value(other), dtype=dtype)

    def _value(self, other: Any) -> "Value":
        return other if isinstance(other, Value) else self.graph.constant(other, self.dtype)

    def __add__(self, other: Any) -> "Value":
        return self._with("Add", other)

    def __sub__(self, other: Any) -> "Value":
        return self._with("Sub", other)

    def __rsub__(self, other: Any) -> "Value":
        return self._value(other) - self

    def __mul__(self, other: Any) -> "Value":
        return self._with("Mul", other)

    def __truediv__(self, other: Any) -> "Value":
        return self._with("Div", other)

    def __floordiv__(self, other: Any) -> "Value":
        return (self / other).floor()

    def __mod__(self, other: Any) -> "Value":
        return self - (self // other) * other

    def __rtruediv__(self, other: Any) -> "Value":
        return self._value(other) / self

    def __pow__(self, other: Any) -> "Value":
        return self._with("Pow", other)

    def __matmul__(self, other: Any) -> "Value":
        return self._with("MatMul", other)

    def __neg__(self) -> "Value":
        return self.graph.add("Neg", self)

    def __lt__(self, other: Any) -> "Value":
        return self._with("Less", other, "bool")

    def __le__(self, other: Any) -> "Value":
        return self._with("LessOrEqual", other, "bool")

    def __gt__(self, other: Any) -> "Value":
        return self._with("Greater", other, "bool")

    def __ge__(self, other: Any) -> "Value":
        return self._with("GreaterOrEqual", other, "bool")

    def equals(self, other: Any) -> "Value":
        """Tell where values are equal."""
        return self._with("Equal", other, "bool")

    def __or__(self, other: "Value") -> "Value":
        return self.graph.add("Or", self, other)

    def apply(self, op: str, dtype: str | None = None) -> "Value":
        """Return what an elementwise operator makes of each value."""
        return self.graph.add(op, self, dtype=dtype)

    def floor(self) -> "Value":
        """Return the greatest whole number that is not above."""
        return self.apply("Floor")

    def isnan(self) -> "Value":
        """Tell where there is no number."""
        return self.apply("IsNaN", "bool")

    def where(self, yes: Any, no: Any, dtype: str = "float64") -> "Value":
        """Return `yes` where this is true, else `no`."""
        pair = [v if isinstance(v, Value) else self.graph.constant(v, dtype) for v in (yes, no)]
        return self.graph.add("Where", self, *pair, dtype=pair[0].dtype)

    def least(self, bound: Any) -> "Value":
        """Return values that are not below a bound."""
        return self._with("Max", bound)

    def most(self, bound: Any) -> "Value":
        """Return values that are not above a bound."""
        return self._with("Min", bound)

    def cast(self, dtype: str) -> "Value":
        """Return values in another dtype."""
        return self if dtype == self.dtype else self.graph.add("Cast", self, dtype=dtype, to=dtype)

    # Shapes.

    def take(self, places: Any, axis: int = 1) -> "Value":
        """Return what stands at places of an axis."""
        places = places if isinstance(places, Value) else self.graph.constant(places, "int64")
        return self.graph.add("Gather", self, places, axis=axis)

    def reshape(self, *shape: int) -> "Value":
        """Return the same values in another shape; 0 keeps a size, -1 is what remains."""
        return self.graph.add("Reshape", self, self.graph.constant(shape, "int64"))

    def sum(self, axis: int = 1) -> "Value":
        """Return sums along an axis, which is kept with one value."""
        return self.graph.add("ReduceSum", self, self.graph.constant([axis], "int64"), keepdims=1)

    def sum_in_order(self) -> "Value":
        """Return sums along the second axis, which is kept, added one after the other.

        A sum in another order may round to another number, and flip a label where two classes tie.
        """
        running = self.graph.add("CumSum", self, self.graph.constant(1, "int64"))
        return running.take([-1], axis=1)

    def largest(self, axis: int = 1) -> "Value":
        """Return the greatest values along an axis, which is kept with one value."""
        return self.graph.add("ReduceMax", self, self.graph.constant([axis], "int64"), keepdims=1)

    def argmax(self) -> "Value":
        """Return the place of the first greatest value of each row, of shape (n,)."""
        return self.graph.add("ArgMax", self, dtype="int64", axis=1, keepdims=0)

    def softmax(self) -> "Value":
        """Return shares of each row that sum to one."""
        return self.graph.add("Softmax", self, axis=1)

    def any(self) -> "Value":
        """Tell which rows hold something true."""
        return self.cast("float64").sum() > 0.0

    def code(self, keys: Sequence[Any], codes: Sequence[int], unknown: int) -> "Value":
        """Return the code of each key; both have one dtype, NaN and "" are keys as any other."""
        encode = {"values_tensor": np.array(codes, np.int64), "default_tensor": np.array([unknown])}
        if self.dtype == "str":
            encode["keys_tensor"] = np.array(keys, dtype=object)
        else:
            encode["keys_tensor"] = np.array(keys, dtype=np.float64)
        return self.graph.add("LabelEncoder", self, dtype="int64", domain=ML, **encode)

    # Texts, of shape (n, 1).

    def matches(self, pattern: str) -> "Value":
        """Tell which texts match a regular expression whole."""
        return self.graph.add("RegexFullMatch", self, dtype="bool", pattern=pattern)

    def term_counts(self, words: Any, n_columns: int) -> "Value":
        """Return how often each term is in a text, of shape (n, n_columns).

        `words` has the pattern, the terms and the rest of `skcook.base._document_terms.PlainWords`.
        """
        text, (shortest, longest) = self.reshape(-1), words.ngram_range
        if words.lowercase:
            # In this locale the letters of ASCII alone become small, on any machine.
            text = text.graph.add("StringNormalizer", text, case_change_action="LOWER", locale="C")
        found = text.reshape(-1, 1).graph.add(
            "Tokenizer",
            text.reshape(-1, 1),
            domain=RUNTIME,
            mark=0,
            mincharnum=1,
            pad_value=_NO_WORD,
            tokenexp=words.pattern,
        )
        known = [(tuple(term.split(" ")), place) for term, place in words.terms.items()]
        if max((place for _, place in known), default=-1) < n_columns - 1:
            known.append(((_NO_WORD * 2,), n_columns - 1))  # the counts have all columns
        pool = [[pair for pair in known if len(pair[0]) == n] for n in range(1, longest + 1)]
        sizes = [n * len(pairs) for n, pairs in enumerate(pool, 1)]
        counts = self.graph.add(
            "TfIdfVectorizer",
            found.reshape(0, -1),
            dtype="float32",
            mode="TF",
            min_gram_length=shortest,
            max_gram_length=longest,
            max_skip_count=0,
            ngram_counts=tuple(sum(sizes[:i]) for i in range(longest)),
            ngram_indexes=tuple(place for pairs in pool for _, place in pairs),
            pool_strings=tuple(word for pairs in pool for term, _ in pairs for word in term),
        )
        return counts.cast("float64")


#: What stands after the last word of a text: no pattern of words finds it.
_NO_WORD = "#"


def two_classes(second: Value) -> Value:
    """Return probabilities of two classes from that of the second."""
    return second.graph.concat([1.0 - second, second])


def sigmoid(score: Value) -> Value:
    """Return the probability that belongs to log odds."""
    return score.apply("Sigmoid")


def chosen(scores: Value, *, is_flat: bool) -> Value:
    """Return the place of the greatest score, or of a positive one, of shape (n,)."""
    return (scores > 0.0).cast("int64").reshape(-1) if is_flat else scores.argmax()


def labelled(places: Value, classes: np.ndarray) -> Value:
    """Return the labels at places."""
    values, kinds = np.asarray(classes), {"b": "bool", "i": "int64", "u": "int64", "f": "float64"}
    if values.dtype.kind in "UO" and all(isinstance(label, str) for label in values.tolist()):
        dtype = "str"
    elif values.dtype.kind in kinds:
        dtype = kinds[values.dtype.kind]
    else:
        raise ExportRefused(f"Labels such as {values.tolist()[0]!r} have no type in ONNX.")
    return places.graph.constant(values, dtype).take(places, axis=0)


#: Operators of 2023 and trees in double of 2024: what runtimes of the last two years read.
OPSETS = {"": 20, ML: 5, RUNTIME: 1}
IR_VERSION = 9


def onnx_model(graph: Graph, facts: dict[str, str]) -> Any:
    """Return a graph as a ModelProto that was checked by onnx; `facts` are its metadata."""
    onnx = import_optional("onnx", feature="Exporting to ONNX", extra="onnx")
    helper = import_optional("onnx.helper", feature="Exporting to ONNX", extra="onnx")
    inputs = [
        helper.make_tensor_value_info(name, _TYPES[dtype], ["rows", 1])
        for name, dtype in graph.inputs.items()
    ]
    nodes = [_node(node, helper) for node in graph.nodes]
    outputs = []
    for name, (value, is_table) in graph.outputs.items():
        nodes.append(helper.make_node("Identity", [value.name], [name]))
        shape = ["rows", None] if is_table else ["rows"]
        outputs.append(helper.make_tensor_value_info(name, _TYPES[value.dtype], shape))
    constants = [_tensor(name, array) for name, array in graph.constants.items()]
    domains = {"", *(node.domain for node in graph.nodes)}
    model = helper.make_model(
        helper.make_graph(nodes, "skcook", inputs, outputs, constants),
        opset_imports=[helper.make_opsetid(domain, OPSETS[domain]) for domain in sorted(domains)],
        ir_version=IR_VERSION,
        producer_name="skcook",
        producer_version=__version__,
    )
    helper.set_model_props(model, facts)
    onnx.checker.check_model(model)
    return model


#: The numbers that ONNX has for dtypes.
_TYPES = {"float64": 11, "float32": 1, "int64": 7, "bool": 9, "str": 8}


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
            attributes[key] = _TYPES[value] if key == "to" else value
    return helper.make_node(
        node.op, list(node.inputs), list(node.outputs), domain=node.domain, **attributes
    )
