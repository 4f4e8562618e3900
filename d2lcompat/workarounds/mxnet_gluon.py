"""What Gluon has no public interface for: the state of a trainer, hooks of hybridized blocks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy


def trainer_state(trainer: Any) -> dict[str, numpy.ndarray]:
    """Return what a trainer remembers of its steps."""
    held = trainer._updaters[0].states  # what Trainer.save_states would pickle
    state = {
        f"{i}.{k}": array.asnumpy()
        for i, arrays in held.items()
        for k, array in enumerate(_as_tuple(arrays))
    }
    return state | {"steps": numpy.array(trainer._optimizer.num_update, numpy.int64)}


def set_trainer_state(trainer: Any, state: dict[str, numpy.ndarray]) -> None:
    """Let a new trainer go on from what another one of the same rule remembered."""
    steps, updater, rule = int(state["steps"]), trainer._updaters[0], trainer._optimizer
    moved = [(i, p) for i, p in enumerate(trainer._params) if steps and p.grad_req != "null"]
    for i, parameter in moved:
        weight = parameter.data().as_nd_ndarray()
        made = rule.create_state_multi_precision(i, weight)
        for k, array in enumerate(_as_tuple(made)):
            array[:] = state[f"{i}.{k}"]
        updater.states[i], updater.states_synced[i] = made, True
        rule._set_current_context(weight.context.device_id)
        rule._index_update_count[i] = steps
    rule.num_update = steps


def _as_tuple(states: Any) -> tuple[Any, ...]:
    """Return what an optimizer keeps for one weight: nothing, an array, or several."""
    if states is None:
        return ()
    return states if isinstance(states, tuple) else (states,)


@contextmanager
def not_hybridized(net: Any) -> Iterator[None]:
    """Let each block of a network be called, as a compiled graph does not, for a `with` block."""
    active: list[Any] = []

    def visit(block: Any) -> None:
        if getattr(block, "_active", False):
            active.append(block)
            block._active = False

    net.apply(visit)
    try:
        yield
    finally:
        for block in active:
            block._active = True
