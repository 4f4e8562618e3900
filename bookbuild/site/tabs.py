"""Frameworks side by side: fold what belongs to each of them into synchronised tabs.

Runs of adjacent cells and prose that belong to frameworks are folded into one tab-set each, after
reading, so that nothing of it is translated or cached, and before sphinx-design's own transform.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx_design.shared import create_component

from bookbuild.config import Framework
from bookbuild.i18n import words
from bookbuild.site import links


class FrameworkDirective(SphinxDirective):
    """Mark prose that belongs to one framework: `::::{framework} torch`."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return a container that carries the framework's key."""
        prose = nodes.container(framework=self.arguments[0], classes=["framework-prose"])
        self.set_source_info(prose)
        self.state.nested_parse(self.content, self.content_offset, prose)
        return [prose]


def owner(node: nodes.Node | None) -> tuple[str, str] | None:
    """Return a node's framework and the tab-set it wants to be in; None for everything else.

    The outputs of one shared cell are a tab-set of their own, never merged with a neighbour.
    """
    if not isinstance(node, nodes.container):
        return None
    book = (node.get("cell_metadata") or {}).get("book", {})
    name = f"outputs-{book['cell']}" if book.get("outputs_only") else "group"
    key = node.get("framework") or book.get("framework")
    return (key, name) if key else None


def tab_set(
    contents: Mapping[str, Sequence[nodes.Node]], frameworks: dict[str, Framework], *classes: str
) -> nodes.container:
    """Return sphinx-design's nodes for one tab-set, a tab per framework."""
    items = []
    for key, children in contents.items():
        title = nodes.rubric("", frameworks[key].label, classes=["sd-tab-label"])
        title["sync_group"], title["sync_id"] = "framework", key
        content = create_component("tab-content", ["sd-tab-content"], children=children)
        items.append(create_component("tab-item", ["sd-tab-item"], children=[title, content]))
    return create_component("tab-set", ["sd-tab-set", *classes], children=items)


class FoldFrameworks(SphinxPostTransform):
    """Fold runs of framework nodes into tab-sets, and put the row of links under the title."""

    default_priority = 150  # before HideInputCells (199) and sphinx-design's tabs (200)
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Transform the page in place."""
        marked = self.document.findall(lambda node: owner(node) is not None)
        for parent in {id(node.parent): node.parent for node in marked}.values():
            parent[:] = list(self.fold(parent.children))
        for image in self.document.findall(nodes.image):
            image.setdefault("loading", "lazy")
        _ = words(self.config.language)
        for node in self.document.findall(nodes.container):
            if node.get("nb_element") == "cell_code_output":
                describe_images(node, _("Picture drawn by the code above"))
        page = self.env.metadata[self.env.docname].get("book_page")
        section = next(self.document.findall(nodes.section), None)
        if page and section:
            frameworks, name = self.config.book.frameworks, self.env.docname
            contents = {key: [links.row(self.app, name, page, key)] for key in frameworks}
            section.insert(1, tab_set(contents, frameworks, "book-links"))

    def fold(self, children: list[nodes.Node]) -> Iterator[nodes.Node]:
        """Yield the children with every run of one tab-set's nodes replaced by the tab-set."""
        run: list[tuple[str, nodes.Element]] = []
        comments: list[nodes.Node] = []  # within a run, or after it
        name = ""
        for child in [*children, None]:
            key = owner(child)
            if run and isinstance(child, nodes.comment):
                comments.append(child)
                continue
            if run and (key is None or key[1] != name):
                yield self.tabs(run)
                yield from comments
                run, comments = [], []
            if key and isinstance(child, nodes.Element):
                name = key[1]
                run.append((key[0], child))
            elif child:
                yield child

    def tabs(self, run: list[tuple[str, nodes.Element]]) -> nodes.container:
        """Return the tab-set for one run of nodes with their frameworks."""
        frameworks, _ = self.config.book.frameworks, words(self.config.language)
        contents: dict[str, list[nodes.Node]] = {key: [] for key in frameworks}
        alt = _("Picture drawn by the code above, run with {framework}")
        for key, node in run:
            describe_images(node, alt.format(framework=frameworks[key].label))
            contents[key] += node.children if "framework" in node else [node]
        page = self.env.metadata[self.env.docname].get("book_page")
        absent, pending = (page.front.absent, page.front.pending) if page else ({}, {})
        for key, tab in contents.items():
            if key in absent:
                text = _("Not available in {framework}: {why}")
                text = text.format(framework=frameworks[key].label, why=absent[key])
            elif not any(node.children for node in tab):  # a cell that shows something elsewhere
                text = pending.get(key) or _("No output.")
            else:
                continue
            tab[:] = [nodes.paragraph("", text, classes=["book-absent"])]
        folded = tab_set(contents, frameworks, "book-frameworks")
        folded.source, folded.line = run[0][1].source, run[0][1].line
        return folded


def describe_images(node: nodes.Element, text: str) -> None:
    """Give images that code has drawn an alt text, unless the cell brings one."""
    for image in node.findall(nodes.image):
        image.setdefault("alt", text)
