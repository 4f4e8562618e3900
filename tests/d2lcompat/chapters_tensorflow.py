"""The chapters of d2l in TensorFlow, in both generations, each as a reader writes its cells.

Small, and our own code; only the line that imports d2l is not as in the book. A chapter returns
what `test_chapters` says that it measures.
"""

from __future__ import annotations

from typing import Any

from d2lcompat import tensorflow as d2l  # isort: skip

import tensorflow as tf

Measures = dict[str, float]


def last(model: Any, *names: str) -> Measures:
    return {name: model.board.data[name][-1].y for name in names}


def conv(filters: int, kernel_size: int, strides: int = 1) -> Any:
    return tf.keras.layers.Conv2D(
        filters, kernel_size, strides=strides, padding="same", activation="relu"
    )


layers = tf.keras.layers
CLASSIFIED = ("train_loss", "val_loss", "val_acc")

# d2l 1.0


def calculus() -> Measures:
    x = tf.range(0, 3, 0.1)
    d2l.set_figsize((4, 3))
    d2l.plot(x, [3 * x**2 - 4 * x, 2 * x - 3], "x", "f(x)", legend=["f(x)", "tangent"])
    axes = d2l.plt.gca()
    x = tf.Variable(x)
    y = tf.nn.relu(x)
    d2l.plot(x.numpy(), y.numpy(), "x", "relu(x)", figsize=(5, 2.5))
    return {"curves": len(axes.lines), "label": float(axes.get_ylabel() == "relu(x)")}


def oo_design() -> Measures:
    class Greeter:
        def __init__(self) -> None:
            self.b = 1

    greeter = Greeter()

    @d2l.add_to_class(Greeter)
    def twice(self: Any) -> int:
        return self.b * 2

    class Held(d2l.HyperParameters):
        def __init__(self, a: int, b: int, c: int) -> None:
            self.save_hyperparameters(ignore=["c"])

    held = Held(1, b=2, c=3)
    board = d2l.ProgressBoard("x")
    for x in tf.range(0, 2, 0.1):
        board.draw(x, tf.sin(x), "sin", every_n=2)
        board.draw(x, tf.cos(x), "cos", every_n=10)
    return {
        "twice": greeter.twice(),  # type: ignore[attr-defined]
        "held": held.a + held.b,
        "left out": float(not hasattr(held, "c")),
        "points": len(board.data["sin"]) + len(board.data["cos"]),
    }


def synthetic_data() -> Measures:
    data = d2l.SyntheticRegressionData(w=d2l.tensor([2, -3.4]), b=4.2)
    X, y = next(iter(data.train_dataloader()))
    n = len(data.train_dataloader())

    class Ordered(d2l.SyntheticRegressionData):
        pass

    @d2l.add_to_class(Ordered)
    def get_dataloader(self: Any, train: bool) -> Any:
        for i in range(0, self.num_train if train else self.num_val, self.batch_size):
            places = tf.range(i, i + self.batch_size)
            yield tf.gather(self.X, places), tf.gather(self.y, places)

    A, b = next(iter(Ordered(w=d2l.tensor([2, -3.4]), b=4.2).train_dataloader()))
    noise = (data.y - (data.X @ d2l.tensor([[2.0], [-3.4]]) + 4.2)).numpy()
    return {
        "rows": X.shape[0] + A.shape[0],
        "columns": X.shape[1] + y.shape[1] + A.shape[1] + b.shape[1],
        "batches": n,
        "noise": float(noise.std()),
    }


