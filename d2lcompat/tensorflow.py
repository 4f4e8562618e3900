"""The helpers of the book for TensorFlow with Keras 3."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .backend import Forward, Note, Rule, Step, no_device, taking
from .data.batches import Batches, resize
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
from .workarounds.silence import quiet

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # before the import: its log, not its errors

try:
    with quiet():
        import tensorflow as tf

        tf.zeros(1)  # the first operation logs too
except ModuleNotFoundError as error:
    raise missing("tensorflow", error) from None

from .workarounds.tensorflow_graphs import Device, bfloat16, log_less

__all__ = NAMES

log_less()

keras = tf.keras
WEIGHTED = (keras.layers.Dense, keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)


class TensorFlow(Backend):
    """TensorFlow's hooks; images are `(n, h, w, c)`."""

    key = "tensorflow"
    precisions = ("float32", "bfloat16")
    library = "keras"
    layout = "NHWC"
    roles = (
        ("weight", "kernel"),
        ("weight", "gamma"),
        ("bias", "bias"),
        ("bias", "beta"),
        ("running_mean", "moving_mean"),
        ("running_var", "moving_variance"),
    )
    axes = {4: (3, 2, 0, 1), 2: (1, 0)}  # noqa: RUF012 - declared by the base class

    def try_gpu(self, i: int = 0) -> Device:
        """Return GPU number `i` if there is one, else the CPU."""
        gpus = tf.config.list_physical_devices("GPU")
        return Device(f"/GPU:{i}" if len(gpus) > i else "/CPU:0")

    def _seed(self, n: int) -> None:
        keras.utils.set_random_seed(n)

    def _tensors(self, X: Any, y: Any) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.convert_to_tensor(X)[..., None], tf.cast(y, tf.int32)

    def _resize(self, pixels: Any, down: np.ndarray, across: np.ndarray) -> tf.Tensor:
        return tf.constant(down) @ tf.matmul(pixels, tf.constant(across), transpose_b=True)

    def _data_iter(self, batches: Batches) -> tf.data.Dataset:
        """Return a `tf.data.Dataset`, which `fit` and `evaluate` of Keras take.

        Only the places of the samples come from NumPy; the rest is TensorFlow's own.
        """
        images, labels = (tf.constant(part) for part in batches.split)

        def batch(places: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            X = resize(tf.gather(images, places), batches.resize, self._resize, _floats)
            return self._tensors(X, tf.gather(labels, places))

        places = tf.TensorSpec((None,), tf.int64)
        dataset = tf.data.Dataset.from_generator(batches.places, output_signature=places)
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(len(batches))).map(batch)
        dataset.peek, dataset.split = batches.peek, batches.split
        dataset.batch_size = batches.batch_size
        return dataset

    def _zeros(self, net: Any, shape: tuple[int, ...]) -> tf.Tensor:
        return tf.zeros((shape[0], *shape[2:], shape[1]) if len(shape) == 4 else shape)

    def _network(self, net: Any, first_batch: Callable[[], Any], device: Any) -> Any:
        with tf.device(device):
            if callable(net) and not isinstance(net, keras.layers.Layer):
                net = net()
            if not _is_built(net):
                X = first_batch()[:2]
                with taking(X):
                    net(X)
        return net

    def _xavier(self, net: Any, device: Any) -> None:
        for layer in net._flatten_layers():
            if isinstance(layer, WEIGHTED):
                draw = keras.initializers.GlorotUniform()  # one of its own: it repeats itself
                layer.kernel.assign(draw(layer.kernel.shape))
                if layer.bias is not None:
                    layer.bias.assign(tf.zeros(layer.bias.shape))

    def _usable(self, device: Any) -> Device:
        name = str(getattr(device, "_device_name", device))
        try:
            asked = tf.DeviceSpec.from_string(name)
        except ValueError as error:
            raise no_device(name, error) from None
        there = [tf.DeviceSpec.from_string(d.name) for d in tf.config.list_logical_devices()]
        if (asked.device_type, asked.device_index or 0) not in [
            (d.device_type, d.device_index) for d in there
        ]:
            raise no_device(name, f"TensorFlow has {', '.join(d.to_string() for d in there)}")
        return Device(name)

    def _optimizer(self, net: Any, rule: Rule) -> Any:
        if rule.optimizer == "adam":
            optimizer = keras.optimizers.Adam(learning_rate=rule.lr, epsilon=1e-8)
        else:
            optimizer = keras.optimizers.SGD(learning_rate=rule.lr, momentum=rule.momentum)
        optimizer.build(net.trainable_variables)
        return optimizer

    def _optimizer_state(self, net: Any, optimizer: Any) -> dict[str, np.ndarray]:
        return {f"{i}": np.asarray(held) for i, held in enumerate(optimizer.variables)}

    def _set_optimizer_state(self, net: Any, optimizer: Any, state: dict[str, np.ndarray]) -> None:
        for i, held in enumerate(optimizer.variables):
            held.assign(state[f"{i}"])

    def _reseed(self, net: Any, n: int) -> None:
        super()._reseed(net, n)
        layers = [layer for layer in net._flatten_layers() if hasattr(layer, "seed_generator")]
        for layer, seed in zip(layers, np.random.SeedSequence(n).spawn(len(layers)), strict=True):
            layer.seed_generator.state.assign(seed.generate_state(2))

    def _step(self, net: Any, optimizer: Any, rule: Rule, device: Any) -> Step:
        @tf.function(reduce_retracing=True)
        def compiled(X: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape() as tape:
                y_hat = net(X, training=True)
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, y_hat)
                loss = tf.reduce_mean(losses)
            gradients = tape.gradient(loss, net.trainable_variables)
            optimizer.apply_gradients(zip(gradients, net.trainable_variables, strict=True))
            return tf.reduce_sum(losses), y_hat

        def step(X: tf.Tensor, y: tf.Tensor) -> tuple[float, float, int]:
            with tf.device(device), bfloat16(rule.precision == "bfloat16"):
                loss, y_hat = compiled(X, y)
            return float(loss), self.accuracy(y_hat, y), len(y)

        return step

    @contextmanager
    def _inference(self, net: Any, device: Any) -> Iterator[Forward]:
        compiled = tf.function(lambda X: net(X, training=False), reduce_retracing=True)
        with tf.device(device):
            yield lambda X: compiled(X).numpy()

    def _children(self, part: Any) -> list[Any]:
        return list(part._flatten_layers(include_self=False, recursive=False))

    def _count(self, part: Any) -> int:
        return sum(int(np.prod(weight.shape)) for weight in part.trainable_weights)

    def _watch(self, net: Any, parts: Sequence[Any], X: Any, note: Note) -> None:
        def noting(part: Any) -> Callable[..., Any]:
            call = part.call

            def wrapped(*args: Any, **kwargs: Any) -> Any:
                output = call(*args, **kwargs)
                note(part, output)
                return output

            return wrapped

        net(X, training=False)  # builds what is not built: building calls the parts too
        for part in parts:
            vars(part)["call"] = noting(part)
        try:
            net(X, training=False)
        finally:
            for part in parts:
                del vars(part)["call"]

    def _build(self, net: Any, input_shape: tuple[int, ...] | None) -> None:
        if not _is_built(net):
            if input_shape is None:
                raise ValueError("call the network on a batch before loading weights into it")
            net(self._zeros(net, (1, *input_shape)))

    def _read(self, tensor: Any) -> np.ndarray:
        return np.asarray(tensor)

    def _write(self, tensor: Any, array: np.ndarray) -> None:
        tensor.assign(array)


def _floats(images: tf.Tensor) -> tf.Tensor:
    return tf.cast(images, tf.float32)


def _is_built(net: Any) -> bool:
    return all(layer.built for layer in net._flatten_layers())


_backend = TensorFlow()

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
