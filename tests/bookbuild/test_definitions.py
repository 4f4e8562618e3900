from __future__ import annotations

import pytest

from book.definitions import definitions, keywords, parameters
from bookbuild.page.cells import parse_page
from d2lcompat import FRAMEWORKS

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
    f"```{{code-cell}}\n:tags: [{key}]\nnumber = 2\n```" for key in FRAMEWORKS if key != "torch"
)


def test_imports_functions_classes_and_parameters_are_defined(write_page) -> None:
    page = parse_page(write_page(PAGE.replace("OTHERS", OTHERS)))
    names = definitions(page, "torch")
    assert round(names["Net"].area, 2) == 9.42
    assert names["Net"].__module__ == f"{page.name}_torch"
    assert "other" not in names


def test_keywords_of_a_call_are_read_and_not_run(write_page) -> None:
    page = parse_page(
        write_page("```{code-cell}\nnet = train(undefined, 3, lr=2 / 4, to=(1, 'a'))\n```")
    )
    assert keywords(page, "train") == {"lr": 0.5, "to": (1, "a")}
    with pytest.raises(LookupError, match=r"index\.md: no cell calls trained"):
        keywords(page, "trained")


def test_parameters_are_read(write_page) -> None:
    assert parameters(parse_page(write_page(PAGE.replace("OTHERS", OTHERS)))) == {"size": 3}
    with pytest.raises(LookupError, match=r"index\.md: no cell is tagged parameters"):
        parameters(parse_page(write_page("```{code-cell}\nsize = 3\n```")))
