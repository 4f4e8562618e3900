"""Mini-batches as a `tf.data.Dataset`, which `fit` and `evaluate` of Keras take."""

from __future__ import annotations

from functools import partial

import tensorflow as tf

from .batches import Batches, ToTensors
from .resize import Multiply, resize


def dataset(batches: Batches, tensors: ToTensors, multiply: Multiply) -> tf.data.Dataset:
    """Return the batches: the places of the samples from NumPy, the rest TensorFlow's own work.

    It has a `peek`, the `split` and the `batch_size` of the batches.
    """
    images, labels = (tf.constant(part) for part in batches.split)
    floats = partial(tf.cast, dtype=tf.float32)

    def batch(places: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        X = resize(tf.gather(images, places), batches.resize, multiply, floats)
        return tensors(X, tf.gather(labels, places))

    places = tf.TensorSpec((None,), tf.int64)
    made = tf.data.Dataset.from_generator(batches.places, output_signature=places)
    made = made.apply(tf.data.experimental.assert_cardinality(len(batches))).map(batch)
    made.peek, made.split, made.batch_size = batches.peek, batches.split, batches.batch_size
    return made
