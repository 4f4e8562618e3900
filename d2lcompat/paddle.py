"""The helpers of the book for PaddlePaddle: `from d2lcompat import paddle as d2l`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .aliases.paddle import *
from .backends.paddle import Paddle
from .data import batches
from .models.paddle import *
from .networks import diagnose as diagnosis
from .networks import evaluate, inspect, weights
from .public import *
from .training import train
from .v0 import chapter3
from .v0.paddle import *
from .v0.paddle import update
from .v1.paddle import *
from .v1.paddle import linear_data

if TYPE_CHECKING:
    from .public import plt
else:
    from .public import lazy_plt as __getattr__

__all__ = NAMES

backend = Paddle()
accuracy = bind(backend, evaluate.accuracy)
diagnose = bind(backend, diagnosis.diagnose)
evaluate_accuracy = bind(backend, chapter3.evaluate_accuracy)
evaluate_accuracy_gpu = bind(backend, evaluate.evaluate_accuracy_gpu)
evaluate_loss = bind(backend, chapter3.evaluate_loss)
load_data_fashion_mnist = bind(backend, batches.load_data_fashion_mnist)
load_weights = bind(backend, weights.load_weights)
predict = bind(backend, evaluate.predict)
predict_ch3 = bind(backend, chapter3.predict_ch3)
save_weights = bind(backend, weights.save_weights)
seed = bind(backend, batches.seed)
shape_trace = bind(backend, inspect.shape_trace)
squared_loss = bind(backend, chapter3.squared_loss)
summary = bind(backend, inspect.summary)
synthetic_data = bind(linear_data, chapter3.synthetic_data)
train_ch3 = bind(update, bind(backend, chapter3.train_ch3))
train_ch6 = bind(backend, train.train_ch6)
train_epoch_ch3 = bind(update, bind(backend, chapter3.train_epoch_ch3))
try_gpu = backend.try_gpu
