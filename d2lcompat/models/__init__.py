"""Networks and layers of a chapter that later chapters take for granted."""

from __future__ import annotations


def split(
    given: tuple[int, ...], use_1x1conv: bool, strides: int
) -> tuple[tuple[int, ...], bool, int]:
    """Return a residual block's channels, `use_1x1conv` and `strides`; the latter may have places.

    There are one or two numbers of channels, as there are two orders: before d2l 1.0 the channels
    that come in were the first. Where the flag stands is where they end.
    """
    end = next((i for i, value in enumerate(given) if isinstance(value, bool)), len(given))
    flags = (*given[end:], *(use_1x1conv, strides)[len(given) - end :])
    if end not in (1, 2) or len(flags) > 2:
        raise TypeError(
            "Residual takes one or two numbers of channels, then use_1x1conv, True or False, and "
            f"strides, not {', '.join(map(str, given))}"
        )
    return given[:end], bool(flags[0]), flags[1]
