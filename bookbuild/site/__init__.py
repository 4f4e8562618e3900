"""The Sphinx extension: outputs on cells, frameworks in tabs, links, search."""
