"""TensorFlow with Keras 3; images are `(n, h, w, c)`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..data.batches import Batches
from ..errors import missing, no_device
from ..networks import evaluate, outputs
from ..networks.inspect import unique
from ..workarounds.silence import environment, lines_dropped, python_warnings_dropped
from .base import Backend, Forward, Note, Rule, Step

# Information, said before logs have levels; warnings are shown.
NOISE = "^(I0000 |WARNING: All log messages before absl|To enable the following instructions)"

try:
    with environment(TF_CPP_MIN_LOG_LEVEL="1"), python_warnings_dropped(), lines_dropped(NOISE):
        import tensorflow as tf
except ModuleNotFoundError as error:
    raise missing("tensorflow", error) from None

from ..data.tensorflow_dataset import dataset  # noqa: E402
from ..workarounds.tensorflow_graphs import Device, bfloat16, calls_noted, log_less  # noqa: E402

log_less()
keras, layers = tf.keras, tf.keras.layers
__all__ = ["TensorFlow", "keras", "layers", "tf"]
WEIGHTED = (layers.Dense, layers.Conv1D, layers.Conv2D, layers.Conv3D, layers.Conv1DTranspose,
            layers.Conv2DTranspose, layers.Conv3DTranspose, layers.DepthwiseConv2D)  # fmt: skip


class TensorFlow(Backend):
    """TensorFlow's own words."""

    key = "tensorflow"
    library = "keras"
    containers = (keras.layers.Layer, keras.Model, keras.Sequential)
    builders = True
    layout = "NHWC"
    precisions = ("float32", "bfloat16")
    refusals = (*Backend.refusals, tf.errors.OpError)
    roles = (
        ("weight", "kernel"), ("weight", "gamma"), ("bias", "bias"), ("bias", "beta"),
        ("running_mean", "moving_mean"), ("running_var", "moving_variance"),
    )  # fmt: skip
    axes = {5: (4, 3, 0, 1, 2), 4: (3, 2, 0, 1), 3: (2, 1, 0), 2: (1, 0)}  # noqa: RUF012

    def try_gpu(self, i: int = 0) -> Device:
        """Return GPU number `i` if there is one, else the CPU."""
        gpus = tf.config.list_physical_devices("GPU")
        return Device(f"/GPU:{i}" if 0 <= i < len(gpus) else "/CPU:0")

    def usable(self, device: Any) -> Device:
        name = str(getattr(device, "_device_name", device))
        try:
            asked = tf.DeviceSpec.from_string(name)
        except ValueError as error:
            raise no_device(name, error) from None
        names = [device.name for device in tf.config.list_logical_devices()]
        if f"/device:{asked.device_type}:{asked.device_index or 0}" not in names:
            raise no_device(name, f"TensorFlow has {', '.join(names)}")
        return Device(name)

    def device_of(self, net: Any) -> Any:
        held = net.weights if self.is_network(net) else []
        return Device(held[0].value.device if held else "/CPU:0")

    def move(self, tensor: Any, device: Any) -> tf.Tensor:
        with tf.device(str(device)):
            return tf.identity(tf.convert_to_tensor(tensor))

    def seed(self, n: int) -> None:
        keras.utils.set_random_seed(n)  # Python's and NumPy's too: Keras draws from them

    def reseed(self, net: Any, n: int) -> None:
        tf.random.set_seed(n)
        drawing = unique([g for layer in net._flatten_layers() for g in layer._seed_generators])
        for each, seed in zip(drawing, np.random.SeedSequence(n).spawn(len(drawing)), strict=True):
            each.state.assign(seed.generate_state(2))

    def tensors(self, X: Any, y: Any) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.convert_to_tensor(X)[..., None], tf.cast(y, tf.int32)

    def resize(self, pixels: Any, down: np.ndarray, across: np.ndarray) -> tf.Tensor:
        return tf.constant(down) @ tf.matmul(pixels, tf.constant(across), transpose_b=True)

    def data_iter(self, batches: Batches) -> tf.data.Dataset:
        return dataset(batches, self.tensors, self.resize)

    def zeros(self, shape: tuple[int, ...], net: Any) -> tf.Tensor:
        channels_last = (shape[0], *shape[2:], shape[1]) if len(shape) == 4 else shape
        return self.move(tf.zeros(channels_last, self.dtype(net)), self.device_of(net))

    def reshape(self, tensor: Any, shape: Any) -> Any:
        return tf.reshape(tensor, shape)

    def function_of(self, net: Any) -> Callable[..., Any]:
        return getattr(net, "call", net)

    def network(self, net: Any, device: Any) -> Any:
        with tf.device(device):
            return net if self.is_network(net) else net()

    def build(self, net: Any, X: Any) -> None:
        if not self.is_built(net):
            with tf.device((X[0] if isinstance(X, list | tuple) else X).device):
                self.call(net, X, training=False)

    def is_built(self, net: Any) -> bool:
        return all(layer.built for layer in net._flatten_layers())

    def children(self, part: Any) -> list[tuple[str, Any]]:
        names: dict[int, str] = {}
        for name, value in vars(part).items():
            if isinstance(value, list | tuple) and not name.startswith("_"):
                names |= {id(item): f"{name}.{i}" for i, item in enumerate(value)}
            names[id(value)] = name
        found = unique(list(part._flatten_layers(include_self=False, recursive=False)))
        return [(names.get(id(child), str(i)), child) for i, child in enumerate(found)]

    def is_weight(self, layer: Any, role: str, tensor: Any) -> bool:
        return isinstance(tensor, keras.Variable)

    def parameters(self, part: Any) -> list[Any]:
        return unique(part.weights)

    def trains(self, weight: Any) -> bool:
        return bool(weight.trainable)

    def dtype(self, net: Any) -> str:
        held = [w.dtype for w in net.weights if "float" in w.dtype]
        return str(held[0] if held else list(net._flatten_layers())[-1].compute_dtype)

    def watch(self, net: Any, parts: Sequence[Any], X: Any, note: Note) -> Any:
        self.build(net, X)  # which calls the parts too
        with calls_noted(parts, note):
            return self.call(net, X, training=False)

    def forward(self, net: Any, device: Any) -> Forward:
        where = self.device_of(net) if device is None else device
        if not self.is_network(net):
            return lambda X: outputs.single(self.call(net, self.to_device(X, where)))

        @tf.function(reduce_retracing=True)
        def compiled(X: Any) -> Any:
            return outputs.single(self.call(net, X, training=False))

        def forward(X: Any) -> Any:
            with tf.device(str(where)):
                return compiled(self.to_device(X, where))

        return forward

    def read(self, weight: Any) -> np.ndarray:
        return np.asarray(weight)

    def write(self, weight: Any, array: np.ndarray) -> None:
        weight.assign(array)

    def xavier(self, net: Any, device: Any) -> None:
        for layer in net._flatten_layers():
            if isinstance(layer, WEIGHTED) and layer.built:
                draw = keras.initializers.GlorotUniform()  # one of its own: it repeats itself
                layer.kernel.assign(draw(layer.kernel.shape))
                if layer.bias is not None:
                    layer.bias.assign(tf.zeros(layer.bias.shape))

    def optimizer(self, net: Any, rule: Rule) -> Any:
        optimizer = keras.optimizers.SGD(rule.lr, rule.momentum)
        if rule.optimizer == "adam":
            optimizer = keras.optimizers.Adam(rule.lr, epsilon=1e-8)
        optimizer.build(net.trainable_variables)
        return optimizer

    def optimizer_state(self, net: Any, optimizer: Any) -> dict[str, np.ndarray]:
        return {f"{i}": np.asarray(held) for i, held in enumerate(optimizer.variables)}

    def set_optimizer_state(self, net: Any, optimizer: Any, state: dict[str, np.ndarray]) -> None:
        for i, held in enumerate(optimizer.variables):
            held.assign(state[f"{i}"])

    def step(self, net: Any, optimizer: Any, rule: Rule, device: Any) -> Step:
        @tf.function(reduce_retracing=True)
        def compiled(X: Any, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape() as tape:
                y_hat = outputs.single(self.call(net, X, training=True))
                y_hat = y_hat if y_hat.dtype == tf.float64 else tf.cast(y_hat, tf.float32)
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, y_hat)
                loss = tf.reduce_mean(losses)
            gradients = tape.gradient(loss, net.trainable_variables)
            optimizer.apply_gradients(zip(gradients, net.trainable_variables, strict=True))
            return tf.reduce_sum(losses), y_hat

        def step(X: Any, y: Any) -> tuple[float, float, int]:
            with tf.device(device), bfloat16(rule.precision == "bfloat16"):
                labels = tf.cast(tf.reshape(self.move(y, device), [-1]), tf.int32)
                loss, y_hat = compiled(self.to_device(X, device), labels)
            return float(loss), evaluate.count_right(y_hat, y, self.layout), int(labels.shape[0])

        return step
