"""The networks of the chapters in MXNet, written as a reader of d2l writes them, and small ones.

Only the line that imports d2l is ours. What the tests need beside is at the end.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy

from d2lcompat import mxnet as d2l  # isort: skip

from mxnet import autograd, gluon, init, np, npx
from mxnet.gluon import nn

npx.set_np()


def sequence(*layers: Any) -> Any:
    net = nn.Sequential()
    net.add(*layers)
    return net


def lenet() -> Any:
    net = nn.Sequential()
    net.add(
        nn.Conv2D(channels=6, kernel_size=5, padding=2, activation="sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Conv2D(channels=16, kernel_size=5, activation="sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Dense(120, activation="sigmoid"), nn.Dense(84, activation="sigmoid"), nn.Dense(10),
    )  # fmt: skip
    return net


def alexnet() -> Any:
    net = nn.Sequential()
    net.add(
        nn.Conv2D(96, kernel_size=11, strides=4, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(256, kernel_size=5, padding=2, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(256, kernel_size=3, padding=1, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Dense(4096, activation="relu"), nn.Dropout(0.5),
        nn.Dense(4096, activation="relu"), nn.Dropout(0.5), nn.Dense(10),
    )  # fmt: skip
    return net


def vgg_block(num_convs: int, num_channels: int) -> Any:
    blk = nn.Sequential()
    for _ in range(num_convs):
        blk.add(nn.Conv2D(num_channels, kernel_size=3, padding=1, activation="relu"))
    blk.add(nn.MaxPool2D(pool_size=2, strides=2))
    return blk


def vgg() -> Any:
    ratio = 8
    conv_arch = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))
    net = nn.Sequential()
    for num_convs, num_channels in conv_arch:
        net.add(vgg_block(num_convs, num_channels // ratio))
    net.add(
        nn.Dense(4096, activation="relu"), nn.Dropout(0.5),
        nn.Dense(4096, activation="relu"), nn.Dropout(0.5), nn.Dense(10),
    )  # fmt: skip
    return net


def nin_block(num_channels: int, kernel_size: int, strides: int, padding: int) -> Any:
    blk = nn.Sequential()
    blk.add(
        nn.Conv2D(num_channels, kernel_size, strides, padding, activation="relu"),
        nn.Conv2D(num_channels, kernel_size=1, activation="relu"),
        nn.Conv2D(num_channels, kernel_size=1, activation="relu"),
    )
    return blk


def nin(dropout: float = 0.5) -> Any:
    net = nn.Sequential()
    net.add(
        nin_block(96, kernel_size=11, strides=4, padding=0),
        nn.MaxPool2D(pool_size=3, strides=2),
        nin_block(256, kernel_size=5, strides=1, padding=2),
        nn.MaxPool2D(pool_size=3, strides=2),
        nin_block(384, kernel_size=3, strides=1, padding=1),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Dropout(dropout),
        nin_block(10, kernel_size=3, strides=1, padding=1),
        nn.GlobalAvgPool2D(),
        nn.Flatten(),
    )
    return net


class Inception(nn.Block):
    def __init__(self, c1: int, c2: Any, c3: Any, c4: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.p1_1 = nn.Conv2D(c1, kernel_size=1, activation="relu")
        self.p2_1 = nn.Conv2D(c2[0], kernel_size=1, activation="relu")
        self.p2_2 = nn.Conv2D(c2[1], kernel_size=3, padding=1, activation="relu")
        self.p3_1 = nn.Conv2D(c3[0], kernel_size=1, activation="relu")
        self.p3_2 = nn.Conv2D(c3[1], kernel_size=5, padding=2, activation="relu")
        self.p4_1 = nn.MaxPool2D(pool_size=3, strides=1, padding=1)
        self.p4_2 = nn.Conv2D(c4, kernel_size=1, activation="relu")

    def forward(self, x: Any) -> Any:
        p1 = self.p1_1(x)
        p2 = self.p2_2(self.p2_1(x))
        p3 = self.p3_2(self.p3_1(x))
        p4 = self.p4_2(self.p4_1(x))
        return np.concatenate((p1, p2, p3, p4), axis=1)


def googlenet() -> Any:
    def pool() -> Any:
        return nn.MaxPool2D(pool_size=3, strides=2, padding=1)

    b1 = sequence(nn.Conv2D(64, kernel_size=7, strides=2, padding=3, activation="relu"), pool())
    b2 = sequence(
        nn.Conv2D(64, kernel_size=1, activation="relu"),
        nn.Conv2D(192, kernel_size=3, padding=1, activation="relu"), pool(),
    )  # fmt: skip
    b3 = sequence(
        Inception(64, (96, 128), (16, 32), 32), Inception(128, (128, 192), (32, 96), 64), pool()
    )
    b4 = sequence(
        Inception(192, (96, 208), (16, 48), 64), Inception(160, (112, 224), (24, 64), 64),
        Inception(128, (128, 256), (24, 64), 64), Inception(112, (144, 288), (32, 64), 64),
        Inception(256, (160, 320), (32, 128), 128), pool(),
    )  # fmt: skip
    b5 = sequence(
        Inception(256, (160, 320), (32, 128), 128), Inception(384, (192, 384), (48, 128), 128),
        nn.GlobalAvgPool2D(),
    )  # fmt: skip
    return sequence(b1, b2, b3, b4, b5, nn.Dense(10))


class BatchNorm(nn.Block):
    """Batch normalization from scratch, for two or four dimensions."""

    def __init__(self, num_features: int, num_dims: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        shape = (1, num_features) if num_dims == 2 else (1, num_features, 1, 1)
        self.gamma = self.params.get("gamma", shape=shape, init=init.One())
        self.beta = self.params.get("beta", shape=shape, init=init.Zero())
        self.moving_mean = np.zeros(shape)
        self.moving_var = np.ones(shape)

    def forward(self, X: Any) -> Any:
        if self.moving_mean.ctx != X.ctx:
            self.moving_mean = self.moving_mean.copyto(X.ctx)
            self.moving_var = self.moving_var.copyto(X.ctx)
        if autograd.is_training():
            axes = (0,) if X.ndim == 2 else (0, 2, 3)
            mean = X.mean(axis=axes, keepdims=True)
            var = ((X - mean) ** 2).mean(axis=axes, keepdims=True)
            self.moving_mean = 0.9 * self.moving_mean + 0.1 * mean
            self.moving_var = 0.9 * self.moving_var + 0.1 * var
        else:
            mean, var = self.moving_mean, self.moving_var
        return self.gamma.data() * (X - mean) / np.sqrt(var + 1e-5) + self.beta.data()


def normalized_lenet(norm_image: Any, norm_vector: Any) -> Any:
    net = nn.Sequential()
    net.add(
        nn.Conv2D(6, kernel_size=5), norm_image(6), nn.Activation("sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Conv2D(16, kernel_size=5), norm_image(16), nn.Activation("sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Dense(120), norm_vector(120), nn.Activation("sigmoid"),
        nn.Dense(84), norm_vector(84), nn.Activation("sigmoid"), nn.Dense(10),
    )  # fmt: skip
    return net


def batch_norm_scratch() -> Any:
    return normalized_lenet(lambda n: BatchNorm(n, num_dims=4), lambda n: BatchNorm(n, num_dims=2))


def batch_norm() -> Any:
    return normalized_lenet(lambda n: nn.BatchNorm(), lambda n: nn.BatchNorm())


class Residual(nn.Block):
    def __init__(
        self, num_channels: int, use_1x1conv: bool = False, strides: int = 1, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.conv1 = nn.Conv2D(num_channels, kernel_size=3, padding=1, strides=strides)
        self.conv2 = nn.Conv2D(num_channels, kernel_size=3, padding=1)
        self.conv3 = None
        if use_1x1conv:
            self.conv3 = nn.Conv2D(num_channels, kernel_size=1, strides=strides)
        self.bn1, self.bn2 = nn.BatchNorm(), nn.BatchNorm()

    def forward(self, X: Any) -> Any:
        Y = npx.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        if self.conv3:
            X = self.conv3(X)
        return npx.relu(Y + X)


def stem() -> list[Any]:
    return [
        nn.Conv2D(64, kernel_size=7, strides=2, padding=3), nn.BatchNorm(), nn.Activation("relu"),
        nn.MaxPool2D(pool_size=3, strides=2, padding=1),
    ]  # fmt: skip


def resnet18() -> Any:
    net = sequence(*stem())
    for i, channels in enumerate((64, 128, 256, 512)):
        first = Residual(channels, use_1x1conv=i > 0, strides=2 if i > 0 else 1)
        net.add(sequence(first, Residual(channels)))
    net.add(nn.GlobalAvgPool2D(), nn.Dense(10))
    return net


def conv_block(num_channels: int) -> Any:
    return sequence(
        nn.BatchNorm(), nn.Activation("relu"), nn.Conv2D(num_channels, kernel_size=3, padding=1)
    )


class DenseBlock(nn.Block):
    def __init__(self, num_convs: int, num_channels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.net = nn.Sequential()
        for _ in range(num_convs):
            self.net.add(conv_block(num_channels))

    def forward(self, X: Any) -> Any:
        for blk in self.net:
            X = np.concatenate((X, blk(X)), axis=1)
        return X


def densenet() -> Any:
    net, num_channels, growth_rate = sequence(*stem()), 64, 32
    for i in range(4):
        net.add(DenseBlock(4, growth_rate))
        num_channels += 4 * growth_rate
        if i < 3:
            num_channels //= 2
            net.add(sequence(
                nn.BatchNorm(), nn.Activation("relu"), nn.Conv2D(num_channels, kernel_size=1),
                nn.AvgPool2D(pool_size=2, strides=2),
            ))  # fmt: skip
    net.add(nn.BatchNorm(), nn.Activation("relu"), nn.GlobalAvgPool2D(), nn.Dense(10))
    return net


def hand_written_training(net: Any, train_iter: Any, test_iter: Any, lr: float) -> Any:
    """Train one epoch in the manner of the chapter on LeNet; return loss, accuracies, curves."""
    device = d2l.try_gpu()
    net.initialize(force_reinit=True, ctx=device, init=init.Xavier())
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})
    animator = d2l.Animator(xlabel="epoch", xlim=[1, 1], legend=["train loss", "train acc"])
    timer, num_batches, metric = d2l.Timer(), len(train_iter), d2l.Accumulator(3)
    for i, (X, y) in enumerate(train_iter):
        timer.start()
        X, y = X.as_in_ctx(device), y.as_in_ctx(device)
        with autograd.record():
            y_hat = net(X)
            l = loss(y_hat, y)  # noqa: E741
        l.backward()
        trainer.step(X.shape[0])
        metric.add(l.sum(), d2l.accuracy(y_hat, y), X.shape[0])
        timer.stop()
        animator.add((i + 1) / num_batches, (metric[0] / metric[2], metric[1] / metric[2], None))
    test_acc = d2l.evaluate_accuracy_gpu(net, test_iter)
    animator.add(1, (None, None, test_acc))
    assert timer.sum() > 0
    return metric[0] / metric[2], metric[1] / metric[2], test_acc, animator


# What the tests need of a framework.


def small() -> Any:
    return sequence(
        nn.Conv2D(4, 3, padding=1, activation="relu"), nn.MaxPool2D(2, 2), nn.Conv2D(10, 1),
        nn.GlobalAvgPool2D(), nn.Flatten(),
    )  # fmt: skip


def normalized() -> Any:
    return sequence(
        nn.Conv2D(4, 3, padding=1), nn.BatchNorm(epsilon=1e-5), nn.Activation("relu"),
        nn.GlobalAvgPool2D(), nn.Dense(10),
    )  # fmt: skip


def wide() -> Any:
    return sequence(
        nn.Conv2D(16, 5, activation="relu"), nn.Conv2D(64, 3, activation="relu"),
        nn.GlobalAvgPool2D(), nn.Dense(200, activation="relu"), nn.Dense(200, activation="relu"),
        nn.Dense(200, activation="relu"), nn.Dense(10),
    )  # fmt: skip


def flattened() -> Any:
    return sequence(nn.Conv2D(2, 3, padding=1), nn.Dense(10))


def unbiased() -> Any:
    return sequence(nn.Dense(10, use_bias=False))


def dropping() -> Any:
    return sequence(nn.Flatten(), nn.Dropout(0.5), nn.Dense(10))


def headless() -> Any:
    return sequence(nn.Conv2D(10, 3), nn.GlobalAvgPool2D())


def batch(X: numpy.ndarray, y: numpy.ndarray) -> tuple[Any, Any]:
    """Return images `(n, c, h, w)` and labels as the framework's tensors, in its layout."""
    return np.array(X, dtype="float32"), np.array(y, dtype="int32")


