"""PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import numpy as np

from ..data import batches
from ..errors import missing, no_device
from ..networks import evaluate, modes, outputs
from ..workarounds.malloc import freed_memory_kept
from .base import Backend, Forward, Note, Rule, Step

try:
    import torch
    from torch import nn
except ModuleNotFoundError as error:
    raise missing("torch", error) from None

from ..data.torch_resident import Resident
from ..workarounds.torch_layout import channels_last
from ..workarounds.torch_wrappers import not_compiled, unwrapped

__all__ = ["Torch", "nn", "torch"]
WEIGHTED = (nn.Linear, nn.modules.conv._ConvNd)


class Torch(Backend):
    """PyTorch's own words."""

    key = "torch"
    library = "torch"
    containers = (nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.DataParallel)
    precisions = ("float32", "bfloat16")
    roles = (
        ("weight", "weight"), ("bias", "bias"),
        ("running_mean", "running_mean"), ("running_var", "running_var"),
    )  # fmt: skip

    def try_gpu(self, i: int = 0) -> torch.device:
        """Return GPU number `i` if there is one, else the CPU. Apple's GPU is number 0."""
        if 0 <= i < torch.cuda.device_count():
            return torch.device(f"cuda:{i}")
        return torch.device("mps" if i == 0 and torch.backends.mps.is_available() else "cpu")

    def usable(self, device: Any) -> torch.device:
        try:
            return torch.empty(0, device=device).device
        except (RuntimeError, AssertionError, TypeError) as error:
            raise no_device(device, error) from None

    def device_of(self, net: Any) -> torch.device:
        found = net.parameters() if self.is_network(net) else ()
        return next((p.device for p in found), torch.device("cpu"))

    def move(self, tensor: Any, device: Any) -> torch.Tensor:
        return torch.as_tensor(tensor).to(device)

    def seed(self, n: int) -> None:
        torch.manual_seed(n)

    def tensors(self, X: np.ndarray, y: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.from_numpy(X[:, None]), torch.from_numpy(y)

    def near(self, data_iter: Any, device: Any) -> Any:
        on_gpu = isinstance(data_iter, batches.Batches) and torch.device(device).type == "cuda"
        return Resident(data_iter, torch.device(device)) if on_gpu else data_iter

    def zeros(self, shape: tuple[int, ...], net: Any) -> torch.Tensor:
        floats = (p.dtype for p in net.parameters() if p.is_floating_point())
        return torch.zeros(shape, device=self.device_of(net), dtype=next(floats, torch.float32))

    def network(self, net: nn.Module, device: Any) -> nn.Module:
        return net.to(device)

    def build(self, net: nn.Module, X: Any) -> None:
        if not self.is_built(net):
            with modes.evaluating(net, net.modules()), torch.no_grad():
                self.call(net, X)

    def is_built(self, net: nn.Module) -> bool:
        return not any(map(nn.parameter.is_lazy, (*net.parameters(), *net.buffers())))

    def children(self, part: nn.Module) -> list[tuple[str, nn.Module]]:
        found = unwrapped(part).named_children()
        return [(name, child) for name, child in found if name != "parametrizations"]

    def function_of(self, net: Any) -> Callable[..., Any]:
        return super().function_of(unwrapped(net))

    def attribute(self, layer: nn.Module, name: str) -> Any:
        own = (*layer.named_parameters(recurse=False), *layer.named_buffers(recurse=False))
        return dict(own).get(name)

    def is_weight(self, layer: nn.Module, role: str, tensor: Any) -> bool:
        return isinstance(tensor, nn.Parameter) or (
            role.startswith("running") and isinstance(tensor, torch.Tensor)
        )

    def parameters(self, part: nn.Module) -> list[nn.Parameter]:
        return list(part.parameters())

    def trains(self, weight: nn.Parameter) -> bool:
        return weight.requires_grad

    def dtype(self, net: nn.Module) -> str:
        return str(next((p.dtype for p in net.parameters()), torch.float32))

    def watch(self, net: nn.Module, parts: Sequence[nn.Module], X: Any, note: Note) -> Any:
        seen = [part for part in parts if not isinstance(part, torch.jit.ScriptModule)]  # no hooks
        hooks = [part.register_forward_hook(lambda m, _, output: note(m, output)) for part in seen]
        try:
            # Compiled code would not call the hooks.
            with modes.evaluating(net, net.modules()), torch.no_grad(), not_compiled():
                return self.call(net, X)
        finally:
            for hook in hooks:
                hook.remove()

    def forward(self, net: Any, device: Any) -> Forward:
        where = self.device_of(net) if device is None else device

        def forward(X: Any) -> Any:
            with torch.no_grad(), self._evaluating(net):
                return outputs.single(self.call(net, self.to_device(X, where)))

        return forward

    def _evaluating(self, net: Any) -> AbstractContextManager[None]:
        return modes.evaluating(net, net.modules()) if self.is_network(net) else nullcontext()

    def read(self, weight: torch.Tensor) -> np.ndarray:
        tensor = weight.detach().cpu()
        return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()

    def write(self, weight: torch.Tensor, array: np.ndarray) -> None:
        with torch.no_grad():
            weight.copy_(torch.from_numpy(np.ascontiguousarray(array)))

    def xavier(self, net: nn.Module, device: Any) -> None:
        for layer in net.modules():
            if isinstance(layer, WEIGHTED) and self.attribute(layer, "weight") is not None:
                nn.init.xavier_uniform_(layer.weight)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def optimizer(self, net: nn.Module, rule: Rule) -> torch.optim.Optimizer:
        if rule.optimizer == "adam":
            return torch.optim.Adam(net.parameters(), lr=rule.lr)
        return torch.optim.SGD(net.parameters(), lr=rule.lr, momentum=rule.momentum)

    def optimizer_state(
        self, net: nn.Module, optimizer: torch.optim.Optimizer
    ) -> dict[str, np.ndarray]:
        held = optimizer.state_dict()["state"]
        return {
            f"{i}.{name}": self.read(tensor)
            for i, tensors in held.items()
            for name, tensor in tensors.items()
            if tensor is not None
        }

    def set_optimizer_state(
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

    @contextmanager
    def training(self, net: nn.Module, X: Any) -> Iterator[None]:
        with self.in_training(net), self.faster(net, X):
            yield

    def in_training(self, net: Any) -> AbstractContextManager[None]:
        return modes.training(net, net.modules()) if self.is_network(net) else nullcontext()

    @contextmanager
    def faster(self, net: nn.Module, X: Any) -> Iterator[None]:
        with freed_memory_kept(), channels_last(net, partial(self.call, net, X)):
            yield

    def step(
        self, net: nn.Module, optimizer: torch.optim.Optimizer, rule: Rule, device: Any
    ) -> Step:
        @torch.enable_grad()
        def step(X: Any, y: Any) -> tuple[float, float, int]:
            X, y = self.to_device(X, device), self.move(y, device).reshape(-1).long()
            with torch.autocast(y.device.type, torch.bfloat16, rule.precision == "bfloat16"):
                y_hat = outputs.single(self.call(net, X))
            y_hat = y_hat if y_hat.dtype == torch.float64 else y_hat.float()
            loss = nn.functional.cross_entropy(y_hat, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss.item() * len(y), evaluate.count_right(y_hat, y), len(y)

        return step
