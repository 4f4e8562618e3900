"""The helpers of the book for MXNet's Gluon with the NumPy interface.

MXNet is archived upstream; version 1.9.1 is its last.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy

from .backend import Forward, Note, Rule, Step, no_device, taking
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
from .workarounds.mxnet_import import import_mxnet

# By itself MXNet computes on half the cores, taking the other half for hyperthreads.
os.environ.setdefault("MXNET_OMP_MAX_THREADS", str(usable_cores()))

mx = import_mxnet()
autograd, gluon, np, npx = mx.autograd, mx.gluon, mx.np, mx.npx
npx.set_np()

__all__ = NAMES


class MXNet(Backend):
    """MXNet's hooks."""

    key = "mxnet"
    library = "mxnet"
    roles = (
        ("weight", "weight"),
        ("weight", "gamma"),
        ("bias", "bias"),
        ("bias", "beta"),
        ("running_mean", "running_mean"),
        ("running_var", "running_var"),
    )

    def try_gpu(self, i: int = 0) -> Any:
        """Return GPU number `i` if there is one, else the CPU."""
        return npx.gpu(i) if npx.num_gpus() > i else npx.cpu()

    def _seed(self, n: int) -> None:
        mx.random.seed(n)

    def _tensors(self, X: numpy.ndarray, y: numpy.ndarray) -> tuple[Any, Any]:
        images = mx.nd.from_numpy(X[:, None], zero_copy=True)  # nobody else holds this memory
        return images.as_np_ndarray(), np.array(y, dtype="int32")

    def _zeros(self, net: Any, shape: tuple[int, ...]) -> Any:
        return np.zeros(shape, ctx=_device(net))

    def _network(self, net: Any, first_batch: Callable[[], Any], device: Any) -> Any:
        _initialize(net, device)
        net.collect_params().reset_ctx(device)
        X = first_batch()[:2].as_in_ctx(device)
        with taking(X), autograd.predict_mode():
            net(X)
        return net

    def _xavier(self, net: Any, device: Any) -> None:
        net.initialize(mx.init.Xavier(), ctx=device, force_reinit=True)

    def _usable(self, device: Any) -> Any:
        if not isinstance(device, mx.Context):
            raise no_device(device, "it is no device of MXNet, such as npx.cpu() or npx.gpu(0)")
        if device.device_type == "gpu" and device.device_id >= npx.num_gpus():
            raise no_device(device, f"MXNet has {npx.num_gpus()} GPUs here")
        return device

    def _optimizer(self, net: Any, rule: Rule) -> Any:
        settings = {"learning_rate": rule.lr}
        if rule.optimizer == "sgd":
            settings["momentum"] = rule.momentum
        return gluon.Trainer(net.collect_params(), rule.optimizer, settings)

    def _optimizer_state(self, net: Any, optimizer: Any) -> dict[str, numpy.ndarray]:
        held = optimizer._updaters[0].states  # what Trainer.save_states would pickle
        state = {
            f"{i}.{k}": array.asnumpy()
            for i, arrays in held.items()
            for k, array in enumerate(_as_tuple(arrays))
        }
        return state | {"steps": numpy.array(optimizer._optimizer.num_update, numpy.int64)}

    def _set_optimizer_state(
        self, net: Any, optimizer: Any, state: dict[str, numpy.ndarray]
    ) -> None:
        steps, updater, rule = int(state["steps"]), optimizer._updaters[0], optimizer._optimizer
        moved = [(i, p) for i, p in enumerate(optimizer._params) if steps and p.grad_req != "null"]
        for i, parameter in moved:
            weight = parameter.data().as_nd_ndarray()
            made = rule.create_state_multi_precision(i, weight)
            for k, array in enumerate(_as_tuple(made)):
                array[:] = state[f"{i}.{k}"]
            updater.states[i], updater.states_synced[i] = made, True
            rule._set_current_context(weight.context.device_id)
            rule._index_update_count[i] = steps
        rule.num_update = steps

    def _step(self, net: Any, optimizer: Any, rule: Rule, device: Any) -> Step:
        loss_fn = gluon.loss.SoftmaxCrossEntropyLoss()

        def step(X: Any, y: Any) -> tuple[float, float, int]:
            X, y = X.as_in_ctx(device), y.as_in_ctx(device)
            with autograd.record():
                y_hat = net(X)
                losses = loss_fn(y_hat, y)
            losses.backward()
            optimizer.step(len(y))
            return float(losses.sum()), self.accuracy(y_hat, y), len(y)

        return step

    @contextmanager
    def _inference(self, net: Any, device: Any) -> Iterator[Forward]:
        where = _device(net) if device is None else device
        with autograd.predict_mode():
            yield lambda X: net(X.as_in_ctx(where)).asnumpy()

    def _children(self, part: Any) -> list[Any]:
        return [child for child in part._children.values() if isinstance(child, gluon.Block)]

    def _count(self, part: Any) -> int:
        held = part.collect_params().values()
        return sum(int(numpy.prod(p.shape)) for p in held if p.grad_req != "null")

    def _watch(self, net: Any, parts: Sequence[Any], X: Any, note: Note) -> None:
        with autograd.predict_mode():
            net(X)  # gives waiting weights their shapes
            hooks = [
                part.register_forward_hook(lambda block, _, output: note(block, output))
                for part in parts
            ]
            try:
                net(X)
            finally:
                for hook in hooks:
                    hook.detach()

    def _build(self, net: Any, input_shape: tuple[int, ...] | None) -> None:
        _initialize(net, npx.cpu())
        if any(min(p.shape, default=0) < 1 for p in net.collect_params().values()):
            if input_shape is None:
                raise ValueError("call the network on a batch before loading weights into it")
            with autograd.predict_mode():
                net(np.zeros((1, *input_shape)))

    def _read(self, tensor: Any) -> numpy.ndarray:
        return numpy.asarray(tensor.data().asnumpy())

    def _write(self, tensor: Any, array: numpy.ndarray) -> None:
        tensor.set_data(np.array(array, dtype=array.dtype))


def _as_tuple(states: Any) -> tuple[Any, ...]:
    """Return what an optimizer keeps for one weight: nothing, an array, or several."""
    if states is None:
        return ()
    return states if isinstance(states, tuple) else (states,)


def _device(net: Any) -> Any:
    """Return where the network is; weights that were never initialized are now, on the CPU."""
    _initialize(net, npx.cpu())
    held = net.collect_params().values()
    return next((p.list_ctx()[0] for p in held), npx.cpu())


def _initialize(net: Any, device: Any) -> None:
    """Initialize the weights that no one has initialized, in the manner of `train_ch6`."""
    for parameter in net.collect_params().values():
        try:
            parameter.list_ctx()
        except RuntimeError:
            parameter.initialize(default_init=mx.init.Xavier(), ctx=device)


_backend = MXNet()

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
