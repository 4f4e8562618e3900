"""The helpers of the book for PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .backend import Forward, Note, Rule, Step, no_device, taking
from .data.batches import Batches
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

try:
    import torch
    from torch import nn
except ModuleNotFoundError as error:
    raise missing("torch", error) from None

from .data.torch_resident import Resident

__all__ = NAMES


class Torch(Backend):
    """PyTorch's hooks."""

    key = "torch"
    precisions = ("float32", "bfloat16")
    library = "torch"
    roles = (
        ("weight", "weight"),
        ("bias", "bias"),
        ("running_mean", "running_mean"),
        ("running_var", "running_var"),
    )

    def try_gpu(self, i: int = 0) -> torch.device:
        """Return GPU number `i` if there is one, else the CPU."""
        return torch.device(f"cuda:{i}" if torch.cuda.device_count() > i else "cpu")

    def _seed(self, n: int) -> None:
        torch.manual_seed(n)

    def _tensors(self, X: np.ndarray, y: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.from_numpy(X[:, None]), torch.from_numpy(y)

    def _near(self, data_iter: Any, device: Any) -> Any:
        if isinstance(data_iter, Batches) and torch.device(device).type == "cuda":
            return Resident(data_iter, torch.device(device))
        return data_iter

    def _zeros(self, net: nn.Module, shape: tuple[int, ...]) -> torch.Tensor:
        return torch.zeros(shape, device=_device(net))

    def _network(self, net: nn.Module, first_batch: Callable[[], Any], device: Any) -> nn.Module:
        if any(isinstance(p, nn.parameter.UninitializedParameter) for p in net.parameters()):
            X = first_batch()[:2]
            with taking(X), torch.no_grad():
                net(X)
        return net.to(torch.device(device), memory_format=torch.channels_last)

    def _xavier(self, net: nn.Module, device: Any) -> None:
        for layer in net.modules():
            if isinstance(layer, (nn.Linear, nn.modules.conv._ConvNd)):
                nn.init.xavier_uniform_(layer.weight)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def _usable(self, device: Any) -> torch.device:
        try:
            return torch.empty(0, device=device).device
        except (RuntimeError, AssertionError, TypeError) as error:
            raise no_device(device, error) from None

    def _optimizer(self, net: nn.Module, rule: Rule) -> torch.optim.Optimizer:
        if rule.optimizer == "adam":
            return torch.optim.Adam(net.parameters(), lr=rule.lr)
        return torch.optim.SGD(net.parameters(), lr=rule.lr, momentum=rule.momentum)

    def _optimizer_state(
        self, net: nn.Module, optimizer: torch.optim.Optimizer
    ) -> dict[str, np.ndarray]:
        held = optimizer.state_dict()["state"]
        return {
            f"{i}.{name}": tensor.detach().cpu().numpy()
            for i, tensors in held.items()
            for name, tensor in tensors.items()
            if tensor is not None
        }

    def _set_optimizer_state(
        self, net: nn.Module, optimizer: torch.optim.Optimizer, state: dict[str, np.ndarray]
    ) -> None:
        parameters = list(net.parameters())
        held: dict[int, dict[str, torch.Tensor]] = {}
        for key, array in state.items():
            number, _, name = key.partition(".")
            i, tensor = int(number), torch.tensor(array)
            if tensor.shape == parameters[i].shape:  # in the order of axes in memory that it had
                tensor = torch.empty_like(parameters[i]).copy_(tensor)
            held.setdefault(i, {})[name] = tensor
        optimizer.load_state_dict({**optimizer.state_dict(), "state": held})

    def _step(
        self, net: nn.Module, optimizer: torch.optim.Optimizer, rule: Rule, device: Any
    ) -> Step:
        keep_freed_memory()

        def step(X: torch.Tensor, y: torch.Tensor) -> tuple[float, float, int]:
            net.train()
            X, y = X.to(device), y.to(device)
            with torch.autocast(X.device.type, torch.bfloat16, rule.precision == "bfloat16"):
                y_hat = net(X)
            y_hat = y_hat.float()
            loss = nn.functional.cross_entropy(y_hat, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss.item() * len(y), self.accuracy(y_hat, y), len(y)

        return step

    @contextmanager
    def _inference(self, net: nn.Module, device: Any) -> Iterator[Forward]:
        where = _device(net) if device is None else device
        net.eval()
        with torch.inference_mode():
            yield lambda X: net(X.to(where)).float().cpu().numpy()

    def _children(self, part: nn.Module) -> list[nn.Module]:
        return list(part.children())

    def _count(self, part: nn.Module) -> int:
        return sum(p.numel() for p in part.parameters() if p.requires_grad)

    def _watch(self, net: nn.Module, parts: Sequence[nn.Module], X: Any, note: Note) -> None:
        hooks = [part.register_forward_hook(lambda m, _, output: note(m, output)) for part in parts]
        training = net.training
        try:
            with torch.no_grad():
                net.eval()(X)
        finally:
            net.train(training)
            for hook in hooks:
                hook.remove()

    def _build(self, net: nn.Module, input_shape: tuple[int, ...] | None) -> None:
        if any(isinstance(p, nn.parameter.UninitializedParameter) for p in net.parameters()):
            if input_shape is None:
                raise ValueError("call the network on a batch before loading weights into it")
            with torch.no_grad():
                net(torch.zeros((1, *input_shape)))

    def _read(self, tensor: torch.Tensor) -> np.ndarray:
        return tensor.detach().cpu().numpy()

    def _write(self, tensor: torch.Tensor, array: np.ndarray) -> None:
        with torch.no_grad():
            tensor.copy_(torch.from_numpy(np.ascontiguousarray(array)))


def _device(net: nn.Module) -> torch.device:
    return next((p.device for p in net.parameters()), torch.device("cpu"))


_backend = Torch()

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
