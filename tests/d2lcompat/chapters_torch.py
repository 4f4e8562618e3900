"""The chapters of d2l in PyTorch, in both generations, each as a reader of it writes the cells.

Small, and our own code; only the line that imports d2l is not as in the book. A chapter returns
what `test_chapters` says that it measures.
"""

from __future__ import annotations

from typing import Any

from d2lcompat import torch as d2l  # isort: skip

import torch
from torch import nn
from torch.nn import functional as F

Measures = dict[str, float]


def last(model: Any, *names: str) -> Measures:
    return {name: model.board.data[name][-1].y for name in names}


CLASSIFIED = ("train_loss", "val_loss", "val_acc")

# d2l 1.0


def calculus() -> Measures:
    x = torch.arange(0, 3, 0.1)
    d2l.set_figsize((4, 3))
    d2l.plot(x, [3 * x**2 - 4 * x, 2 * x - 3], "x", "f(x)", legend=["f(x)", "tangent"])
    axes = d2l.plt.gca()
    x.requires_grad_(True)
    y = torch.relu(x)
    d2l.plot(x.detach(), y.detach(), "x", "relu(x)", figsize=(5, 2.5))
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
    for x in torch.arange(0, 2, 0.1):
        board.draw(x, torch.sin(x), "sin", every_n=2)
        board.draw(x, torch.cos(x), "cos", every_n=10)
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
            places = torch.arange(i, i + self.batch_size)
            yield self.X[places], self.y[places]

    A, b = next(iter(Ordered(w=d2l.tensor([2, -3.4]), b=4.2).train_dataloader()))
    noise = data.y - (data.X @ d2l.tensor([[2.0], [-3.4]]) + 4.2)
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
            self.w = torch.normal(0, sigma, (num_inputs, 1), requires_grad=True)
            self.b = torch.zeros(1, requires_grad=True)

    @d2l.add_to_class(Regression)
    def forward(self: Any, X: Any) -> Any:
        return d2l.matmul(X, self.w) + self.b

    @d2l.add_to_class(Regression)
    def loss(self: Any, y_hat: Any, y: Any) -> Any:
        return d2l.reduce_mean((y_hat - y) ** 2 / 2)

    @d2l.add_to_class(Regression)
    def configure_optimizers(self: Any) -> Any:
        return d2l.SGD([self.w, self.b], self.lr)

    class Mine(d2l.Trainer):
        pass

    @d2l.add_to_class(Mine)
    def fit_epoch(self: Any) -> None:
        self.model.train()
        for batch in self.train_dataloader:
            value = self.model.training_step(self.prepare_batch(batch))
            self.optim.zero_grad()
            with torch.no_grad():
                value.backward()
                if self.gradient_clip_val > 0:
                    self.clip_gradients(self.gradient_clip_val, self.model)
                self.optim.step()
            self.train_batch_idx += 1
        self.model.eval()
        for batch in self.val_dataloader:
            with torch.no_grad():
                self.model.validation_step(self.prepare_batch(batch))
            self.val_batch_idx += 1

    data = d2l.SyntheticRegressionData(w=d2l.tensor([2, -3.4]), b=4.2)
    model = Regression(2, lr=0.03)
    Mine(max_epochs=3).fit(model, data)
    ours = d2l.LinearRegressionScratch(2, lr=0.03)
    d2l.Trainer(max_epochs=3, gradient_clip_val=1).fit(ours, data)
    return {
        "error": float((model.w.detach().reshape(-1) - data.w).abs().sum()),
        "clipped": float((ours.w.detach().reshape(-1) - data.w).abs().sum()),
    }


def linear_concise() -> Measures:
    class Regression(d2l.Module):
        def __init__(self, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.net = nn.LazyLinear(1)
            self.net.weight.data.normal_(0, 0.01)

        def loss(self, y_hat: Any, y: Any) -> Any:
            return nn.MSELoss()(y_hat, y)

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), self.lr)

    data = d2l.SyntheticRegressionData(w=d2l.tensor([2, -3.4]), b=4.2)
    errors = []
    for model in (Regression(lr=0.03), d2l.LinearRegression(lr=0.03)):
        d2l.Trainer(max_epochs=3).fit(model, data)
        errors.append(float((model.net.weight.data.reshape(-1) - data.w).abs().sum()))
    _, b = model.get_w_b()
    return {"error": max(errors), "bias": float(b)}


