"""The reference of d2lcompat: what is read from source, without importing it."""

from __future__ import annotations

from pathlib import Path

import pytest
from toybook import ROOT

from book.api import find, public_names, render
from d2lcompat import FRAMEWORKS
from d2lcompat.public import NAMES

SHARED = '''
LOOK = ("-", "--")
class Base:
    def fit(self, net, lr: float = 0.1, *, init="keep") -> None:
        """Fit a network."""
class Box:
    """Hold things."""
    def __init__(self, n: int) -> None:
        self.n = n
    def add(self, *args: int) -> None:
        """Add things."""
    def _hidden(self):
        """Never shown."""
def draw(x, look=LOOK):
    """Draw.

    ```python
    draw(1)
    ```
    """
def made(name):
    """Serve attributes: `lazy` is made when asked for."""
NAMES = ["Box", "draw", "fit", "here", "kept", "lazy"]
'''
ROOM = '''
def keep(backend, net, path="w"):
    """Keep a network."""
'''
MODULE = '''
from ._shared import NAMES, Base
from ._shared import *
from .room import things
if TYPE_CHECKING:
    from elsewhere import lazy
else:
    from ._shared import made as __getattr__
__all__ = NAMES
class Mine(Base):
    pass
_mine = Mine()
fit = _mine.fit
kept = bind(_mine, things.keep)
here = 3
"""A number."""
'''


@pytest.fixture
def module(tmp_path: Path) -> Path:
    (tmp_path / "_shared.py").write_text(SHARED)
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "things.py").write_text(ROOM)
    (tmp_path / "module.py").write_text(MODULE)
    return tmp_path / "module.py"


def test_names_may_come_from_a_neighbour(module: Path) -> None:
    assert public_names(module) == ["Box", "draw", "fit", "here", "kept", "lazy"]


DESCRIBED = {
    "Box": ("{py:class} Box(n)", "Hold things."),
    "draw": ("{py:function} draw(x, look=('-', '--'))", "Draw."),
    "fit": ("{py:function} fit(net, lr=0.1, *, init='keep')", "Fit a network."),
    "here": ("{py:data} here", "A number."),
    "kept": ("{py:function} kept(net, path='w')", "Keep a network."),
    "lazy": ("{py:data} lazy", "`lazy` is made when asked for."),
}


@pytest.mark.parametrize("name", DESCRIBED)
def test_a_name_is_described_where_it_is_defined(module: Path, name: str) -> None:
    first, second, *_ = render(name, find(module, name))
    assert (first.strip("`"), second) == DESCRIBED[name]


def test_a_class_shows_its_public_methods(module: Path) -> None:
    text = "\n".join(render("Box", find(module, "Box")))
    assert "````{py:method} add(*args)\nAdd things." in text
    assert "Never shown" not in text


def test_a_fence_is_longer_than_those_inside(module: Path) -> None:
    lines = render("draw", find(module, "draw"))
    assert lines[0].startswith("````{")
    assert lines[-2] == "````"


def test_an_unknown_name_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("")
    with pytest.raises(LookupError, match="does not define"):
        find(tmp_path / "empty.py", "nothing")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", FRAMEWORKS)
def test_every_public_name_has_a_docstring(key: str, name: str) -> None:
    assert find(ROOT / "d2lcompat" / f"{key}.py", name).docstring
