"""The Sphinx extension: outputs on cells, frameworks in tabs, links, search."""

from bookbuild.site.extension import setup as setup