def weights(net: Any) -> list[numpy.ndarray]:
    """Return copies of what training changes, as the framework stores it."""
    held = net.collect_params().values()
    return [numpy.squeeze(p.data().asnumpy()) for p in held if p.grad_req != "null"]


def backward(net: Any, X: Any, y: Any) -> float:
    """Put the gradient of each weight in its place, and return the loss."""
    with autograd.record():
        loss = gluon.loss.SoftmaxCrossEntropyLoss()(net(X), y).mean()
    loss.backward()
    for p in net.collect_params().values():
        p.set_data(p.grad())
    return float(loss)


def tensor(array: numpy.ndarray) -> Any:
    return np.array(array, dtype=array.dtype)


def no_devices() -> list[Any]:
    """Return what is no device on any machine."""
    return [npx.gpu(77), "toaster", np]


def given(net: Any) -> Any:
    """Return the network as `train_ch6` takes it."""
    return net


class Wrapped(nn.Block):
    def __init__(self, net: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.net = net

    def forward(self, X: Any) -> Any:
        return self.net(X)


def wrapped(net: Any) -> Any:
    """Return a network that is a class, with its blocks in one sequence."""
    return Wrapped(net)


class Calling(nn.Block):
    def __init__(self, net: Any, tell: Any) -> None:
        super().__init__()
        self.net, self.tell = net, tell

    def forward(self, X: Any) -> Any:
        self.tell(X)
        return self.net(X)


def calling(net: Any, tell: Any) -> Any:
    """Return a network that tells of each batch that it is called on."""
    return Calling(net, tell)


def state() -> Any:
    """Return what of the framework's state a loader of data may notice."""
    return autograd.is_training(), autograd.is_recording()


def devices() -> list[Any]:
    """Return devices that every machine has."""
    return [npx.cpu(0), npx.cpu(1)]


def is_on(tensor: Any, device: Any) -> bool:
    return isinstance(tensor, np.ndarray) and tensor.ctx == device


eager = contextlib.nullcontext


def coarse(tensor: Any) -> Any:
    """Return a tensor in the short floating-point numbers of the framework."""
    return tensor.astype("float16")


def weightless() -> Any:
    return nn.Flatten()
