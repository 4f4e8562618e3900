from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from book.definitions import definitions, keywords, parameters
from bookbuild.config import read_book
from bookbuild.page import Page
from bookbuild.page.cells import parse_page

BOOK = read_book(Path(__file__).parent)
HEAD = "---\nfile_format: mystnb\n---\n"

PAGE = """Text

```{code-cell}
:tags: [torch]
from math import pi as number
raise SystemExit("this is not executed")
```

OTHERS

```{code-cell}
:tags: [parameters]
size = 3
```

```{code-cell}
class Net:
    area = number * size
other = Net()
```
"""

OTHERS = "\n\n".join(
    f"```{{code-cell}}\n:tags: [{key}]\nnumber = 2\n```"
    for key in BOOK.frameworks
    if key != "torch"
)


@pytest.fixture
def page(tmp_path: Path) -> Callable[[str], Page]:
    def written(text: str) -> Page:
        path = tmp_path / "tiny.md"
        path.write_text(HEAD + text, encoding="utf-8")
        return parse_page(path, BOOK)

    return written


def test_imports_functions_classes_and_parameters_are_defined(page: Callable[[str], Page]) -> None:
    tiny = page(PAGE.replace("OTHERS", OTHERS))
    names = definitions(tiny, "torch")
    assert round(names["Net"].area, 2) == 9.42
    assert names["Net"].__module__ == f"{tiny.name}_torch"
    assert "other" not in names


def test_keywords_of_a_call_are_read_and_not_run(page: Callable[[str], Page]) -> None:
    tiny = page("```{code-cell}\nnet = train(undefined, 3, lr=2 / 4, to=(1, 'a'))\n```")
    assert keywords(tiny, "train") == {"lr": 0.5, "to": (1, "a")}
    with pytest.raises(LookupError, match=r"tiny\.md: no cell calls trained"):
        keywords(tiny, "trained")


def test_parameters_are_read(page: Callable[[str], Page]) -> None:
    assert parameters(page(PAGE.replace("OTHERS", OTHERS))) == {"size": 3}
    with pytest.raises(LookupError, match=r"tiny\.md: no cell is tagged parameters"):
        parameters(page("```{code-cell}\nsize = 3\n```"))
