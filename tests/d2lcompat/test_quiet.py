"""Standard error is held back while a framework is imported, and is there again afterwards."""

from __future__ import annotations

import logging
import os
import sys

import pytest

from d2lcompat.workarounds.silence import quiet


def test_nothing_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet():
        print("from Python", file=sys.stderr)
        os.write(2, b"from C\n")
    assert capfd.readouterr().err == ""


def test_all_is_shown_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ImportError), quiet():
        print("from Python", file=sys.stderr)
        os.write(2, b"from C\n")
        raise ImportError
    assert capfd.readouterr().err == "from Python\nfrom C\n"


def test_a_logger_made_meanwhile_writes_to_standard_error(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with quiet():
        handler = logging.StreamHandler()
        logger = logging.Logger("of a framework")
        logger.addHandler(handler)
        logger.warning("held back")
    logger.warning("shown")
    assert capfd.readouterr().err == "shown\n"
