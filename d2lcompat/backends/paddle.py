"""PaddlePaddle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np

from ..errors import missing, no_device
from ..networks import evaluate, modes, outputs
from ..workarounds.malloc import freed_memory_kept
from ..workarounds.silence import environment, python_warnings_dropped
from .base import Backend, Forward, Note, Rule, Step

try:
    # Its graphs tell of themselves at the level of information.
    with environment(GLOG_minloglevel="1"), python_warnings_dropped():
        import paddle
        from paddle import nn
except ModuleNotFoundError as error:
    raise missing("paddle", error) from None

from ..workarounds.paddle_conv import all_cores, fast_convolutions
from ..workarounds.paddle_numbers import let_one_element_be_a_number
from ..workarounds.paddle_wrappers import not_compiled, unwrapped

let_one_element_be_a_number()

__all__ = ["Paddle", "nn", "paddle"]
WEIGHTED = (nn.Linear, nn.layer.conv._ConvNd)


class Paddle(Backend):
    """PaddlePaddle's own words."""

    key = "paddle"
    library = "paddle"
    containers = (nn.Layer, nn.Sequential, nn.LayerList, nn.LayerDict, paddle.DataParallel)
    roles = (
        ("weight", "weight"), ("bias", "bias"),
        ("running_mean", "_mean"), ("running_var", "_variance"),
    )  # fmt: skip
    axes = {2: (1, 0)}  # noqa: RUF012 - declared by the base class

    def try_gpu(self, i: int = 0) -> Any:
        """Return GPU number `i` if there is one, else the CPU."""
        there = 0 <= i < paddle.device.cuda.device_count()
        return paddle.CUDAPlace(i) if there else paddle.CPUPlace()

    def usable(self, device: Any) -> Any:
        try:
            return paddle.to_tensor(0.0, place=device).place
        except (ValueError, TypeError, RuntimeError, OSError) as error:
            raise no_device(device, error) from None

    def device_of(self, net: Any) -> Any:
        found = [*net.parameters(), *net.buffers()] if self.is_network(net) else []
        return found[0].place if found else paddle.CPUPlace()

    def move(self, tensor: Any, device: Any) -> Any:
        if not isinstance(tensor, paddle.Tensor):
            return paddle.to_tensor(tensor, place=device)
        return tensor if tensor.place._equals(self.usable(device)) else tensor.to(device)

    def seed(self, n: int) -> None:
        paddle.seed(n)

    def tensors(self, X: Any, y: np.ndarray) -> tuple[Any, Any]:
        X = paddle.to_tensor(X) if isinstance(X, np.ndarray) else X
        return X.unsqueeze(1), paddle.to_tensor(y)

    def resize(self, pixels: np.ndarray, down: np.ndarray, across: np.ndarray) -> Any:
        X, D, A = map(paddle.to_tensor, (pixels, down, across))
        with all_cores():
            return D @ (X @ A.T)

    def zeros(self, shape: tuple[int, ...], net: Any) -> Any:
        dtype = next((p.dtype for p in net.parameters()), paddle.float32)
        return self.move(paddle.zeros(shape, dtype), self.device_of(net))

    def network(self, net: Any, device: Any) -> Any:
        own = (tensor for tensor in net.buffers() if not tensor.stop_gradient)  # a reader's
        if all(tensor.place._equals(device) for tensor in (*net.parameters(), *own)):
            return net  # where LSTM is, it cannot be moved to
        return net.to(device)

    def build(self, net: Any, X: Any) -> None:
        if not self.is_built(net):
            with self._evaluating(net), paddle.no_grad():
                self.call(net, X)

    def is_built(self, net: Any) -> bool:
        # PaddlePaddle's own layers have their weights from the start; d2lcompat has some that wait.
        return all(getattr(part, "built", True) for part in net.sublayers(include_self=True))

    def children(self, part: Any) -> list[tuple[str, Any]]:
        return list(unwrapped(part).named_children())

    def function_of(self, net: Any) -> Callable[..., Any]:
        function = super().function_of(unwrapped(net))
        return getattr(function, "dygraph_function", function)  # before to_static

    def is_weight(self, layer: Any, role: str, tensor: Any) -> bool:
        own = layer._parameters.values() if role in ("weight", "bias") else [tensor]
        return tensor is not None and any(tensor is weight for weight in own)

    def parameters(self, part: Any) -> list[Any]:
        return list(part.parameters())

    def trains(self, weight: Any) -> bool:
        return not weight.stop_gradient

    def dtype(self, net: Any) -> str:
        return str(next((p.dtype for p in net.parameters()), "float32"))

    def watch(self, net: Any, parts: Sequence[Any], X: Any, note: Note) -> Any:
        hooks = [
            part.register_forward_post_hook(lambda m, _, output: note(m, output)) for part in parts
        ]
        try:
            # Compiled code would not call the hooks.
            with paddle.no_grad(), self._evaluating(net), not_compiled():
                return self.call(net, X)
        finally:
            for hook in hooks:
                hook.remove()

    def forward(self, net: Any, device: Any) -> Forward:
        where = self.device_of(net) if device is None else self.usable(device)

        def forward(X: Any) -> Any:
            fast = fast_convolutions(net) if self.is_network(net) else nullcontext()
            with paddle.no_grad(), self._evaluating(net), fast:
                return outputs.single(self.call(net, self.to_device(X, where)))

        return forward

    def _evaluating(self, net: Any) -> AbstractContextManager[None]:
        parts = net.sublayers(include_self=True) if self.is_network(net) else ()
        return modes.evaluating(net, parts) if parts else nullcontext()

    def read(self, weight: Any) -> np.ndarray:
        weight = weight.astype("float32") if weight.dtype == paddle.bfloat16 else weight
        return np.asarray(weight.numpy())

    def write(self, weight: Any, array: np.ndarray) -> None:
        weight.set_value(paddle.to_tensor(np.ascontiguousarray(array)).astype(weight.dtype))

    def xavier(self, net: Any, device: Any) -> None:
        for layer in net.sublayers(include_self=True):
            if isinstance(layer, WEIGHTED) and self.is_weight(layer, "weight", layer.weight):
                nn.initializer.XavierUniform()(layer.weight)
                if layer.bias is not None:
                    nn.initializer.Constant(0.0)(layer.bias)

    def optimizer(self, net: Any, rule: Rule) -> Any:
        settings = {"learning_rate": rule.lr, "parameters": net.parameters()}
        if rule.optimizer == "adam":
            return paddle.optimizer.Adam(**settings)
        if rule.momentum:
            return paddle.optimizer.Momentum(momentum=rule.momentum, **settings)
        return paddle.optimizer.SGD(**settings)

    def optimizer_state(self, net: Any, optimizer: Any) -> dict[str, np.ndarray]:
        names = {p.name: i for i, p in enumerate(net.parameters())}
        return {
            f"{names[name]}.{kind}": tensor.numpy()
            for kind, tensors in optimizer._accumulators.items()
            for name, tensor in tensors.items()
        }

    def set_optimizer_state(self, net: Any, optimizer: Any, state: dict[str, np.ndarray]) -> None:
        parameters = net.parameters()
        for i in {int(key.partition(".")[0]) for key in state}:
            parameters[i].grad = paddle.zeros_like(parameters[i])
        optimizer.step()  # makes the tensors that are filled below, and moves nothing
        optimizer.clear_grad()
        for key, array in state.items():
            number, _, kind = key.partition(".")
            held = optimizer._accumulators[kind][parameters[int(number)].name]
            held.set_value(paddle.to_tensor(array).astype(held.dtype))

    @contextmanager
    def training(self, net: Any, X: Any) -> Iterator[None]:
        with paddle.enable_grad(), self.in_training(net), freed_memory_kept():
            yield

    def in_training(self, net: Any) -> AbstractContextManager[None]:
        parts = net.sublayers(include_self=True) if self.is_network(net) else ()
        return modes.training(net, parts) if parts else nullcontext()

    @contextmanager
    def faster(self, net: Any, X: Any) -> Iterator[None]:
        with freed_memory_kept(), fast_convolutions(net):
            yield

    def step(self, net: Any, optimizer: Any, rule: Rule, device: Any) -> Step:
        def step(X: Any, y: Any) -> tuple[float, float, int]:
            X = self.to_device(X, device)
            y = self.move(y, device).reshape([-1]).astype("int64")
            with fast_convolutions(net):
                y_hat = outputs.single(self.call(net, X))
                loss = nn.functional.cross_entropy(y_hat, y)
                optimizer.clear_grad()  # whatever a reader's own backward pass has left
                loss.backward()
                optimizer.step()
            return float(loss) * len(y), evaluate.count_right(y_hat, y), len(y)

        return step
