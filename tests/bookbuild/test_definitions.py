from __future__ import annotations

import pytest
from small import KEYS

from book.definitions import definitions, keywords, parameters

PAGE = """Text

```{code-cell}
:tags: [ant]
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
    f"```{{code-cell}}\n:tags: [{key}]\nnumber = 2\n```" for key in KEYS if key != "ant"
)


def test_imports_functions_classes_and_parameters_are_defined(page) -> None:
    tiny = page(PAGE.replace("OTHERS", OTHERS))
    names = definitions(tiny, "ant")
    assert round(names["Net"].area, 2) == 9.42
    assert names["Net"].__module__ == f"{tiny.name}_ant"
    assert "other" not in names


def test_keywords_of_a_call_are_read_and_not_run(page) -> None:
    tiny = page("```{code-cell}\nnet = train(undefined, 3, lr=2 / 4, to=(1, 'a'))\n```")
    assert keywords(tiny, "train") == {"lr": 0.5, "to": (1, "a")}
    with pytest.raises(LookupError, match=r"index\.md: no cell calls trained"):
        keywords(tiny, "trained")


def test_parameters_are_read(page) -> None:
    assert parameters(page(PAGE.replace("OTHERS", OTHERS))) == {"size": 3}
    with pytest.raises(LookupError, match=r"index\.md: no cell is tagged parameters"):
        parameters(page("```{code-cell}\nsize = 3\n```"))
