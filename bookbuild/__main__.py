"""Run the command line: `python -m bookbuild`."""

import sys

from bookbuild.cli import main

sys.exit(main())
