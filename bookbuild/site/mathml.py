"""Formulas as MathML, which browsers draw themselves: no script, no request, no waiting."""

from html import escape

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.locale import get_translation
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)


def to_mathml(node: nodes.math | nodes.math_block, display: str) -> str:
    """Return a formula as MathML; what cannot be read is a warning and stays LaTeX."""
    latex = node.astext().strip()
    try:
        return str(convert(latex, display=display))
    except Exception as error:  # latex2mathml has many errors and no common parent of them
        logger.warning("formula cannot be read: %s (%r)", latex, error, location=node)
        return f"<code>{escape(latex)}</code>"


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a line."""
    self.body.append(to_mathml(node, "inline"))
    raise nodes.SkipNode


def visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula of its own, with its number if it has one."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, get_translation("sphinx")("Link to this equation"))
        self.body.append("</span>")
    self.body.append(to_mathml(node, "block") + "</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the renderer under the name that `html_math_renderer` asks for."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
