"""Check that an SVG is a drawing and nothing else, by lists of what is known to be harmless.

`<img>` runs no script of an SVG, but a reader may open the picture in a tab of its own, where it is
a document of the site.
"""

import re

from lxml import etree

from bookbuild.i18n.figures import SVG

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
# Entities, and attributes that are not seen where they are, are declared inside a document type.
DECLARES = re.compile(r"<!(?!--|\[CDATA\[|DOCTYPE\b[^\[>]*>)")
INSIDE = re.compile(r"#|data:image/(png|jpeg);base64,")
# Style that loads something, or spells it so that one cannot tell.
LOADS = re.compile(r"@import|\\|(url|image|image-set|src)\((?!\s*['\"]?#)", re.IGNORECASE)


class DrawingError(ValueError):
    """Say what an SVG does besides drawing: the end of a sentence that begins with `that`."""


def check_svg(text: str) -> None:
    """Raise `DrawingError` if an SVG could run a script, load anything or lead anywhere."""
    if DECLARES.search(text):
        raise DrawingError("declares a language of its own")
    try:
        root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))
    except UnicodeEncodeError:
        raise DrawingError("holds half a character") from None
    except etree.XMLSyntaxError as error:
        raise DrawingError(f"is not well-formed ({error})") from None
    encoding = root.getroottree().docinfo.encoding or "utf-8"
    if encoding.lower() != "utf-8":
        raise DrawingError(f"claims to be in {encoding}")
    if root.xpath("//processing-instruction()"):
        raise DrawingError("holds an instruction to a program")
    for tag in root.iter("*"):
        name = etree.QName(tag)
        if name.namespace not in DESCRIBING and (
            name.namespace != SVG or name.localname not in ELEMENTS
        ):
            raise DrawingError(f"holds <{name.localname}>")
        for attribute, value in tag.items():
            local = etree.QName(attribute).localname
            if local.lower().startswith("on"):
                raise DrawingError(f"has the attribute {local}")
            if local == "base" or (local == "href" and not INSIDE.match(str(value))):
                raise DrawingError(f"leads to {str(value)[:60]!r}")
            _check_style(str(value))
        if name.localname == "style":
            _check_style("".join(map(str, tag.itertext())))


def _check_style(text: str) -> None:
    if found := LOADS.search(text):
        raise DrawingError(f"may load something: {found[0]!r}")
