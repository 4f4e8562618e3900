"""What training measured."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class History:
    """Hold what training measured: one entry a whole epoch in each list.

    `train_loss` is the mean cross-entropy in nats, the accuracies are fractions of 1.
    `examples_per_sec` counts training examples over the wall-clock time of the training passes,
    data loading included, evaluation left out; `seconds` is that time. `device` is where they ran,
    `cpu` or `gpu:0`; `input_shape` is the shape of one example. `interrupted` says that training
    was stopped from the keyboard.
    """

    device: str
    train_loss: list[float] = field(default_factory=list)
    train_acc: list[float] = field(default_factory=list)
    test_acc: list[float] = field(default_factory=list)
    examples_per_sec: float = 0.0
    input_shape: tuple[int, ...] = ()
    seconds: float = 0.0
    interrupted: bool = False