def weight_decay() -> Measures:
    class Data(d2l.DataModule):
        def __init__(self, num_train: int, num_val: int, num_inputs: int, batch_size: int) -> None:
            self.save_hyperparameters()
            n = num_train + num_val
            self.X = d2l.randn(n, num_inputs)
            w, b = d2l.ones((num_inputs, 1)) * 0.01, 0.05
            self.y = d2l.matmul(self.X, w) + b + d2l.randn(n, 1) * 0.01

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

        def configure_optimizers(self) -> Any:
            parts = [
                {"params": self.net.weight, "weight_decay": self.wd},
                {"params": self.net.bias},
            ]
            return torch.optim.SGD(parts, lr=self.lr)

    data = Data(num_train=20, num_val=20, num_inputs=30, batch_size=5)
    trainer = d2l.Trainer(max_epochs=4)
    sizes = []
    for lambd in (0, 3):
        model = Decaying(num_inputs=30, lambd=lambd, lr=0.01)
        model.board.yscale = "log"
        trainer.fit(model, data)
        sizes.append(float(d2l.reduce_sum(model.w.detach() ** 2)))
    concise = Concise(wd=3, lr=0.01)
    trainer.fit(concise, data)
    return {"smaller": float(sizes[1] < sizes[0]), **last(concise, "val_loss")}


def image_data() -> Measures:
    data = d2l.FashionMNIST(batch_size=16, resize=(32, 32))
    X, y = next(iter(data.train_dataloader()))
    data.visualize(next(iter(data.val_dataloader())))
    loader = torch.utils.data.DataLoader(data.train, batch_size=8, shuffle=True)
    A, _ = next(iter(loader))
    shown = d2l.plt.gcf().axes
    return {
        "held": len(data.train) + len(data.val),
        "side": data.train[0][0].shape[1] + X.shape[2] + A.shape[3],
        "labels": len(y),
        "titled": float(shown[0].get_title() == "ankle boot"),
        "named": float(data.text_labels([0, 9]) == ["t-shirt", "ankle boot"]),
    }


