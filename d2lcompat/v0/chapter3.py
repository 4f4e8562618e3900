"""Linear and softmax regression of the third chapter: loops around whatever moves the weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..animator import Animator
from ..backends.base import Backend
from ..networks.evaluate import accuracy, mean_accuracy, one_pass
from ..plots import get_fashion_mnist_labels, show_images
from ..utils import Accumulator, as_array

# Trains on a batch: net, X, y, loss, updater. Returns the sum of the losses and the outputs.
Update = Callable[[Any, Any, Any, Any, Any], tuple[float, Any]]


def linreg(X: Any, w: Any, b: Any) -> Any:
    """Return `X @ w + b`."""
    return X @ w + b


def squared_loss(backend: Backend, y_hat: Any, y: Any) -> Any:
    """Return half the squared error of each example."""
    return (y_hat - backend.reshape(y, y_hat.shape)) ** 2 / 2


def synthetic_data(
    linear_data: Callable[..., tuple[Any, Any]], w: Any, b: float, num_examples: int
) -> tuple[Any, Any]:
    """Return `X`, normal of shape `(num_examples, len(w))`, and `X @ w + b` with noise of 0.01."""
    return linear_data(w, b, num_examples, noise=0.01)


def evaluate_accuracy(backend: Backend, net: Any, data_iter: Iterable[Any]) -> float:
    """Return the fraction of the examples that `net`, a network or a function, gets right."""
    return mean_accuracy(backend, backend.forward(net, None), data_iter)


def evaluate_loss(backend: Backend, net: Any, data_iter: Iterable[Any], loss: Any) -> float:
    """Return the mean loss of a network, or of a function of a batch, on regression data.

    `loss(y_hat, y)` gives one number an example, or their mean.
    """
    metric, forward = Accumulator(2), backend.forward(net, None)
    for X, y in one_pass(data_iter):
        y_hat = forward(X)
        losses = as_array(loss(y_hat, backend.reshape(y, y_hat.shape)))
        metric.add(losses.sum(), losses.size)
    return metric[0] / metric[1]


def train_epoch_ch3(
    backend: Backend, update: Update, net: Any, train_iter: Iterable[Any], loss: Any, updater: Any
) -> tuple[float, float]:
    """Train for one epoch, and return the mean loss and the accuracy on the way.

    `net` is a network or a function of a batch. `loss(y_hat, y)` is one of the framework's or a
    function that gives one loss an example. `updater` is an optimizer of the framework, or a
    function of the batch's size that moves the weights (in TensorFlow an object with `params`,
    called with the batch's size and the gradients).
    """
    metric = Accumulator(3)
    with backend.in_training(net):
        for X, y in one_pass(train_iter):
            total, y_hat = update(net, X, y, loss, updater)
            right = accuracy(backend, y_hat, y)
            metric.add(total, right, as_array(y).size)
    if metric[2] == 0:
        raise ValueError("the training iterator holds no example")
    return metric[0] / metric[2], metric[1] / metric[2]


def train_ch3(
    backend: Backend,
    update: Update,
    net: Any,
    train_iter: Iterable[Any],
    test_iter: Iterable[Any],
    loss: Any,
    num_epochs: int,
    updater: Any,
) -> None:
    """Train a classifier, and draw its loss and accuracies: see `train_epoch_ch3`."""
    legend = ["train loss", "train acc", "test acc"]
    animator = Animator(xlabel="epoch", xlim=[1, num_epochs], ylim=[0.3, 0.9], legend=legend)
    try:
        for epoch in range(num_epochs):
            trained = train_epoch_ch3(backend, update, net, train_iter, loss, updater)
            test_acc = evaluate_accuracy(backend, net, test_iter)
            animator.add(epoch + 1, (*trained, test_acc))
    finally:
        animator.flush()


def predict_ch3(backend: Backend, net: Any, test_iter: Iterable[Any], n: int = 6) -> None:
    """Show the first `n` images, each with the name of its class and of the one predicted."""
    X, y = next(iter(test_iter))
    guesses = as_array(backend.forward(net, None)(X)).argmax(1)
    names = zip(get_fashion_mnist_labels(y), get_fashion_mnist_labels(guesses), strict=True)
    show_images(X[:n], 1, n, titles=[f"{true}\n{guess}" for true, guess in names][:n])
