"""From the settings to a served page. Address and port are Gradio's own settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from .. import Model
from ..server import hosts, journal, sweeping
from ..server.serving import serve
from ..server.settings import MIB, SettingsError, read_settings
from . import build_page, launch_options


def main() -> None:
    """Read the settings, build the page, serve it until it is stopped."""
    _served({})


def open_page(
    models: Model | Sequence[Model] | Mapping[str, Model], *, host: str | None = None, port: int | None = None
) -> None:
    """Serve the page on networks of one's own, see `cam.page.serve`; an empty dictionary: the page as it is."""
    if host:
        os.environ["GRADIO_SERVER_NAME"] = host
    _served({"own": hosts.named(models)} if models != {} else {}, port)


def _served(content: dict, port: int | None = None) -> None:
    try:
        settings = read_settings()
        folder = sweeping.own_folder()
    except (SettingsError, OSError) as error:
        sys.exit(str(error))
    journal.begin()
    sweeper = sweeping.Sweeper(folder, 60 * settings.keep_files_minutes, settings.keep_files_mb * MIB)
    try:
        page, options = build_page(settings, **content), launch_options(settings)
    except SettingsError as error:  # of what only shows when it is used
        sys.exit(str(error))
    serve(page, options | {"server_port": port}, settings, sweeper)
