"""MXNet's Gluon with the NumPy interface. MXNet is archived upstream; 1.9.1 is its last version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..errors import no_device
from ..networks import evaluate, outputs
from ..networks.inspect import held, layers
from ..workarounds.mxnet_gluon import not_hybridized, set_trainer_state, trainer_state
from ..workarounds.mxnet_import import import_mxnet
from .base import Backend, Forward, Note, Rule, Step

mx = import_mxnet()
autograd, gluon, np, npx = mx.autograd, mx.gluon, mx.np, mx.npx
nn = gluon.nn
npx.set_np()

__all__ = ["MXNet", "autograd", "gluon", "mx", "nn", "np", "npx"]
WEIGHTED = (gluon.nn.Dense, gluon.nn.conv_layers._Conv)


class MXNet(Backend):
    """MXNet's own words."""

    key = "mxnet"
    library = "mxnet"
    containers = (
        gluon.Block, gluon.HybridBlock, gluon.nn.Sequential, gluon.nn.HybridSequential,
    )  # fmt: skip
    roles = (
        ("weight", "weight"), ("weight", "gamma"), ("bias", "bias"), ("bias", "beta"),
        ("running_mean", "running_mean"), ("running_var", "running_var"),
    )  # fmt: skip

    def try_gpu(self, i: int = 0) -> Any:
        """Return GPU number `i` if there is one, else the CPU."""
        return npx.gpu(i) if 0 <= i < npx.num_gpus() else npx.cpu()

    def usable(self, device: Any) -> Any:
        if not isinstance(device, mx.Context):
            raise no_device(device, "it is no device of MXNet, such as npx.cpu() or npx.gpu(0)")
        if device.device_type == "gpu" and device.device_id >= npx.num_gpus():
            raise no_device(device, f"MXNet has {npx.num_gpus()} GPUs here")
        return device

    def device_of(self, net: Any) -> Any:
        """Return where the network is; weights that were never initialized are now, on the CPU."""
        if not self.is_network(net):
            return npx.cpu()
        _initialize(net, npx.cpu())
        held = net.collect_params().values()
        return next((p.list_ctx()[0] for p in held), npx.cpu())

    def move(self, tensor: Any, device: Any) -> Any:
        if not isinstance(tensor, mx.nd.NDArray):
            return np.array(tensor, dtype=numpy.asarray(tensor).dtype, ctx=device)
        return tensor.as_in_ctx(device)

    def seed(self, n: int) -> None:
        mx.random.seed(n)

    def tensors(self, X: numpy.ndarray, y: numpy.ndarray) -> tuple[Any, Any]:
        images = mx.nd.from_numpy(X[:, None], zero_copy=True)  # nobody else holds this memory
        return images.as_np_ndarray(), np.array(y, dtype="int32")

    def zeros(self, shape: tuple[int, ...], net: Any) -> Any:
        return np.zeros(shape, dtype=self.dtype(net), ctx=self.device_of(net))

    def network(self, net: Any, device: Any) -> Any:
        _initialize(net, device)
        net.collect_params().reset_ctx(device)
        return net

    def build(self, net: Any, X: Any) -> None:
        if not self.is_built(net):
            _initialize(net, npx.cpu())
            with autograd.predict_mode():
                self.call(net, X)

    def is_built(self, net: Any) -> bool:
        held = net.collect_params().values()
        return all(p._data is not None and min(p.shape or (), default=1) > 0 for p in held)

    def call(self, net: Any, X: Any, **settings: Any) -> Any:
        if isinstance(net, gluon.HybridBlock) and isinstance(X, list | tuple):
            return net(*X)  # it takes tensors alone
        return super().call(net, X, **settings)

    def children(self, part: Any) -> list[tuple[str, Any]]:
        return [(k, child) for k, child in part._children.items() if isinstance(child, gluon.Block)]

    def is_weight(self, layer: Any, role: str, tensor: Any) -> bool:
        if not isinstance(tensor, gluon.Parameter):
            return False
        return role.startswith("running") or tensor._differentiable  # no scale: gamma is fixed

    def parameters(self, part: Any) -> list[Any]:
        held = {id(p): p for p in part.collect_params().values()}
        return [p for p in held.values() if p._differentiable and not isinstance(p, gluon.Constant)]

    def trains(self, weight: Any) -> bool:
        return weight.grad_req != "null"

    def dtype(self, net: Any) -> str:
        held = net.collect_params().values()
        return str(next((numpy.dtype(p.dtype).name for p in held), "float32"))

    def watch(self, net: Any, parts: Sequence[Any], X: Any, note: Note) -> Any:
        hooks = [
            part.register_forward_hook(lambda block, _, output: note(block, output))
            for part in parts
        ]
        try:
            with autograd.predict_mode(), not_hybridized(net):
                return self.call(net, X)
        finally:
            for hook in hooks:
                hook.detach()

    def forward(self, net: Any, device: Any) -> Forward:
        where = self.device_of(net) if device is None else device

        def forward(X: Any) -> Any:
            with autograd.predict_mode():
                return outputs.single(self.call(net, self.to_device(X, where)))

        return forward

    def read(self, weight: Any) -> numpy.ndarray:
        return numpy.asarray(weight.data().asnumpy())

    def write(self, weight: Any, array: numpy.ndarray) -> None:
        weight.set_data(np.array(array, dtype=weight.dtype))

    def xavier(self, net: Any, device: Any) -> None:
        for layer in layers(self, net).values():
            if isinstance(layer, WEIGHTED):
                for _, weight in held(self, layer):
                    weight.initialize(None, device, mx.init.Xavier(), force_reinit=True)

    def optimizer(self, net: Any, rule: Rule) -> Any:
        settings = {"learning_rate": rule.lr}
        if rule.optimizer == "sgd":
            settings["momentum"] = rule.momentum
        return gluon.Trainer(net.collect_params(), rule.optimizer, settings)

    def optimizer_state(self, net: Any, optimizer: Any) -> dict[str, numpy.ndarray]:
        return trainer_state(optimizer)

    def set_optimizer_state(
        self, net: Any, optimizer: Any, state: dict[str, numpy.ndarray]
    ) -> None:
        set_trainer_state(optimizer, state)

    def step(self, net: Any, optimizer: Any, rule: Rule, device: Any) -> Step:
        loss_fn = gluon.loss.SoftmaxCrossEntropyLoss()
        adding = [p for p in self.parameters(net) if p.grad_req == "add"]

        def step(X: Any, y: Any) -> tuple[float, float, int]:
            X, y = self.to_device(X, device), self.move(y, device).reshape(-1).astype("int32")
            for parameter in adding:
                parameter.grad()[:] = 0  # as in the other frameworks, gradients are a step's own
            with autograd.record():
                y_hat = outputs.single(self.call(net, X))
                losses = loss_fn(y_hat, y)
            losses.backward()
            optimizer.step(len(y))
            return float(losses.sum()), evaluate.count_right(y_hat, y), len(y)

        return step


def _initialize(net: Any, device: Any) -> None:
    """Initialize the weights that no one has initialized, in the manner of `train_ch6`."""
    for parameter in net.collect_params().values():
        try:
            parameter.list_ctx()
        except RuntimeError:
            vector = len(parameter.shape or ()) == 1  # to which Xavier's rule does not apply
            drawn = mx.init.Zero() if vector else mx.init.Xavier()
            parameter.initialize(default_init=drawn, ctx=device)
