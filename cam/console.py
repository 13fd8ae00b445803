"""The command `cam-explorer`: without anything behind it the page, with photos and options the command line."""

from __future__ import annotations

import sys


def main() -> int:
    """Open the page where the command stands alone, else do what `python -m cam` does; returns the exit status."""
    if len(sys.argv) > 1:
        from .__main__ import main as explain

        return explain()
    from .page.run import main as serve

    serve()
    return 0
