"""The reference of d2lcompat: every public name, as it is called, without importing a framework."""

from __future__ import annotations

import subprocess
import sys

import pytest

from book import api
from d2lcompat import FRAMEWORKS, aliases
from d2lcompat.public import NAMES


def reference() -> dict[str, str]:
    return {name: "\n".join(api.render(name, what, bound)) for name, what, bound in api.names()}


def test_every_public_name_is_documented() -> None:
    found = reference()
    assert list(found) == [name for name in NAMES if name not in aliases.NAMES]
    for name, text in found.items():
        head, said, *_ = text.split("\n")
        assert f"d2l.{name}" in head
        assert said.strip(), name


def test_what_a_framework_binds_is_shown_as_it_is_called() -> None:
    found = reference()
    assert "{py:function} d2l.accuracy(y_hat, y)\n" in found["accuracy"]
    assert "{py:function} d2l.try_gpu(i=0)\n" in found["try_gpu"]
    assert (
        "net, train_iter, test_iter, num_epochs, lr, device=None, *, init='xavier'"
        in (found["train_ch6"])
    )
    assert "(net, train_iter, test_iter, loss, num_epochs, updater)\n" in found["train_ch3"]
    assert "{py:function} d2l.linreg(X, w, b)\n" in found["linreg"]
    assert "{py:method} fit(model, data)\n" in found["Trainer"]
    assert "{py:class} d2l.LeNet(lr=0.1, num_classes=10)\n" in found["LeNet"]
    assert "matplotlib.pyplot" in found["plt"]


def test_classes_show_their_methods_but_not_their_secrets() -> None:
    class Box:
        """Hold things."""

        def add(self, *args: int) -> None:
            """Add things.

            ````python
            box.add(1)
            ````
            """

        def bare(self) -> None: ...

        def _hidden(self) -> None:
            """Never shown."""

    text = "\n".join(api.render("Box", Box, 0))
    assert text.startswith("``````{py:class} d2l.Box()\nHold things.\n")
    assert "`````{py:method} add(*args)\nAdd things.\n" in text
    assert "bare" not in text
    assert "hidden" not in text.lower()


@pytest.mark.parametrize("bound", [0, 1])
def test_a_signature_has_defaults_and_no_annotations(bound: int) -> None:
    def draw(x: int, look: tuple[str, ...] = ("-", "--"), *more: int, to: str = "svg") -> None: ...

    text = api.signature(draw, bound)
    assert text == ("(x, " if bound == 0 else "(") + "look=('-', '--'), *more, to='svg')"


def test_no_framework_is_imported() -> None:
    modules = {row.package for row in FRAMEWORKS.values()}
    code = f"import sys, book.api; [*book.api.names()]; print({modules} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"
