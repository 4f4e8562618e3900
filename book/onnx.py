"""The trained NiN as an ONNX file, for the reader's browser: the same tensors as everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

OPSET, IR_VERSION = 17, 8
# Window, stride and padding of the twelve convolutions; pooling follows those in POOLED.
CONVOLUTIONS = [
    (11, 4, 0), (1, 1, 0), (1, 1, 0),
    (5, 1, 2), (1, 1, 0), (1, 1, 0),
    (3, 1, 1), (1, 1, 0), (1, 1, 0),
    (3, 1, 1), (1, 1, 0), (1, 1, 0),
]  # fmt: skip
POOLED = (2, 5, 8)


def export(weights: Path, path: Path) -> None:
    """Write the network of a file of weights to `path`, as ONNX.

    Its input `images` is float32 of shape `(n, 1, height, width)`, pixels from 0 to 1; its outputs
    are `maps`, what the last block gives, `(n, classes, h, w)`, and `logits`, `(n, classes)`.
    Raises `ValueError` if the weights are not those of a NiN.
    """
    tensors = load_file(weights)
    names = sorted(tensors, key=lambda name: (int(name.split(".")[0]), name))
    kernels = [name for name in names if name.endswith(".weight")]
    if [tensors[name].shape[2] for name in kernels] != [window for window, *_ in CONVOLUTIONS]:
        raise ValueError(f"{weights} does not hold the twelve convolutions of NiN")
    nodes, at = [], "images"
    for i, (name, (window, stride, padding)) in enumerate(zip(kernels, CONVOLUTIONS, strict=True)):
        inputs = [at, name, name.replace("weight", "bias")]
        conv = helper.make_node(
            "Conv", inputs, [f"conv{i}"],
            kernel_shape=[window] * 2, strides=[stride] * 2, pads=[padding] * 4,
        )  # fmt: skip
        nodes.append(conv)
        last = i == len(CONVOLUTIONS) - 1
        nodes.append(helper.make_node("Relu", [f"conv{i}"], ["maps" if last else f"relu{i}"]))
        at = "maps" if last else f"relu{i}"
        if i in POOLED:
            nodes.append(
                helper.make_node("MaxPool", [at], [f"pool{i}"], kernel_shape=[3, 3], strides=[2, 2])
            )
            at = f"pool{i}"
    nodes.append(helper.make_node("GlobalAveragePool", ["maps"], ["means"]))
    nodes.append(helper.make_node("Flatten", ["means"], ["logits"]))
    classes = tensors[kernels[-1]].shape[0]
    graph = helper.make_graph(
        nodes,
        "NiN",
        [_value("images", ["n", 1, "height", "width"])],
        [_value("maps", ["n", classes, "h", "w"]), _value("logits", ["n", classes])],
        [numpy_helper.from_array(np.ascontiguousarray(tensors[n]), n) for n in names],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION,
        producer_name="bookbuild",
    )  # fmt: skip
    onnx.checker.check_model(model, full_check=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _value(name: str, shape: Sequence[int | str]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