def linear_scratch() -> Measures:
    class Regression(d2l.Module):
        def __init__(self, num_inputs: int, lr: float, sigma: float = 0.01) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.w = tf.Variable(tf.random.normal((num_inputs, 1), mean=0, stddev=sigma))
            self.b = tf.Variable(tf.zeros(1), trainable=True)

    @d2l.add_to_class(Regression)
    def forward(self: Any, X: Any) -> Any:
        return d2l.matmul(X, self.w) + self.b

    @d2l.add_to_class(Regression)
    def loss(self: Any, y_hat: Any, y: Any) -> Any:
        return d2l.reduce_mean((y_hat - y) ** 2 / 2)

    @d2l.add_to_class(Regression)
    def configure_optimizers(self: Any) -> Any:
        return d2l.SGD(self.lr)

    class Mine(d2l.Trainer):
        pass

    @d2l.add_to_class(Mine)
    def fit_epoch(self: Any) -> None:
        self.model.training = True
        for batch in self.train_dataloader:
            with tf.GradientTape() as tape:
                value = self.model.training_step(self.prepare_batch(batch))
            grads = tape.gradient(value, self.model.trainable_variables)
            if self.gradient_clip_val > 0:
                grads = self.clip_gradients(self.gradient_clip_val, grads)
            pairs = zip(grads, self.model.trainable_variables, strict=True)
            self.optim.apply_gradients(pairs)
            self.train_batch_idx += 1
        self.model.training = False
        for batch in self.val_dataloader:
            self.model.validation_step(self.prepare_batch(batch))
            self.val_batch_idx += 1

    data = d2l.SyntheticRegressionData(w=d2l.tensor([2, -3.4]), b=4.2)
    model = Regression(2, lr=0.03)
    Mine(max_epochs=3).fit(model, data)
    ours = d2l.LinearRegressionScratch(2, lr=0.03)
    d2l.Trainer(max_epochs=3, gradient_clip_val=1).fit(ours, data)
    return {
        "error": float(d2l.reduce_sum(abs(d2l.reshape(model.w, data.w.shape) - data.w))),
        "clipped": float(d2l.reduce_sum(abs(d2l.reshape(ours.w, data.w.shape) - data.w))),
    }


