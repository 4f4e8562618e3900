"""The networks of the chapters in PaddlePaddle, written as a reader of d2l writes them.

Only the line that imports d2l is ours. What the tests need beside is at the end.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from d2lcompat import paddle as d2l  # isort: skip

import paddle
from paddle import nn
from paddle.nn import functional as F


def lenet() -> nn.Layer:
    return nn.Sequential(
        nn.Conv2D(1, 6, kernel_size=5, padding=2), nn.Sigmoid(),
        nn.AvgPool2D(kernel_size=2, stride=2),
        nn.Conv2D(6, 16, kernel_size=5), nn.Sigmoid(),
        nn.AvgPool2D(kernel_size=2, stride=2), nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120), nn.Sigmoid(),
        nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, 10),
    )  # fmt: skip


def alexnet() -> nn.Layer:
    return nn.Sequential(
        nn.Conv2D(1, 96, kernel_size=11, stride=4, padding=1), nn.ReLU(),
        nn.MaxPool2D(kernel_size=3, stride=2),
        nn.Conv2D(96, 256, kernel_size=5, padding=2), nn.ReLU(),
        nn.MaxPool2D(kernel_size=3, stride=2),
        nn.Conv2D(256, 384, kernel_size=3, padding=1), nn.ReLU(),
        nn.Conv2D(384, 384, kernel_size=3, padding=1), nn.ReLU(),
        nn.Conv2D(384, 256, kernel_size=3, padding=1), nn.ReLU(),
        nn.MaxPool2D(kernel_size=3, stride=2), nn.Flatten(),
        nn.Linear(256 * 5 * 5, 4096), nn.ReLU(), nn.Dropout(p=0.5),
        nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(p=0.5),
        nn.Linear(4096, 10),
    )  # fmt: skip


def vgg_block(num_convs: int, in_channels: int, out_channels: int) -> nn.Layer:
    layers: list[nn.Layer] = []
    for _ in range(num_convs):
        layers.append(nn.Conv2D(in_channels, out_channels, kernel_size=3, padding=1))
        layers.append(nn.ReLU())
        in_channels = out_channels
    layers.append(nn.MaxPool2D(kernel_size=2, stride=2))
    return nn.Sequential(*layers)


def vgg() -> nn.Layer:
    ratio = 8
    conv_arch = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))
    small_conv_arch = [(pair[0], pair[1] // ratio) for pair in conv_arch]
    blocks, in_channels = [], 1
    for num_convs, out_channels in small_conv_arch:
        blocks.append(vgg_block(num_convs, in_channels, out_channels))
        in_channels = out_channels
    return nn.Sequential(
        *blocks, nn.Flatten(), nn.Linear(out_channels * 7 * 7, 4096), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, 10)
    )  # fmt: skip


def nin_block(in_channels: int, out_channels: int, kernel_size: int, strides: int, padding: int) -> nn.Layer:  # fmt: skip # noqa: E501
    return nn.Sequential(
        nn.Conv2D(in_channels, out_channels, kernel_size, strides, padding), nn.ReLU(),
        nn.Conv2D(out_channels, out_channels, kernel_size=1), nn.ReLU(),
        nn.Conv2D(out_channels, out_channels, kernel_size=1), nn.ReLU(),
    )  # fmt: skip


def nin(dropout: float = 0.5) -> nn.Layer:
    return nn.Sequential(
        nin_block(1, 96, kernel_size=11, strides=4, padding=0), nn.MaxPool2D(3, stride=2),
        nin_block(96, 256, kernel_size=5, strides=1, padding=2), nn.MaxPool2D(3, stride=2),
        nin_block(256, 384, kernel_size=3, strides=1, padding=1), nn.MaxPool2D(3, stride=2),
        nn.Dropout(dropout), nin_block(384, 10, kernel_size=3, strides=1, padding=1),
        nn.AdaptiveAvgPool2D((1, 1)), nn.Flatten(),
    )  # fmt: skip


class Inception(nn.Layer):
    def __init__(self, in_channels: int, c1: int, c2: Any, c3: Any, c4: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.p1_1 = nn.Conv2D(in_channels, c1, kernel_size=1)
        self.p2_1 = nn.Conv2D(in_channels, c2[0], kernel_size=1)
        self.p2_2 = nn.Conv2D(c2[0], c2[1], kernel_size=3, padding=1)
        self.p3_1 = nn.Conv2D(in_channels, c3[0], kernel_size=1)
        self.p3_2 = nn.Conv2D(c3[0], c3[1], kernel_size=5, padding=2)
        self.p4_1 = nn.MaxPool2D(kernel_size=3, stride=1, padding=1)
        self.p4_2 = nn.Conv2D(in_channels, c4, kernel_size=1)

    def forward(self, x: Any) -> Any:
        p1 = F.relu(self.p1_1(x))
        p2 = F.relu(self.p2_2(F.relu(self.p2_1(x))))
        p3 = F.relu(self.p3_2(F.relu(self.p3_1(x))))
        p4 = F.relu(self.p4_2(self.p4_1(x)))
        return paddle.concat((p1, p2, p3, p4), axis=1)


def googlenet() -> nn.Layer:
    b1 = nn.Sequential(
        nn.Conv2D(1, 64, kernel_size=7, stride=2, padding=3), nn.ReLU(),
        nn.MaxPool2D(kernel_size=3, stride=2, padding=1),
    )  # fmt: skip
    b2 = nn.Sequential(
        nn.Conv2D(64, 64, kernel_size=1), nn.ReLU(),
        nn.Conv2D(64, 192, kernel_size=3, padding=1), nn.ReLU(),
        nn.MaxPool2D(kernel_size=3, stride=2, padding=1),
    )  # fmt: skip
    b3 = nn.Sequential(
        Inception(192, 64, (96, 128), (16, 32), 32), Inception(256, 128, (128, 192), (32, 96), 64),
        nn.MaxPool2D(kernel_size=3, stride=2, padding=1),
    )  # fmt: skip
    b4 = nn.Sequential(
        Inception(480, 192, (96, 208), (16, 48), 64), Inception(512, 160, (112, 224), (24, 64), 64),
        Inception(512, 128, (128, 256), (24, 64), 64),
        Inception(512, 112, (144, 288), (32, 64), 64),
        Inception(528, 256, (160, 320), (32, 128), 128),
        nn.MaxPool2D(kernel_size=3, stride=2, padding=1),
    )  # fmt: skip
    b5 = nn.Sequential(
        Inception(832, 256, (160, 320), (32, 128), 128),
        Inception(832, 384, (192, 384), (48, 128), 128),
        nn.AdaptiveAvgPool2D((1, 1)), nn.Flatten(),
    )  # fmt: skip
    return nn.Sequential(b1, b2, b3, b4, b5, nn.Linear(1024, 10))


class BatchNorm(nn.Layer):
    """Batch normalization from scratch, for two or four dimensions."""

    def __init__(self, num_features: int, num_dims: int) -> None:
        super().__init__()
        shape = (1, num_features) if num_dims == 2 else (1, num_features, 1, 1)
        self.gamma = self.create_parameter(
            shape=shape, default_initializer=nn.initializer.Assign(paddle.ones(shape)))  # fmt: skip
        self.beta = self.create_parameter(
            shape=shape, default_initializer=nn.initializer.Assign(paddle.zeros(shape)))  # fmt: skip # noqa: E501
        self.moving_mean = paddle.zeros(shape)
        self.moving_var = paddle.ones(shape)

    def forward(self, X: Any) -> Any:
        if self.training:
            axes = [0] if len(X.shape) == 2 else [0, 2, 3]
            mean = paddle.mean(X, axis=axes, keepdim=True)
            var = paddle.mean((X - mean) ** 2, axis=axes, keepdim=True)
            self.moving_mean = (0.9 * self.moving_mean + 0.1 * mean).detach()
            self.moving_var = (0.9 * self.moving_var + 0.1 * var).detach()
        else:
            mean, var = self.moving_mean, self.moving_var
        return self.gamma * (X - mean) / paddle.sqrt(var + 1e-5) + self.beta


def normalized_lenet(norm_image: Any, norm_vector: Any) -> nn.Layer:
    return nn.Sequential(
        nn.Conv2D(1, 6, kernel_size=5), norm_image(6), nn.Sigmoid(),
        nn.AvgPool2D(kernel_size=2, stride=2),
        nn.Conv2D(6, 16, kernel_size=5), norm_image(16), nn.Sigmoid(),
        nn.AvgPool2D(kernel_size=2, stride=2), nn.Flatten(),
        nn.Linear(16 * 4 * 4, 120), norm_vector(120), nn.Sigmoid(),
        nn.Linear(120, 84), norm_vector(84), nn.Sigmoid(), nn.Linear(84, 10),
    )  # fmt: skip


def batch_norm_scratch() -> nn.Layer:
    return normalized_lenet(lambda n: BatchNorm(n, num_dims=4), lambda n: BatchNorm(n, num_dims=2))


def batch_norm() -> nn.Layer:
    return normalized_lenet(nn.BatchNorm2D, nn.BatchNorm1D)


class Residual(nn.Layer):
    def __init__(
        self, in_channels: int, channels: int, use_1x1conv: bool = False, strides: int = 1
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2D(in_channels, channels, kernel_size=3, padding=1, stride=strides)
        self.conv2 = nn.Conv2D(channels, channels, kernel_size=3, padding=1)
        self.conv3 = None
        if use_1x1conv:
            self.conv3 = nn.Conv2D(in_channels, channels, kernel_size=1, stride=strides)
        self.bn1, self.bn2 = nn.BatchNorm2D(channels), nn.BatchNorm2D(channels)

    def forward(self, X: Any) -> Any:
        Y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(X)))))
        Y += self.conv3(X) if self.conv3 else X
        return F.relu(Y)


def stem() -> nn.Layer:
    return nn.Sequential(
        nn.Conv2D(1, 64, kernel_size=7, stride=2, padding=3), nn.BatchNorm2D(64), nn.ReLU(),
        nn.MaxPool2D(kernel_size=3, stride=2, padding=1),
    )  # fmt: skip


def resnet18() -> nn.Layer:
    blocks = [stem()]
    for i, (before, channels) in enumerate(((64, 64), (64, 128), (128, 256), (256, 512))):
        first = Residual(before, channels, use_1x1conv=i > 0, strides=2 if i > 0 else 1)
        blocks.append(nn.Sequential(first, Residual(channels, channels)))
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2D((1, 1)), nn.Flatten(), nn.Linear(512, 10))


def conv_block(in_channels: int, num_channels: int) -> nn.Layer:
    return nn.Sequential(
        nn.BatchNorm2D(in_channels), nn.ReLU(),
        nn.Conv2D(in_channels, num_channels, kernel_size=3, padding=1),
    )  # fmt: skip


class DenseBlock(nn.Layer):
    def __init__(self, num_convs: int, in_channels: int, num_channels: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            *(conv_block(num_channels * i + in_channels, num_channels) for i in range(num_convs))
        )

    def forward(self, X: Any) -> Any:
        for block in self.net:
            X = paddle.concat((X, block(X)), axis=1)
        return X


def densenet() -> nn.Layer:
    num_channels, growth_rate = 64, 32
    blocks = [stem()]
    for i in range(4):
        blocks.append(DenseBlock(4, num_channels, growth_rate))
        num_channels += 4 * growth_rate
        if i < 3:
            blocks.append(nn.Sequential(
                nn.BatchNorm2D(num_channels), nn.ReLU(),
                nn.Conv2D(num_channels, num_channels // 2, kernel_size=1),
                nn.AvgPool2D(kernel_size=2, stride=2),
            ))  # fmt: skip
            num_channels //= 2
    return nn.Sequential(
        *blocks, nn.BatchNorm2D(num_channels), nn.ReLU(), nn.AdaptiveAvgPool2D((1, 1)),
        nn.Flatten(), nn.Linear(num_channels, 10),
    )  # fmt: skip


def hand_written_training(net: nn.Layer, train_iter: Any, test_iter: Any, lr: float) -> Any:
    """Train one epoch in the manner of the chapter on LeNet; return loss, accuracies, curves."""

    def init_weights(m: nn.Layer) -> None:
        if type(m) in (nn.Linear, nn.Conv2D):
            nn.initializer.XavierUniform(m.weight)

    device = d2l.try_gpu()
    net.apply(init_weights)
    loss = nn.CrossEntropyLoss()
    optimizer = paddle.optimizer.SGD(learning_rate=lr, parameters=net.parameters())
    animator = d2l.Animator(xlabel="epoch", xlim=[1, 1], legend=["train loss", "train acc"])
    timer, num_batches, metric = d2l.Timer(), len(train_iter), d2l.Accumulator(3)
    for i, (X, y) in enumerate(train_iter):
        timer.start()
        net.train()
        optimizer.clear_grad()
        X, y = paddle.to_tensor(X, place=device), paddle.to_tensor(y, place=device)
        y_hat = net(X)
        l = loss(y_hat, y)  # noqa: E741
        l.backward()
        optimizer.step()
        with paddle.no_grad():
            metric.add(l * X.shape[0], d2l.accuracy(y_hat, y), X.shape[0])
        timer.stop()
        animator.add((i + 1) / num_batches, (metric[0] / metric[2], metric[1] / metric[2], None))
    test_acc = d2l.evaluate_accuracy_gpu(net, test_iter)
    animator.add(1, (None, None, test_acc))
    assert timer.sum() > 0
    return metric[0] / metric[2], metric[1] / metric[2], test_acc, animator


# What the tests need of a framework.


def small() -> nn.Layer:
    return nn.Sequential(
        nn.Conv2D(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2D(2, 2), nn.Conv2D(4, 10, 1),
        nn.AdaptiveAvgPool2D((1, 1)), nn.Flatten(),
    )  # fmt: skip


def normalized() -> nn.Layer:
    return nn.Sequential(
        nn.Conv2D(1, 4, 3, padding=1), nn.BatchNorm2D(4), nn.ReLU(), nn.AdaptiveAvgPool2D((1, 1)),
        nn.Flatten(), nn.Linear(4, 10),
    )  # fmt: skip


def wide() -> nn.Layer:
    return nn.Sequential(
        nn.Conv2D(1, 16, 5), nn.ReLU(), nn.Conv2D(16, 64, 3), nn.ReLU(),
        nn.AdaptiveAvgPool2D((1, 1)), nn.Flatten(), nn.Linear(64, 200), nn.ReLU(),
        nn.Linear(200, 200), nn.ReLU(), nn.Linear(200, 200), nn.ReLU(), nn.Linear(200, 10),
    )  # fmt: skip


def flattened() -> nn.Layer:
    return nn.Sequential(nn.Conv2D(1, 2, 3, padding=1), nn.Flatten(), nn.Linear(2 * 8 * 8, 10))


def unbiased() -> nn.Layer:
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10, bias_attr=False))


def dropping() -> nn.Layer:
    return nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(64, 10))


def headless() -> nn.Layer:
    return nn.Sequential(nn.Conv2D(1, 10, 3), nn.AdaptiveAvgPool2D((1, 1)))


def batch(X: np.ndarray, y: np.ndarray) -> tuple[Any, Any]:
    """Return images `(n, c, h, w)` and labels as the framework's tensors, in its layout."""
    return paddle.to_tensor(X, dtype="float32"), paddle.to_tensor(y, dtype="int64")


