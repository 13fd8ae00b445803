"""The page's header: its name, a link to the present state, and light or dark.

Knows the browser's address and storage; knows no models.
"""

from __future__ import annotations

from .component import Component, script_of


class Header(Component):
    """A bar with the name of the page and two buttons; it has no value and sends no events."""

    SCRIPT = script_of("header.html", "header.css", "header.js")