def linear_concise() -> Measures:
    class Regression(d2l.Module):
        def __init__(self, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters()
            normal = tf.initializers.RandomNormal(stddev=0.01)
            self.net = layers.Dense(1, kernel_initializer=normal)

        def loss(self, y_hat: Any, y: Any) -> Any:
            return tf.keras.losses.MeanSquaredError()(y, y_hat)

        def configure_optimizers(self) -> Any:
            return tf.keras.optimizers.SGD(self.lr)

    data = d2l.SyntheticRegressionData(w=d2l.tensor([2, -3.4]), b=4.2)
    errors = []
    for model in (Regression(lr=0.03), d2l.LinearRegression(lr=0.03)):
        d2l.Trainer(max_epochs=3).fit(model, data)
        errors.append(float(abs(model.net.get_weights()[0].reshape(-1) - data.w.numpy()).sum()))
    _, b = model.get_w_b()
    return {"error": max(errors), "bias": float(b[0])}


def weight_decay() -> Measures:
    class Data(d2l.DataModule):
        def __init__(self, num_train: int, num_val: int, num_inputs: int, batch_size: int) -> None:
            self.save_hyperparameters()
            n = num_train + num_val
            self.X = d2l.normal((n, num_inputs))
            w, b = d2l.ones((num_inputs, 1)) * 0.01, 0.05
            self.y = d2l.matmul(self.X, w) + b + d2l.normal((n, 1)) * 0.01

        def get_dataloader(self, train: bool) -> Any:
            i = slice(0, self.num_train) if train else slice(self.num_train, None)
            return self.get_tensorloader([self.X, self.y], train, i)

    class Decaying(d2l.LinearRegressionScratch):
        def __init__(self, num_inputs: int, lambd: float, lr: float) -> None:
            super().__init__(num_inputs, lr)
            self.save_hyperparameters()

        def loss(self, y_hat: Any, y: Any) -> Any:
            return super().loss(y_hat, y) + self.lambd * d2l.reduce_sum(self.w**2) / 2

    class Concise(d2l.LinearRegression):
        def __init__(self, wd: float, lr: float) -> None:
            super().__init__(lr)
            self.save_hyperparameters()
            decay = tf.keras.regularizers.l2(wd)
            self.net = layers.Dense(1, kernel_regularizer=decay)

        def loss(self, y_hat: Any, y: Any) -> Any:
            return super().loss(y_hat, y) + self.net.losses

    data = Data(num_train=20, num_val=20, num_inputs=30, batch_size=5)
    trainer = d2l.Trainer(max_epochs=4)
    sizes = []
    for lambd in (0, 3):
        model = Decaying(num_inputs=30, lambd=lambd, lr=0.01)
        model.board.yscale = "log"
        trainer.fit(model, data)
        sizes.append(float(d2l.reduce_sum(model.w**2)))
    concise = Concise(wd=3, lr=0.01)
    trainer.fit(concise, data)
    return {"smaller": float(sizes[1] < sizes[0]), **last(concise, "val_loss")}


def image_data() -> Measures:
    data = d2l.FashionMNIST(batch_size=16, resize=(32, 32))
    X, y = next(iter(data.train_dataloader()))
    data.visualize(next(iter(data.val_dataloader())))
    images, _ = data.train
    A = tf.image.resize(images[:8, ..., None], (32, 32))
    shown = d2l.plt.gcf().axes
    return {
        "held": len(data.train[0]) + len(data.val[0]),
        "side": data.train[0][0].shape[1] + 4 + X.shape[2] + A.shape[2],
        "labels": len(y),
        "titled": float(shown[0].get_title() == "ankle boot"),
        "named": float(data.text_labels([0, 9]) == ["t-shirt", "ankle boot"]),
    }


def softmax_scratch() -> Measures:
    class Softmax(d2l.Classifier):
        def __init__(self, num_inputs: int, num_outputs: int, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.W = tf.Variable(tf.random.normal((num_inputs, num_outputs), 0, 0.01))
            self.b = tf.Variable(tf.zeros(num_outputs))

        def forward(self, X: Any) -> Any:
            scores = d2l.exp(d2l.matmul(d2l.reshape(X, (-1, self.W.shape[0])), self.W) + self.b)
            return scores / d2l.reduce_sum(scores, 1, keepdims=True)

        def loss(self, y_hat: Any, y: Any) -> Any:
            return -d2l.reduce_mean(d2l.log(tf.boolean_mask(y_hat, tf.one_hot(y, y_hat.shape[-1]))))

    data = d2l.FashionMNIST(batch_size=16)
    model = Softmax(num_inputs=784, num_outputs=10, lr=0.1)
    d2l.Trainer(max_epochs=2).fit(model, data)
    X, y = next(iter(data.val_dataloader()))
    preds = d2l.argmax(model(X), axis=1)
    wrong = d2l.astype(preds, y.dtype) != y
    X, y = tf.boolean_mask(X, wrong), tf.boolean_mask(y, wrong)
    data.visualize([X, y], labels=data.text_labels(y))
    return last(model, *CLASSIFIED)


def softmax_concise() -> Measures:
    class Softmax(d2l.Classifier):
        def __init__(self, num_outputs: int, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.net = tf.keras.models.Sequential([layers.Flatten(), layers.Dense(num_outputs)])

        def forward(self, X: Any) -> Any:
            return self.net(X)

    class Mine(d2l.Classifier):
        pass

    @d2l.add_to_class(Mine)
    def loss(self: Any, Y_hat: Any, Y: Any, averaged: bool = True) -> Any:
        rows = d2l.reshape(Y_hat, (-1, Y_hat.shape[-1]))
        kind = "sum_over_batch_size" if averaged else "none"
        fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=kind)
        return fn(d2l.reshape(Y, (-1,)), rows)

    data = d2l.FashionMNIST(batch_size=16)
    model = Softmax(num_outputs=10, lr=0.1)
    d2l.Trainer(max_epochs=1).fit(d2l.SoftmaxRegression(10, lr=0.1), data)
    d2l.Trainer(max_epochs=2).fit(model, data)
    X, y = next(iter(data.val_dataloader()))
    each = model.loss(model(X), y, averaged=False)
    same = Mine.loss(model, model(X), y, averaged=False)
    right = model.accuracy(model(X), y, averaged=False)
    return {
        "losses": len(each),
        "apart": float(tf.reduce_max(abs(each - same))),
        "right": float(d2l.reduce_mean(right) - model.accuracy(model(X), y)),
        **last(model, *CLASSIFIED),
    }


def mlp_scratch() -> Measures:
    class MLP(d2l.Classifier):
        def __init__(self, num_inputs: int, num_outputs: int, num_hiddens: int, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.W1 = tf.Variable(tf.random.normal((num_inputs, num_hiddens)) * 0.01)
            self.b1 = tf.Variable(tf.zeros(num_hiddens))
            self.second = [
                tf.Variable(tf.random.normal((num_hiddens, num_outputs)) * 0.01),
                tf.Variable(tf.zeros(num_outputs)),
            ]

    def relu(X: Any) -> Any:
        return tf.math.maximum(X, 0)

    @d2l.add_to_class(MLP)
    def forward(self: Any, X: Any) -> Any:
        H = relu(d2l.matmul(d2l.reshape(X, (-1, self.num_inputs)), self.W1) + self.b1)
        W2, b2 = self.second
        return d2l.matmul(H, W2) + b2

    model = MLP(num_inputs=784, num_outputs=10, num_hiddens=16, lr=0.5)
    d2l.Trainer(max_epochs=4).fit(model, d2l.FashionMNIST(batch_size=16))
    return last(model, *CLASSIFIED)


def mlp_concise() -> Measures:
    class MLP(d2l.Classifier):
        def __init__(self, num_outputs: int, num_hiddens: int, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.net = tf.keras.models.Sequential([
                layers.Flatten(), layers.Dense(num_hiddens, activation="relu"),
                layers.Dense(num_outputs),
            ])  # fmt: skip

    model = MLP(num_outputs=10, num_hiddens=16, lr=0.1)
    d2l.Trainer(max_epochs=2).fit(model, d2l.FashionMNIST(batch_size=16))
    return last(model, *CLASSIFIED)


def dropout() -> Measures:
    def dropped(X: Any, rate: float) -> Any:
        if rate == 1:
            return tf.zeros_like(X)
        kept = tf.random.uniform(tf.shape(X)) > rate
        return tf.cast(kept, tf.float32) * X / (1.0 - rate)

    seen: list[bool] = []

    class Scratch(d2l.Classifier):
        def __init__(self, num_outputs: int, num_hiddens: int, rate: float, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.lin1 = layers.Dense(num_hiddens, activation="relu")
            self.lin2 = layers.Dense(num_outputs)

        def forward(self, X: Any) -> Any:
            H = self.lin1(tf.reshape(X, (X.shape[0], -1)))
            seen.append(bool(self.training))
            if self.training:
                H = dropped(H, self.rate)
            return self.lin2(H)

    class Concise(d2l.Classifier):
        def __init__(self, num_outputs: int, num_hiddens: int, rate: float, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.net = tf.keras.models.Sequential([
                layers.Flatten(), layers.Dense(num_hiddens, activation="relu"),
                layers.Dropout(rate), layers.Dense(num_outputs),
            ])  # fmt: skip

    data = d2l.FashionMNIST(batch_size=16)
    trainer = d2l.Trainer(max_epochs=1)
    trainer.fit(Scratch(num_outputs=10, num_hiddens=16, rate=0.5, lr=0.1), data)
    model = Concise(num_outputs=10, num_hiddens=16, rate=0.5, lr=0.1)
    trainer.fit(model, data)
    X, _ = next(iter(data.val_dataloader()))
    return {
        "trained": sum(seen) / trainer.num_train_batches,
        "validated": (len(seen) - sum(seen)) / trainer.num_val_batches,
        "repeats": float(tf.reduce_all(model(X) == model(X))),
        **last(model, *CLASSIFIED),
    }


def house_price() -> Measures:
    class Houses(d2l.DataModule):
        def __init__(self, batch_size: int, train: Any = None, val: Any = None) -> None:
            super().__init__()
            self.save_hyperparameters()
            if self.train is None:
                self.train, self.val = tf.random.uniform((40, 5)), tf.random.uniform((20, 5))

        def get_dataloader(self, train: bool) -> Any:
            rows = self.train if train else self.val
            if rows is None:
                return None
            prices = 1e5 * (1 + d2l.reduce_sum(rows[:, :4], 1))
            tensors = (rows[:, :4], d2l.reshape(d2l.log(prices), (-1, 1)))
            return self.get_tensorloader(tensors, train)

    def k_fold(trainer: Any, data: Any, k: int, lr: float) -> list[Any]:
        models = []
        size = data.train.shape[0] // k
        for j in range(k):
            places = list(range(j * size, (j + 1) * size))
            others = [i for i in range(data.train.shape[0]) if i not in places]
            fold = Houses(
                data.batch_size, tf.gather(data.train, others), tf.gather(data.train, places)
            )
            model = d2l.LinearRegression(lr)
            model.board.yscale = "log"
            if j != 0:
                model.board.display = False
            trainer.fit(model, fold)
            models.append(model)
        return models

    data = Houses(batch_size=8)
    models = k_fold(d2l.Trainer(max_epochs=30), data, k=2, lr=0.3)
    alone = Houses(8, data.train, None)
    model = d2l.LinearRegression(0.05)
    d2l.Trainer(max_epochs=1).fit(model, alone)
    return {
        "val_loss": max(float(m.board.data["val_loss"][-1].y) for m in models),
        "drawn": sum(m.board.fig is not None for m in models),
        "validated": float("val_loss" in model.board.data),
    }


def builders_guide() -> Measures:
    class CenteredLayer(tf.keras.layers.Layer):
        def call(self, X: Any) -> Any:
            return X - tf.reduce_mean(X)

    class MyDense(tf.keras.Model):
        def __init__(self, units: int) -> None:
            super().__init__()
            self.units = units

        def build(self, X_shape: Any) -> None:
            self.weight = self.add_weight(
                name="weight", shape=[X_shape[-1], self.units], initializer="random_normal"
            )
            self.bias = self.add_weight(name="bias", shape=[self.units], initializer="zeros")

        def call(self, X: Any) -> Any:
            return tf.nn.relu(tf.matmul(X, self.weight) + self.bias)

    net = tf.keras.models.Sequential([layers.Dense(8), CenteredLayer(), MyDense(2)])
    model = d2l.Module()
    model.net = net
    drawn: list[Any] = []
    model.apply_init([tf.random.uniform((2, 20))], drawn.append)
    devices = [d2l.try_gpu(), d2l.cpu(), d2l.gpu(), *d2l.try_all_gpus()]
    with d2l.try_gpu():
        X = tf.ones((2, 20))
    return {
        "parts": len(drawn),
        "built": net.layers[0].kernel.shape[0],
        "columns": net(X).shape[1],
        "devices": len(devices) - max(1, d2l.num_gpus()),
    }


def convolutions() -> Measures:
    X = d2l.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]])
    K = d2l.tensor([[0.0, 1.0], [2.0, 3.0]])
    Y = d2l.corr2d(X, K)
    return {"first": float(Y[0, 0]), "last": float(Y[1, 1]), "size": d2l.size(Y)}


def lenet() -> Measures:
    class Mine(d2l.Classifier):
        def __init__(self, lr: float = 0.1, num_classes: int = 10) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.net = tf.keras.models.Sequential([
                layers.Conv2D(6, kernel_size=5, padding="same", activation="sigmoid"),
                layers.AvgPool2D(pool_size=2, strides=2), layers.Flatten(),
                layers.Dense(num_classes),
            ])  # fmt: skip

    trainer = d2l.Trainer(max_epochs=2, num_gpus=1)
    data = d2l.FashionMNIST(batch_size=16)
    with d2l.try_gpu():
        for model in (Mine(lr=0.1), d2l.LeNet(lr=0.1)):
            trainer.fit(model, data)
    model.layer_summary((1, 28, 28, 1))
    return last(model, *CLASSIFIED)


def trained(net: Any, size: int, lr: float = 0.01, batch_size: int = 8) -> Measures:
    class Model(d2l.Classifier):
        def __init__(self, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.net = net

    data = d2l.FashionMNIST(batch_size=batch_size, resize=(size, size))
    model = Model(lr)
    model.apply_init([next(iter(data.get_dataloader(True)))[0]], d2l.init_cnn)
    before = [w.numpy() for w in model.trainable_variables]
    d2l.Trainer(max_epochs=1, num_gpus=1).fit(model, data)
    pairs = zip(model.trainable_variables, before, strict=True)
    moved = [bool((w.numpy() != old).any()) for w, old in pairs]
    return {"moved": sum(moved) / len(moved), **last(model, *CLASSIFIED)}


def alexnet() -> Measures:
    return trained(
        tf.keras.models.Sequential([
            conv(8, 11, strides=4), layers.MaxPool2D(pool_size=3, strides=2), conv(16, 3),
            layers.Flatten(), layers.Dense(32, activation="relu"), layers.Dropout(0.5),
            layers.Dense(10),
        ]), 64,
    )  # fmt: skip


def vgg() -> Measures:
    def block(num_convs: int, num_channels: int) -> Any:
        blk = tf.keras.models.Sequential()
        for _ in range(num_convs):
            blk.add(conv(num_channels, 3))
        blk.add(layers.MaxPool2D(pool_size=2, strides=2))
        return blk

    blocks = [block(1, 4), block(2, 8), layers.Flatten(), layers.Dense(10)]
    return trained(tf.keras.models.Sequential(blocks), 32)


def nin() -> Measures:
    def block(out_channels: int, kernel_size: int, strides: int) -> Any:
        first = conv(out_channels, kernel_size, strides)
        return tf.keras.models.Sequential([first, conv(out_channels, 1), conv(out_channels, 1)])

    net = tf.keras.models.Sequential([
        block(16, 5, 2), layers.MaxPool2D(pool_size=3, strides=2), layers.Dropout(0.5),
        block(10, 3, 1), layers.GlobalAvgPool2D(), layers.Flatten(),
    ])  # fmt: skip
    return trained(net, 32)


def googlenet() -> Measures:
    class Inception(tf.keras.Model):
        def __init__(self, c1: int, c2: tuple[int, int], c4: int) -> None:
            super().__init__()
            self.b1 = conv(c1, 1)
            self.b2_1, self.b2_2 = conv(c2[0], 1), conv(c2[1], 3)
            self.b4_1, self.b4_2 = layers.MaxPool2D(3, 1, padding="same"), conv(c4, 1)

        def call(self, X: Any) -> Any:
            branches = [self.b1(X), self.b2_2(self.b2_1(X)), self.b4_2(self.b4_1(X))]
            return layers.Concatenate()(branches)

    parts = [conv(8, 7, 2), Inception(4, (4, 8), 4), layers.GlobalAvgPool2D(), layers.Dense(10)]
    return trained(tf.keras.models.Sequential(parts), 32)


def batch_norm() -> Measures:
    class Norm(layers.Layer):
        def build(self, input_shape: Any) -> None:
            shape = [input_shape[-1]]
            self.gamma = self.add_weight(name="gamma", shape=shape, initializer="ones")
            self.beta = self.add_weight(name="beta", shape=shape, initializer="zeros")
            self.moving_mean = self.add_weight(
                name="mean", shape=shape, initializer="zeros", trainable=False
            )
            self.moving_variance = self.add_weight(
                name="variance", shape=shape, initializer="ones", trainable=False
            )

        def call(self, X: Any, training: Any = None) -> Any:
            if training:
                mean, variance = tf.nn.moments(X, axes=[0, 1, 2])
                self.moving_mean.assign(0.9 * self.moving_mean + 0.1 * mean)
                self.moving_variance.assign(0.9 * self.moving_variance + 0.1 * variance)
            else:
                mean, variance = self.moving_mean, self.moving_variance
            scaled = (X - mean) * tf.math.rsqrt(variance + 1e-5)
            return self.gamma * scaled + self.beta

    theirs = layers.BatchNormalization()
    net = tf.keras.models.Sequential([
        layers.Conv2D(6, kernel_size=5), Norm(), layers.Activation("sigmoid"),
        layers.Conv2D(6, kernel_size=5), theirs, layers.Activation("sigmoid"),
        layers.AvgPool2D(pool_size=2, strides=2), layers.Flatten(), layers.Dense(10),
    ])  # fmt: skip
    found = trained(net, 28, lr=0.1)
    return {**found, "running": float(tf.reduce_max(abs(theirs.moving_mean)) > 0)}


def resnet() -> Measures:
    class ResNet(d2l.Classifier):
        def b1(self) -> Any:
            return tf.keras.models.Sequential([
                layers.Conv2D(8, kernel_size=7, strides=2, padding="same"),
                layers.BatchNormalization(), layers.Activation("relu"),
                layers.MaxPool2D(pool_size=3, strides=2, padding="same"),
            ])  # fmt: skip

    @d2l.add_to_class(ResNet)
    def block(self: Any, num_residuals: int, num_channels: int, first: bool = False) -> Any:
        blk = tf.keras.models.Sequential()
        for i in range(num_residuals):
            if i == 0 and not first:
                blk.add(d2l.Residual(num_channels, use_1x1conv=True, strides=2))
            else:
                blk.add(d2l.Residual(num_channels))
        return blk

    @d2l.add_to_class(ResNet)
    def __init__(self: Any, arch: Any, lr: float = 0.1, num_classes: int = 10) -> None:
        super(ResNet, self).__init__()
        self.save_hyperparameters()
        self.net = tf.keras.models.Sequential(self.b1().layers)
        for i, b in enumerate(arch):
            self.net.add(self.block(*b, first=(i == 0)))
        self.net.add(
            tf.keras.models.Sequential([layers.GlobalAvgPool2D(), layers.Dense(num_classes)])
        )

    model = ResNet(((1, 8), (1, 16)), lr=0.01)
    model.layer_summary((1, 32, 32, 1))
    d2l.Trainer(max_epochs=1, num_gpus=1).fit(model, d2l.FashionMNIST(8, resize=(32, 32)))
    X = d2l.normal((2, 16, 16, 8))
    shapes = d2l.ResNeXtBlock(8, 4, 1)(X), d2l.ResNeXtBlock(8, 4, 1, True, 2)(X)
    return {"sides": sum(Y.shape[2] for Y in shapes), **last(model, *CLASSIFIED)}


def densenet() -> Measures:
    class ConvBlock(layers.Layer):
        def __init__(self, num_channels: int) -> None:
            super().__init__()
            self.bn, self.relu = layers.BatchNormalization(), layers.ReLU()
            self.conv = layers.Conv2D(num_channels, kernel_size=3, padding="same")

        def call(self, X: Any) -> Any:
            return layers.concatenate([X, self.conv(self.relu(self.bn(X)))], axis=-1)

    class DenseBlock(layers.Layer):
        def __init__(self, num_convs: int, num_channels: int) -> None:
            super().__init__()
            self.listLayers = [ConvBlock(num_channels) for _ in range(num_convs)]

        def call(self, X: Any) -> Any:
            for layer in self.listLayers:
                X = layer(X)
            return X

    net = tf.keras.models.Sequential([
        layers.Conv2D(8, kernel_size=7, strides=2, padding="same"), DenseBlock(2, 4),
        layers.BatchNormalization(), layers.Conv2D(8, kernel_size=1),
        layers.AvgPool2D(pool_size=2, strides=2), DenseBlock(2, 4),
        layers.GlobalAvgPool2D(), layers.Dense(10),
    ])  # fmt: skip
    return trained(net, 32)


def regnet() -> Measures:
    class AnyNet(d2l.Classifier):
        def __init__(self, arch: Any, stem_channels: int, lr: float = 0.1) -> None:
            super().__init__()
            self.save_hyperparameters()
            stem = layers.Conv2D(stem_channels, kernel_size=3, strides=2, padding="same")
            self.net = tf.keras.models.Sequential([stem, layers.BatchNormalization()])
            for s in arch:
                self.net.add(self.stage(*s))
            head = [layers.GlobalAvgPool2D(), layers.Dense(10)]
            self.net.add(tf.keras.models.Sequential(head))

        def stage(self, depth: int, num_channels: int, groups: int, bot_mul: float) -> Any:
            first = d2l.ResNeXtBlock(num_channels, groups, bot_mul, use_1x1conv=True, strides=2)
            others = [d2l.ResNeXtBlock(num_channels, groups, bot_mul) for _ in range(depth - 1)]
            return tf.keras.models.Sequential([first, *others])

        def validation_step(self, batch: Any) -> None:
            if self.trainer.val_batch_idx == 0:
                self.trainer.optim.learning_rate = 0.5 * self.lr
            super().validation_step(batch)

    model = AnyNet(((1, 8, 4, 1), (2, 16, 8, 1)), stem_channels=8, lr=0.02)
    trainer = d2l.Trainer(max_epochs=1)
    trainer.fit(model, d2l.FashionMNIST(batch_size=8, resize=(32, 32)))
    return {"rate": float(trainer.optim.learning_rate), **last(model, *CLASSIFIED)}


NEW = (
    calculus, oo_design, synthetic_data, linear_scratch, linear_concise, weight_decay, image_data,
    softmax_scratch, softmax_concise, mlp_scratch, mlp_concise, dropout, house_price,
    builders_guide, convolutions, lenet, alexnet, vgg, nin, googlenet, batch_norm, resnet, densenet,
    regnet,
)  # fmt: skip

# d2l before 1.0, which the Chinese edition still has. Its convolutional networks, and `train_ch6`,
# are in `nets_tensorflow`.


def old_linear_scratch() -> Measures:
    true_w, true_b = d2l.tensor([2, -3.4]), 4.2
    features, labels = d2l.synthetic_data(true_w, true_b, 500)
    w = tf.Variable(tf.random.normal((2, 1), mean=0, stddev=0.01))
    b = tf.Variable(tf.zeros(1))
    for _ in range(3):
        for X, y in d2l.load_array((features, labels), 10):
            with tf.GradientTape() as g:
                loss = d2l.squared_loss(d2l.linreg(X, w, b), y)
            dw, db = g.gradient(loss, [w, b])
            d2l.sgd([w, b], [dw, db], 0.03, 10)
    net, data = (lambda X: d2l.linreg(X, w, b)), d2l.load_array((features, labels), 10, False)
    return {
        "error": float(d2l.reduce_sum(abs(true_w - d2l.reshape(w, true_w.shape)))),
        "loss": d2l.evaluate_loss(net, data, d2l.squared_loss),
    }


def old_softmax_scratch() -> Measures:
    train_iter, test_iter = d2l.load_data_fashion_mnist(16)
    W = tf.Variable(tf.random.normal((784, 10), mean=0, stddev=0.01))
    b = tf.Variable(tf.zeros(10))

    def net(X: Any) -> Any:
        scores = d2l.exp(d2l.matmul(d2l.reshape(X, (-1, W.shape[0])), W) + b)
        return scores / d2l.reduce_sum(scores, 1, keepdims=True)

    def cross_entropy(y_hat: Any, y: Any) -> Any:
        return -d2l.log(tf.boolean_mask(y_hat, tf.one_hot(y, depth=y_hat.shape[-1])))

    updater = d2l.Updater([W, b], lr=0.1)

    before = d2l.evaluate_accuracy(net, test_iter)
    d2l.train_ch3(net, train_iter, test_iter, cross_entropy, 3, updater)
    loss, acc = d2l.train_epoch_ch3(net, train_iter, cross_entropy, updater)
    d2l.predict_ch3(net, test_iter)
    after = d2l.evaluate_accuracy(net, test_iter)
    return {"better": after - before, "loss": loss, "acc": acc, "shown": len(d2l.plt.gcf().axes)}


def old_mlp_concise() -> Measures:
    normal = tf.keras.initializers.RandomNormal(mean=0, stddev=0.01)
    net = tf.keras.models.Sequential([layers.Flatten(), layers.Dense(16, activation="relu")])
    net.add(layers.Dense(10, kernel_initializer=normal))
    train_iter, test_iter = d2l.load_data_fashion_mnist(16)
    trainer = tf.keras.optimizers.SGD(learning_rate=0.1)
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")
    d2l.train_ch3(net, train_iter, test_iter, loss, 3, trainer)
    mean = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    found, acc = d2l.train_epoch_ch3(net, train_iter, mean, trainer)
    return {"loss": found, "acc": acc}


def old_underfit() -> Measures:
    x = d2l.normal((60, 1))
    features = d2l.concat([x**i for i in range(4)], 1)
    labels = d2l.reduce_sum(features * d2l.tensor([5, 1.2, -3.4, 5.6]), 1)
    net = tf.keras.Sequential([layers.Dense(1, use_bias=False)])
    trainer = tf.keras.optimizers.SGD(learning_rate=0.01)
    loss = tf.losses.MeanSquaredError()
    data = d2l.load_array((features, d2l.reshape(labels, (-1, 1))), 10)
    before = d2l.evaluate_loss(net, data, loss)
    animator = d2l.Animator(xlabel="epoch", ylabel="loss", yscale="log", legend=["train"])
    for epoch in range(5):
        d2l.train_epoch_ch3(net, data, loss, trainer)
        animator.add(epoch + 1, (d2l.evaluate_loss(net, data, loss),))
    return {"points": len(animator.X[0]), "left": animator.Y[0][-1] / before}


def old_builders_guide() -> Measures:
    net = d2l.resnet18(10)
    X = d2l.ones((1, 32, 32, 1))
    block = d2l.Residual(6, use_1x1conv=True, strides=2)
    timer = d2l.Timer()
    shape = block(d2l.zeros((4, 6, 6, 3))).shape
    timer.stop()
    return {
        "classes": net(X).shape[1],
        "channels": shape[3],
        "side": shape[2],
        "devices": len(d2l.try_all_gpus()) - max(1, len(tf.config.list_physical_devices("GPU"))),
        "timed": float(timer.sum() > 0),
        "workers": float(d2l.get_dataloader_workers() in (0, 4)),
    }


OLD = (
    old_linear_scratch, old_softmax_scratch, old_mlp_concise, old_underfit, old_builders_guide,
)  # fmt: skip
