"""Check that an SVG is a drawing and nothing else.

`<img>` runs no script of an SVG, but a reader may open the picture in a tab of its own, where it is
a document of the site. So what could run, lead away or load something is refused, by lists of what
is known to be harmless.
"""

from __future__ import annotations

import re
from xml.parsers import expat

SPACE = "http://www.w3.org/2000/svg"
# They describe a drawing; browsers do nothing with them.
DESCRIBING = (
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://creativecommons.org/ns#",
    "http://web.resource.org/cc/",
    "http://purl.org/dc/elements/1.1/",
)
# fmt: off
ELEMENTS = frozenset((
    "svg", "g", "defs", "symbol", "use", "title", "desc", "metadata", "style",
    "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath",
    "image", "clipPath", "mask", "marker", "pattern", "linearGradient", "radialGradient", "stop",
    "filter", "feGaussianBlur", "feOffset", "feBlend", "feColorMatrix", "feComposite", "feFlood",
    "feMerge", "feMergeNode",
))
# fmt: on
INSIDE = re.compile(r"#|data:image/(png|jpeg);base64,")
# Style that loads something, or spells it so that one cannot tell.
LOADS = re.compile(r"@import|\\|(url|image|image-set|src)\((?!\s*['\"]?#)", re.IGNORECASE)


class DrawingError(ValueError):
    """Say what an SVG does besides drawing: the end of a sentence that begins with `that`."""


def check_svg(text: str) -> None:
    """Raise `DrawingError` if an SVG could run a script, load anything or lead anywhere."""
    parser = expat.ParserCreate(namespace_separator=" ")
    checker = _Checker()
    parser.XmlDeclHandler = checker.declaration
    parser.StartDoctypeDeclHandler = checker.doctype
    parser.ProcessingInstructionHandler = checker.instruction
    parser.StartElementHandler = checker.start
    parser.EndElementHandler = checker.end
    parser.CharacterDataHandler = checker.text
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise DrawingError(f"is not well-formed ({error})") from None
    except UnicodeEncodeError:
        raise DrawingError("holds half a character") from None


class _Checker:
    def __init__(self) -> None:
        self.style: list[str] | None = None  # the text of the style sheet that is being read

    def declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding and encoding.lower() != "utf-8":
            raise DrawingError(f"claims to be in {encoding}")

    def doctype(self, name: str, system: str | None, public: str | None, inside: int) -> None:
        if inside:  # entities, and attributes that are not seen where they are
            raise DrawingError("declares a language of its own")

    def instruction(self, target: str, data: str) -> None:
        raise DrawingError(f"holds an instruction to {target}")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if not (space in DESCRIBING or (space == SPACE and local in ELEMENTS)):
            raise DrawingError(f"holds <{local}>")
        self.style = [] if local == "style" else self.style
        for attribute, value in attributes.items():
            local = attribute.rpartition(" ")[2]
            if local.lower().startswith("on"):
                raise DrawingError(f"has the attribute {local}")
            if local == "base" or (local == "href" and not INSIDE.match(value)):
                raise DrawingError(f"leads to {value[:60]!r}")
            self.loads(value)

    def end(self, name: str) -> None:
        if self.style is not None and name.endswith(" style"):
            self.loads("".join(self.style))
            self.style = None

    def text(self, text: str) -> None:
        if self.style is not None:
            self.style.append(text)

    def loads(self, text: str) -> None:
        if found := LOADS.search(text):
            raise DrawingError(f"may load something: {found[0]!r}")
