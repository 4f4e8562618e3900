"""Formulas are MathML; one that cannot be read is a located warning and stays legible."""

from __future__ import annotations

import pytest
from docutils import nodes

from bookbuild.site.mathml import to_mathml


@pytest.mark.parametrize("display", ["inline", "block"])
def test_a_formula_becomes_mathml(display: str) -> None:
    made = to_mathml(nodes.math("", "c_i k^2"), display)
    assert made.startswith("<math")
    assert f'display="{display}"' in made
    assert "<msub><mi>c</mi><mi>i</mi></msub>" in made
    assert "<msup><mi>k</mi><mn>2</mn></msup>" in made


def test_an_unreadable_formula_warns_and_is_escaped() -> None:
    made = to_mathml(nodes.math("", r"\left( a<b"), "inline")
    assert made == r"<code>\left( a&lt;b</code>"
