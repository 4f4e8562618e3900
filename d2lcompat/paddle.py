"""The helpers of the book for PaddlePaddle.

Import it before PaddlePaddle itself: the flags below are read when the library is loaded.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .backend import Forward, Note, Rule, Step, no_device
from .cores import usable_cores
from .helpers import Backend
from .measures import Accumulator as Accumulator
from .measures import Timer as Timer
from .ops import corr2d as corr2d
from .plots import Animator as Animator
from .plots import get_fashion_mnist_labels as get_fashion_mnist_labels
from .plots import set_figsize as set_figsize
from .plots import show_images as show_images
from .plots import use_svg_display as use_svg_display
from .public import NAMES, missing
from .public import lazy_plt as __getattr__
from .workarounds.malloc import keep_freed_memory
from .workarounds.silence import quiet

os.environ.setdefault("FLAGS_use_mkldnn", "1")  # see _paddle_conv
os.environ.setdefault("FLAGS_use_onednn", "1")
os.environ.setdefault("GLOG_minloglevel", "1")  # warnings, not information
os.environ.setdefault("FLAGS_paddle_num_threads", str(usable_cores()))
os.environ.setdefault("OMP_NUM_THREADS", os.environ["FLAGS_paddle_num_threads"])

try:
    with quiet():
        import paddle
        from paddle import nn
except ModuleNotFoundError as error:
    raise missing("paddle", error) from None

from .workarounds.paddle_conv import fast_convolutions
from .workarounds.paddle_numbers import let_one_element_be_a_number

let_one_element_be_a_number()

__all__ = NAMES

WEIGHTED = (nn.Linear, nn.Conv1D, nn.Conv2D, nn.Conv3D)


class Paddle(Backend):
    """PaddlePaddle's hooks."""

    key = "paddle"
    library = "paddle"
    roles = (
        ("weight", "weight"),
        ("bias", "bias"),
        ("running_mean", "_mean"),
        ("running_var", "_variance"),
    )
    axes = {2: (1, 0)}  # noqa: RUF012 - declared by the base class

    def try_gpu(self, i: int = 0) -> Any:
        """Return GPU number `i` if there is one, else the CPU."""
        if paddle.device.cuda.device_count() > i:
            return paddle.CUDAPlace(i)
        return paddle.CPUPlace()

    def _seed(self, n: int) -> None:
        paddle.seed(n)

    def _tensors(self, X: Any, y: np.ndarray) -> tuple[Any, Any]:
        X = paddle.to_tensor(X) if isinstance(X, np.ndarray) else X
        return X.unsqueeze(1), paddle.to_tensor(y)

    def _resize(self, pixels: np.ndarray, down: np.ndarray, across: np.ndarray) -> Any:
        X, D, A = map(paddle.to_tensor, (pixels, down, across))
        return D @ (X @ A.T)

    def _zeros(self, net: Any, shape: tuple[int, ...]) -> Any:
        return paddle.zeros(shape)

    def _network(self, net: Any, first_batch: Callable[[], Any], device: Any) -> Any:
        return net.to(device)

    def _xavier(self, net: Any, device: Any) -> None:
        for layer in net.sublayers(include_self=True):
            if isinstance(layer, WEIGHTED):
                nn.initializer.XavierUniform()(layer.weight)
                if layer.bias is not None:
                    nn.initializer.Constant(0.0)(layer.bias)

    def _usable(self, device: Any) -> Any:
        try:
            return paddle.to_tensor(0.0, place=device).place
        except (ValueError, TypeError, RuntimeError, OSError) as error:
            raise no_device(device, error) from None

    def _optimizer(self, net: Any, rule: Rule) -> Any:
        settings = {"learning_rate": rule.lr, "parameters": net.parameters()}
        if rule.optimizer == "adam":
            return paddle.optimizer.Adam(**settings)
        if rule.momentum:
            return paddle.optimizer.Momentum(momentum=rule.momentum, **settings)
        return paddle.optimizer.SGD(**settings)

    def _optimizer_state(self, net: Any, optimizer: Any) -> dict[str, np.ndarray]:
        names = {p.name: i for i, p in enumerate(net.parameters())}
        return {
            f"{names[name]}.{kind}": tensor.numpy()
            for kind, tensors in optimizer._accumulators.items()
            for name, tensor in tensors.items()
        }

    def _set_optimizer_state(self, net: Any, optimizer: Any, state: dict[str, np.ndarray]) -> None:
        parameters = net.parameters()
        for i in {int(key.partition(".")[0]) for key in state}:
            parameters[i].grad = paddle.zeros_like(parameters[i])
        optimizer.step()  # makes the tensors that are filled below, and moves nothing
        optimizer.clear_grad()
        for key, array in state.items():
            number, _, kind = key.partition(".")
            optimizer._accumulators[kind][parameters[int(number)].name].set_value(array)

    def _step(self, net: Any, optimizer: Any, rule: Rule, device: Any) -> Step:
        keep_freed_memory()

        def step(X: Any, y: Any) -> tuple[float, float, int]:
            net.train()
            with fast_convolutions(net):
                y_hat = net(X)
            loss = nn.functional.cross_entropy(y_hat, y.reshape([-1]))
            optimizer.clear_grad()  # whatever a reader's own backward pass has left
            loss.backward()
            optimizer.step()
            return float(loss) * len(y), self.accuracy(y_hat, y), len(y)

        return step

    @contextmanager
    def _inference(self, net: Any, device: Any) -> Iterator[Forward]:
        net.eval()
        with paddle.no_grad(), fast_convolutions(net):
            yield lambda X: net(X).numpy()

    def _children(self, part: Any) -> list[Any]:
        return list(part.children())

    def _count(self, part: Any) -> int:
        return sum(int(np.prod(p.shape)) for p in part.parameters() if not p.stop_gradient)

    def _watch(self, net: Any, parts: Sequence[Any], X: Any, note: Note) -> None:
        hooks = [
            part.register_forward_post_hook(lambda m, _, output: note(m, output)) for part in parts
        ]
        training = net.training
        try:
            with paddle.no_grad():
                net.eval()
                net(X)
        finally:
            if training:
                net.train()
            for hook in hooks:
                hook.remove()

    def _build(self, net: Any, input_shape: tuple[int, ...] | None) -> None:
        pass  # PaddlePaddle's layers have their weights from the start

    def _read(self, tensor: Any) -> np.ndarray:
        return np.asarray(tensor.numpy())

    def _write(self, tensor: Any, array: np.ndarray) -> None:
        tensor.set_value(np.ascontiguousarray(array))


_backend = Paddle()

accuracy = _backend.accuracy
diagnose = _backend.diagnose
evaluate_accuracy_gpu = _backend.evaluate_accuracy_gpu
load_data_fashion_mnist = _backend.load_data_fashion_mnist
load_weights = _backend.load_weights
predict = _backend.predict
save_weights = _backend.save_weights
seed = _backend.seed
shape_trace = _backend.shape_trace
summary = _backend.summary
train_ch6 = _backend.train_ch6
try_gpu = _backend.try_gpu