def weights(net: nn.Layer) -> list[np.ndarray]:
    """Return copies of what training changes, as the framework stores it."""
    return [np.squeeze(p.numpy()) for p in net.parameters() if not p.stop_gradient]


def backward(net: nn.Layer, X: Any, y: Any) -> float:
    """Put the gradient of each weight in its place, and return the loss."""
    net.train()
    loss = F.cross_entropy(net(X), y)
    loss.backward()
    for p in net.parameters():
        p.set_value(p.grad)
    return float(loss)


def tensor(array: np.ndarray) -> Any:
    return paddle.to_tensor(array)


def no_devices() -> list[Any]:
    """Return what is no device on any machine."""
    return ["gpu:77", "toaster", paddle]


def given(net: nn.Layer) -> Any:
    """Return the network as `train_ch6` takes it."""
    return net


class Wrapped(nn.Layer):
    def __init__(self, net: nn.Layer) -> None:
        super().__init__()
        self.net = net

    def forward(self, X: Any) -> Any:
        return self.net(X)


def wrapped(net: nn.Layer) -> nn.Layer:
    """Return a network that is a class, with its blocks in one sequence."""
    return Wrapped(net)


class Calling(nn.Layer):
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
    return paddle.is_grad_enabled(), paddle.get_flags(["FLAGS_use_mkldnn", "FLAGS_use_onednn"])


def devices() -> list[Any]:
    """Return devices that every machine has."""
    return [paddle.CPUPlace()]


def is_on(tensor: Any, device: Any) -> bool:
    return isinstance(tensor, paddle.Tensor) and tensor.place._equals(device)


eager = contextlib.nullcontext


def coarse(tensor: Any) -> Any:
    """Return a tensor in the short floating-point numbers of the framework."""
    return tensor.astype("bfloat16")


def weightless() -> Any:
    return nn.Flatten()
