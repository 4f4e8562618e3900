"""Run the command line: `python -m bookbuild`."""

from bookbuild.cli import start

start()