def softmax_scratch() -> Measures:
    class Softmax(d2l.Classifier):
        def __init__(self, num_inputs: int, num_outputs: int, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.W = torch.normal(0, 0.01, size=(num_inputs, num_outputs), requires_grad=True)
            self.b = torch.zeros(num_outputs, requires_grad=True)

        def parameters(self) -> Any:
            return [self.W, self.b]

        def forward(self, X: Any) -> Any:
            scores = d2l.exp(d2l.matmul(d2l.reshape(X, (-1, self.W.shape[0])), self.W) + self.b)
            return scores / d2l.reduce_sum(scores, 1, keepdims=True)

        def loss(self, y_hat: Any, y: Any) -> Any:
            return -d2l.reduce_mean(d2l.log(y_hat[list(range(len(y_hat))), y]))

    data = d2l.FashionMNIST(batch_size=16)
    model = Softmax(num_inputs=784, num_outputs=10, lr=0.1)
    d2l.Trainer(max_epochs=2).fit(model, data)
    X, y = next(iter(data.val_dataloader()))
    preds = d2l.argmax(model(X), axis=1)
    wrong = d2l.astype(preds, y.dtype) != y
    data.visualize([X[wrong], y[wrong]], labels=data.text_labels(y[wrong]))
    return last(model, *CLASSIFIED)


def softmax_concise() -> Measures:
    class Softmax(d2l.Classifier):
        def __init__(self, num_outputs: int, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.net = nn.Sequential(nn.Flatten(), nn.LazyLinear(num_outputs))

        def forward(self, X: Any) -> Any:
            return self.net(X)

    class Mine(d2l.Classifier):
        pass

    @d2l.add_to_class(Mine)
    def loss(self: Any, Y_hat: Any, Y: Any, averaged: bool = True) -> Any:
        rows = d2l.reshape(Y_hat, (-1, Y_hat.shape[-1]))
        kind = "mean" if averaged else "none"
        return F.cross_entropy(rows, d2l.reshape(Y, (-1,)), reduction=kind)

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
        "apart": float((each - same).detach().abs().max()),
        "right": float(right.mean() - model.accuracy(model(X), y)),
        **last(model, *CLASSIFIED),
    }


def mlp_scratch() -> Measures:
    class MLP(d2l.Classifier):
        def __init__(self, num_inputs: int, num_outputs: int, num_hiddens: int, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.W1 = nn.Parameter(torch.randn(num_inputs, num_hiddens) * 0.01)
            self.b1 = nn.Parameter(torch.zeros(num_hiddens))
            self.W2 = nn.Parameter(torch.randn(num_hiddens, num_outputs) * 0.01)
            self.b2 = nn.Parameter(torch.zeros(num_outputs))

    def relu(X: Any) -> Any:
        return torch.max(X, torch.zeros_like(X))

    @d2l.add_to_class(MLP)
    def forward(self: Any, X: Any) -> Any:
        H = relu(d2l.matmul(d2l.reshape(X, (-1, self.num_inputs)), self.W1) + self.b1)
        return d2l.matmul(H, self.W2) + self.b2

    model = MLP(num_inputs=784, num_outputs=10, num_hiddens=16, lr=0.5)
    d2l.Trainer(max_epochs=4).fit(model, d2l.FashionMNIST(batch_size=16))
    return last(model, *CLASSIFIED)


def mlp_concise() -> Measures:
    class MLP(d2l.Classifier):
        def __init__(self, num_outputs: int, num_hiddens: int, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.net = nn.Sequential(
                nn.Flatten(), nn.LazyLinear(num_hiddens), nn.ReLU(), nn.LazyLinear(num_outputs)
            )

    model = MLP(num_outputs=10, num_hiddens=16, lr=0.1)
    d2l.Trainer(max_epochs=2).fit(model, d2l.FashionMNIST(batch_size=16))
    return last(model, *CLASSIFIED)


def dropout() -> Measures:
    def dropped(X: Any, rate: float) -> Any:
        if rate == 1:
            return torch.zeros_like(X)
        kept = (torch.rand(X.shape) > rate).float()
        return kept * X / (1.0 - rate)

    seen: list[bool] = []

    class Scratch(d2l.Classifier):
        def __init__(self, num_outputs: int, num_hiddens: int, rate: float, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.lin1, self.lin2 = nn.LazyLinear(num_hiddens), nn.LazyLinear(num_outputs)
            self.relu = nn.ReLU()

        def forward(self, X: Any) -> Any:
            H = self.relu(self.lin1(X.reshape((X.shape[0], -1))))
            seen.append(bool(self.training))
            if self.training:
                H = dropped(H, self.rate)
            return self.lin2(H)

    class Concise(d2l.Classifier):
        def __init__(self, num_outputs: int, num_hiddens: int, rate: float, lr: float) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.net = nn.Sequential(
                nn.Flatten(), nn.LazyLinear(num_hiddens), nn.ReLU(),
                nn.Dropout(rate), nn.LazyLinear(num_outputs),
            )  # fmt: skip

    data = d2l.FashionMNIST(batch_size=16)
    trainer = d2l.Trainer(max_epochs=1)
    trainer.fit(Scratch(num_outputs=10, num_hiddens=16, rate=0.5, lr=0.1), data)
    model = Concise(num_outputs=10, num_hiddens=16, rate=0.5, lr=0.1)
    trainer.fit(model, data)
    X, _ = next(iter(data.val_dataloader()))
    return {
        "trained": sum(seen) / trainer.num_train_batches,
        "validated": (len(seen) - sum(seen)) / trainer.num_val_batches,
        "repeats": float((model(X) == model(X)).all()),
        **last(model, *CLASSIFIED),
    }


def house_price() -> Measures:
    class Houses(d2l.DataModule):
        def __init__(self, batch_size: int, train: Any = None, val: Any = None) -> None:
            super().__init__()
            self.save_hyperparameters()
            if self.train is None:
                self.train, self.val = torch.rand(40, 5), torch.rand(20, 5)

        def get_dataloader(self, train: bool) -> Any:
            rows = self.train if train else self.val
            if rows is None:
                return None
            prices = 1e5 * (1 + rows[:, :4].sum(1))
            tensors = (rows[:, :4], d2l.reshape(d2l.log(prices), (-1, 1)))
            return self.get_tensorloader(tensors, train)

    def k_fold(trainer: Any, data: Any, k: int, lr: float) -> list[Any]:
        models = []
        size = data.train.shape[0] // k
        for j in range(k):
            places = list(range(j * size, (j + 1) * size))
            others = [i for i in range(data.train.shape[0]) if i not in places]
            fold = Houses(data.batch_size, data.train[others], data.train[places])
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
    class CenteredLayer(nn.Module):
        def forward(self, X: Any) -> Any:
            return X - X.mean()

    class MyLinear(nn.Module):
        def __init__(self, in_units: int, units: int) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(in_units, units))
            self.bias = nn.Parameter(torch.randn(units))

        def forward(self, X: Any) -> Any:
            return F.relu(torch.matmul(X, self.weight.data) + self.bias.data)

    net = nn.Sequential(nn.LazyLinear(8), nn.ReLU(), CenteredLayer(), MyLinear(8, 2))
    model = d2l.Module()
    model.net = net
    drawn: list[Any] = []
    model.apply_init([torch.rand(2, 20)], drawn.append)
    devices = [d2l.try_gpu(), d2l.cpu(), d2l.gpu(), *d2l.try_all_gpus()]
    X = torch.ones(2, 20, device=d2l.try_gpu())
    return {
        "parts": len(drawn),
        "built": net[0].weight.shape[1],
        "columns": net.to(device=d2l.try_gpu())(X).shape[1],
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
            self.net = nn.Sequential(
                nn.LazyConv2d(6, kernel_size=5, padding=2), nn.Sigmoid(),
                nn.AvgPool2d(kernel_size=2, stride=2), nn.Flatten(),
                nn.LazyLinear(num_classes),
            )  # fmt: skip

    trainer = d2l.Trainer(max_epochs=2, num_gpus=1)
    data = d2l.FashionMNIST(batch_size=16)
    for model in (Mine(lr=0.1), d2l.LeNet(lr=0.1)):
        model.apply_init([next(iter(data.get_dataloader(True)))[0]], d2l.init_cnn)
        trainer.fit(model, data)
    model.layer_summary((1, 1, 28, 28))
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
    before = [p.detach().clone() for p in model.parameters()]
    d2l.Trainer(max_epochs=1, num_gpus=1).fit(model, data)
    moved = [bool((p != q).any()) for p, q in zip(model.parameters(), before, strict=True)]
    return {"moved": sum(moved) / len(moved), **last(model, *CLASSIFIED)}


def alexnet() -> Measures:
    return trained(
        nn.Sequential(
            nn.LazyConv2d(8, kernel_size=11, stride=4, padding=1), nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.LazyConv2d(16, kernel_size=3, padding=1), nn.ReLU(), nn.Flatten(),
            nn.LazyLinear(32), nn.ReLU(), nn.Dropout(p=0.5), nn.LazyLinear(10),
        ), 64,
    )  # fmt: skip


def vgg() -> Measures:
    def block(num_convs: int, out_channels: int) -> nn.Module:
        layers: list[nn.Module] = []
        for _ in range(num_convs):
            layers += [nn.LazyConv2d(out_channels, kernel_size=3, padding=1), nn.ReLU()]
        return nn.Sequential(*layers, nn.MaxPool2d(kernel_size=2, stride=2))

    blocks = [block(n, channels) for n, channels in ((1, 4), (2, 8))]
    return trained(nn.Sequential(*blocks, nn.Flatten(), nn.LazyLinear(10)), 32)


def nin() -> Measures:
    def block(out_channels: int, kernel_size: int, strides: int, padding: int) -> nn.Module:
        return nn.Sequential(
            nn.LazyConv2d(out_channels, kernel_size, strides, padding), nn.ReLU(),
            nn.LazyConv2d(out_channels, kernel_size=1), nn.ReLU(),
            nn.LazyConv2d(out_channels, kernel_size=1), nn.ReLU(),
        )  # fmt: skip

    net = nn.Sequential(
        block(16, 5, 2, 0), nn.MaxPool2d(3, stride=2), nn.Dropout(0.5),
        block(10, 3, 1, 1), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(),
    )  # fmt: skip
    return trained(net, 32)


def googlenet() -> Measures:
    class Inception(nn.Module):
        def __init__(self, c1: int, c2: tuple[int, int], c4: int) -> None:
            super().__init__()
            self.b1 = nn.LazyConv2d(c1, kernel_size=1)
            self.b2_1 = nn.LazyConv2d(c2[0], kernel_size=1)
            self.b2_2 = nn.LazyConv2d(c2[1], kernel_size=3, padding=1)
            self.b4_1 = nn.MaxPool2d(kernel_size=3, stride=1, padding=1)
            self.b4_2 = nn.LazyConv2d(c4, kernel_size=1)

        def forward(self, X: Any) -> Any:
            branches = self.b1(X), self.b2_2(F.relu(self.b2_1(X))), self.b4_2(self.b4_1(X))
            return torch.cat([F.relu(branch) for branch in branches], dim=1)

    net = nn.Sequential(
        nn.Sequential(nn.LazyConv2d(8, kernel_size=7, stride=2, padding=3), nn.ReLU()),
        Inception(4, (4, 8), 4), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.LazyLinear(10),
    )  # fmt: skip
    return trained(net, 32)


def batch_norm() -> Measures:
    class Norm(nn.Module):
        def __init__(self, num_features: int) -> None:
            super().__init__()
            shape = (1, num_features, 1, 1)
            self.gamma = nn.Parameter(torch.ones(shape))
            self.beta = nn.Parameter(torch.zeros(shape))
            self.moving_mean, self.moving_var = torch.zeros(shape), torch.ones(shape)

        def forward(self, X: Any) -> Any:
            if not torch.is_grad_enabled():
                return self.gamma * (X - self.moving_mean) / self.moving_var.sqrt() + self.beta
            mean = X.mean(dim=(0, 2, 3), keepdim=True)
            var = ((X - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
            self.moving_mean = (0.9 * self.moving_mean + 0.1 * mean).detach()
            self.moving_var = (0.9 * self.moving_var + 0.1 * var).detach()
            return self.gamma * (X - mean) / torch.sqrt(var + 1e-5) + self.beta

    theirs = nn.LazyBatchNorm2d()
    net = nn.Sequential(
        nn.LazyConv2d(6, kernel_size=5), Norm(6), nn.Sigmoid(),
        nn.LazyConv2d(6, kernel_size=5), theirs, nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2), nn.Flatten(), nn.LazyLinear(10),
    )  # fmt: skip
    found = trained(net, 28, lr=0.1)
    return {**found, "running": float(theirs.running_mean.abs().max() > 0)}


def resnet() -> Measures:
    class ResNet(d2l.Classifier):
        def b1(self) -> nn.Module:
            return nn.Sequential(
                nn.LazyConv2d(8, kernel_size=7, stride=2, padding=3),
                nn.LazyBatchNorm2d(), nn.ReLU(),
                nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
            )  # fmt: skip

    @d2l.add_to_class(ResNet)
    def block(self: Any, num_residuals: int, num_channels: int, first: bool = False) -> Any:
        parts = []
        for i in range(num_residuals):
            if i == 0 and not first:
                parts.append(d2l.Residual(num_channels, use_1x1conv=True, strides=2))
            else:
                parts.append(d2l.Residual(num_channels))
        return nn.Sequential(*parts)

    @d2l.add_to_class(ResNet)
    def __init__(self: Any, arch: Any, lr: float = 0.1, num_classes: int = 10) -> None:
        super(ResNet, self).__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(self.b1())
        for i, b in enumerate(arch):
            self.net.add_module(f"b{i + 2}", self.block(*b, first=(i == 0)))
        head = nn.Sequential(nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.LazyLinear(10))
        self.net.add_module("last", head)
        self.net.apply(d2l.init_cnn)

    model = ResNet(((1, 8), (1, 16)), lr=0.01)
    model.layer_summary((1, 1, 32, 32))
    d2l.Trainer(max_epochs=1, num_gpus=1).fit(model, d2l.FashionMNIST(8, resize=(32, 32)))
    X = d2l.randn(2, 8, 16, 16)
    shapes = d2l.ResNeXtBlock(8, 4, 1)(X), d2l.ResNeXtBlock(8, 4, 1, True, 2)(X)
    return {"sides": sum(Y.shape[2] for Y in shapes), **last(model, *CLASSIFIED)}


def densenet() -> Measures:
    def conv_block(num_channels: int) -> nn.Module:
        conv = nn.LazyConv2d(num_channels, kernel_size=3, padding=1)
        return nn.Sequential(nn.LazyBatchNorm2d(), nn.ReLU(), conv)

    class DenseBlock(nn.Module):
        def __init__(self, num_convs: int, num_channels: int) -> None:
            super().__init__()
            self.net = nn.Sequential(*[conv_block(num_channels) for _ in range(num_convs)])

        def forward(self, X: Any) -> Any:
            for blk in self.net:
                X = torch.cat((X, blk(X)), dim=1)
            return X

    net = nn.Sequential(
        nn.LazyConv2d(8, kernel_size=7, stride=2, padding=3), DenseBlock(2, 4),
        nn.LazyBatchNorm2d(), nn.LazyConv2d(8, kernel_size=1),
        nn.AvgPool2d(kernel_size=2, stride=2), DenseBlock(2, 4),
        nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.LazyLinear(10),
    )  # fmt: skip
    return trained(net, 32)


def regnet() -> Measures:
    class AnyNet(d2l.Classifier):
        def __init__(self, arch: Any, stem_channels: int, lr: float = 0.1) -> None:
            super().__init__()
            self.save_hyperparameters()
            stem = nn.LazyConv2d(stem_channels, kernel_size=3, stride=2, padding=1)
            self.net = nn.Sequential(stem, nn.LazyBatchNorm2d(), nn.ReLU())
            for i, s in enumerate(arch):
                self.net.add_module(f"stage{i + 1}", self.stage(*s))
            head = nn.Sequential(nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.LazyLinear(10))
            self.net.add_module("head", head)
            self.net.apply(d2l.init_cnn)

        def stage(self, depth: int, num_channels: int, groups: int, bot_mul: float) -> Any:
            first = d2l.ResNeXtBlock(num_channels, groups, bot_mul, use_1x1conv=True, strides=2)
            others = [d2l.ResNeXtBlock(num_channels, groups, bot_mul) for _ in range(depth - 1)]
            return nn.Sequential(first, *others)

        def configure_optimizers(self) -> Any:
            optimizer = torch.optim.SGD(self.parameters(), lr=self.lr)
            self.schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
            return optimizer

        def validation_step(self, batch: Any) -> None:
            if self.trainer.val_batch_idx == 0:
                self.schedule.step()
            super().validation_step(batch)

    model = AnyNet(((1, 8, 4, 1), (2, 16, 8, 1)), stem_channels=8, lr=0.02)
    trainer = d2l.Trainer(max_epochs=1)
    trainer.fit(model, d2l.FashionMNIST(batch_size=8, resize=(32, 32)))
    rate = trainer.optim.param_groups[0]["lr"]
    return {"rate": rate, **last(model, *CLASSIFIED)}


NEW = (
    calculus, oo_design, synthetic_data, linear_scratch, linear_concise, weight_decay, image_data,
    softmax_scratch, softmax_concise, mlp_scratch, mlp_concise, dropout, house_price,
    builders_guide, convolutions, lenet, alexnet, vgg, nin, googlenet, batch_norm, resnet, densenet,
    regnet,
)  # fmt: skip

# d2l before 1.0, which the Chinese edition still has. Its convolutional networks, and `train_ch6`,
# are in `nets_torch`.


def old_linear_scratch() -> Measures:
    true_w, true_b = d2l.tensor([2, -3.4]), 4.2
    features, labels = d2l.synthetic_data(true_w, true_b, 500)
    w = d2l.normal(0, 0.01, (2, 1), requires_grad=True)
    b = d2l.zeros(1, requires_grad=True)
    for _ in range(3):
        for X, y in d2l.load_array((features, labels), 10):
            loss = d2l.squared_loss(d2l.linreg(X, w, b), y)
            loss.sum().backward()
            d2l.sgd([w, b], 0.03, 10)
    net, data = (lambda X: d2l.linreg(X, w, b)), d2l.load_array((features, labels), 10, False)
    return {
        "error": float((true_w - d2l.reshape(w.detach(), true_w.shape)).abs().sum()),
        "loss": d2l.evaluate_loss(net, data, d2l.squared_loss),
    }


def old_softmax_scratch() -> Measures:
    train_iter, test_iter = d2l.load_data_fashion_mnist(16)
    W = d2l.normal(0, 0.01, size=(784, 10), requires_grad=True)
    b = d2l.zeros(10, requires_grad=True)

    def net(X: Any) -> Any:
        scores = d2l.exp(d2l.matmul(d2l.reshape(X, (-1, W.shape[0])), W) + b)
        return scores / d2l.reduce_sum(scores, 1, keepdim=True)

    def cross_entropy(y_hat: Any, y: Any) -> Any:
        return -d2l.log(y_hat[range(len(y_hat)), y])

    def updater(batch_size: int) -> None:
        d2l.sgd([W, b], 0.1, batch_size)

    before = d2l.evaluate_accuracy(net, test_iter)
    d2l.train_ch3(net, train_iter, test_iter, cross_entropy, 3, updater)
    loss, acc = d2l.train_epoch_ch3(net, train_iter, cross_entropy, updater)
    d2l.predict_ch3(net, test_iter)
    after = d2l.evaluate_accuracy(net, test_iter)
    return {"better": after - before, "loss": loss, "acc": acc, "shown": len(d2l.plt.gcf().axes)}


def old_mlp_concise() -> Measures:
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 10))
    net.apply(lambda m: nn.init.normal_(m.weight, std=0.01) if type(m) is nn.Linear else None)
    train_iter, test_iter = d2l.load_data_fashion_mnist(16)
    trainer = torch.optim.SGD(net.parameters(), lr=0.1)
    loss = nn.CrossEntropyLoss(reduction="none")
    d2l.train_ch3(net, train_iter, test_iter, loss, 3, trainer)
    mean = nn.CrossEntropyLoss()
    found, acc = d2l.train_epoch_ch3(net, train_iter, mean, trainer)
    return {"loss": found, "acc": acc}


def old_underfit() -> Measures:
    x = d2l.normal(0, 1, (60, 1))
    features = d2l.concat([x**i for i in range(4)], 1)
    labels = d2l.reduce_sum(features * d2l.tensor([5, 1.2, -3.4, 5.6]), 1)
    net = nn.Sequential(nn.Linear(4, 1, bias=False))
    trainer = torch.optim.SGD(net.parameters(), lr=0.01)
    loss = nn.MSELoss(reduction="none")
    data = d2l.load_array((features, d2l.reshape(labels, (-1, 1))), 10)
    before = d2l.evaluate_loss(net, data, loss)
    animator = d2l.Animator(xlabel="epoch", ylabel="loss", yscale="log", legend=["train"])
    for epoch in range(5):
        d2l.train_epoch_ch3(net, data, loss, trainer)
        animator.add(epoch + 1, (d2l.evaluate_loss(net, data, loss),))
    return {"points": len(animator.X[0]), "left": animator.Y[0][-1] / before}


def old_builders_guide() -> Measures:
    net = d2l.resnet18(10)
    X = d2l.ones((1, 1, 32, 32))
    block = d2l.Residual(3, 6, use_1x1conv=True, strides=2)
    timer = d2l.Timer()
    shape = block(d2l.zeros((4, 3, 6, 6))).shape
    timer.stop()
    return {
        "classes": net(X).shape[1],
        "channels": shape[1],
        "side": shape[2],
        "devices": len(d2l.try_all_gpus()) - max(1, torch.cuda.device_count()),
        "timed": float(timer.sum() > 0),
        "workers": float(d2l.get_dataloader_workers() in (0, 4)),
    }


OLD = (
    old_linear_scratch, old_softmax_scratch, old_mlp_concise, old_underfit, old_builders_guide,
)  # fmt: skip
