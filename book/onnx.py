"""The trained NiN as an ONNX file, for the reader's browser: the same tensors as everywhere."""

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper, parser
from safetensors.numpy import load_file

# Window, stride and padding of the twelve convolutions; pooling follows those in POOLED.
CONVOLUTIONS = [
    (11, 4, 0), (1, 1, 0), (1, 1, 0),
    (5, 1, 2), (1, 1, 0), (1, 1, 0),
    (3, 1, 1), (1, 1, 0), (1, 1, 0),
    (3, 1, 1), (1, 1, 0), (1, 1, 0),
]  # fmt: skip
POOLED = (2, 5, 8)
MODEL = """<ir_version: 8, opset_import: ["": 17], producer_name: "bookbuild">
NiN (float[n, 1, height, width] images)
=> (float[n, {classes}, h, w] maps, float[n, {classes}] logits) {{
  {steps}
  maps = Identity ({last})
  means = GlobalAveragePool (maps)
  logits = Flatten (means)
}}"""


def export(weights: Path, path: Path) -> None:
    """Write the network of a file of weights to `path`, as ONNX.

    Its input `images` is float32 of shape `(n, 1, height, width)`, pixels from 0 to 1; its outputs
    are `maps`, what the last block gives, `(n, classes, h, w)`, and `logits`, `(n, classes)`.
    Raises `ValueError` if the weights are not those of a NiN.
    """
    tensors, steps, at = load_file(weights), [], "images"
    kernels = [tensors.get(f"{i}.weight", np.empty(0)) for i in range(len(CONVOLUTIONS))]
    if [kernel.shape[2:] for kernel in kernels] != [(size, size) for size, *_ in CONVOLUTIONS]:
        raise ValueError(f"{weights} does not hold the twelve convolutions of NiN")
    for i, (_, stride, padding) in enumerate(CONVOLUTIONS):
        how = f"<strides={[stride] * 2}, pads={[padding] * 4}>"
        steps += [f"conv{i} = Conv {how} ({at}, weight{i}, bias{i})", f"relu{i} = Relu (conv{i})"]
        at = f"relu{i}"
        if i in POOLED:
            steps.append(f"pool{i} = MaxPool <kernel_shape=[3, 3], strides=[2, 2]> ({at})")
            at = f"pool{i}"
    text = MODEL.format(classes=len(kernels[-1]), steps="\n  ".join(steps), last=at)
    model = parser.parse_model(text)
    for name, tensor in tensors.items():
        layer, kind = name.split(".")
        model.graph.initializer.append(numpy_helper.from_array(tensor, kind + layer))
    onnx.checker.check_model(model, full_check=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString(deterministic=True))
