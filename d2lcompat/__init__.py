"""Helpers of the book *Network in Network, Four Ways*, the same in four frameworks.

Write `from d2lcompat import torch as d2l` (or `tensorflow`, `mxnet`, `paddle`). Importing the
package itself imports no framework. An `import mxnet` that follows works on today's NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass

from .workarounds import mxnet_hook

__version__ = "0.1.0"


@dataclass(frozen=True)
class Framework:
    """Describe one framework: the one row that everything else reads.

    `key` is the module of d2lcompat, the cell tag, the notebook's name, the extra in
    pyproject.toml and the value of `?framework=`; `label` is for people. `package` is what is
    imported, `install` what follows `pip install` where the package is missing.
    """

    key: str
    label: str
    package: str
    install: str


FRAMEWORKS: dict[str, Framework] = {
    row.key: row
    for row in (
        Framework("torch", "PyTorch", "torch", "torch"),
        Framework("tensorflow", "TensorFlow", "tensorflow", "tensorflow"),
        # MXNet's metadata forbids NumPy 2, with which it works: hence --no-deps.
        Framework("mxnet", "MXNet", "mxnet", "--no-deps mxnet==1.9.1"),
        Framework("paddle", "PaddlePaddle", "paddle", "paddlepaddle"),
    )
}

mxnet_hook.install()
