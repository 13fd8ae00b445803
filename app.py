"""Builds the page and serves it: `python app.py`. Address and port are Gradio's own settings."""

import contextlib
import sys

with contextlib.suppress(ImportError):
    import spaces  # noqa: F401  (on ZeroGPU Spaces: it has to come before PyTorch)

from cam.page import build_page, launch_options
from cam.server import journal, sweeping
from cam.server.serving import serve
from cam.server.settings import MIB, SettingsError, read_settings


def main() -> None:
    """Read the settings, build the page, serve it until it is stopped."""
    try:
        settings = read_settings()
        folder = sweeping.own_folder()
    except (SettingsError, OSError) as error:
        sys.exit(str(error))
    journal.begin()
    sweeper = sweeping.Sweeper(folder, 60 * settings.keep_files_minutes, settings.keep_files_mb * MIB)
    serve(build_page(settings), launch_options(settings), settings, sweeper)


if __name__ == "__main__":
    main()
