"""A small book of three frameworks, which are there wherever Python and its YAML are."""

from __future__ import annotations

from pathlib import Path

from bookbuild.notebook import make_notebook
from bookbuild.notebook.stored import write
from bookbuild.page import Page

HEAD = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n"
CONFIG = """\
title: The book
author: Ada
only_build_toc_files: true
exclude_patterns: ["**.ipynb"]
repository: {url: "https://github.com/a/b", branch: main}
bibtex_bibfiles: [references.bib]
parse:
  myst_enable_extensions: [amsmath, colon_fence, deflist, dollarmath]
sphinx:
  extra_extensions: [bookbuild.site]
  config:
    language: en
    myst_footnote_transition: false
    suppress_warnings: [myst.footnote]
    book:
      name: toy
      frameworks:
        ant: {label: Ant, module: yaml, install: pyyaml}
        bee: {label: Bee, module: json, install: "--no-deps bee==1.0"}
        cat: {label: Cat, module: csv}
      helpers: {textwrap: "git+https://example.org/helpers"}
      examples_variable: TOY_EXAMPLES
"""
LANGUAGES = "      languages: {en: English, ja: 日本語}\n"
BIB = """\
@article{lin, author={Lin, Min and Chen, Qiang and Yan, Shuicheng}, title={Network},
  journal={arXiv}, year=2013}
"""
KEYS = ("ant", "bee", "cat")
SHARED = "```{code-cell}\nprint('shared')\n```\n"


def cell(source: str, *tags: str) -> str:
    """Return a code cell."""
    options = f":tags: [{', '.join(tags)}]\n" if tags else ""
    return f"```{{code-cell}}\n{options}{source}\n```\n"


def group(source: str = "print('{}')") -> str:
    """Return one cell per framework; `{}` in the source stands for its key."""
    return "".join(cell(source.replace("{}", key), key) for key in KEYS)


def prose(text: str) -> str:
    """Return prose for each framework; `{}` in the text stands for its key."""
    return "".join(f"::::{{framework}} {k}\n{text.replace('{}', k)}\n::::\n" for k in KEYS)


def store(page: Page, key: str, **note: object) -> Path:
    """Store the notebook of a page as if it had been run, without outputs."""
    notebook = make_notebook(page, key)
    for cell in notebook.cells:
        cell.execution_count = 1
    notebook.metadata["book"] |= {"setting": "full", "seconds": 1.5, **note}
    write(notebook, page.notebook(key))
    return page.notebook(key)
