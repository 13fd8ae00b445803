"""Builds the page and serves it: `python app.py`. Address and port are Gradio's own settings."""

import contextlib
import sys

with contextlib.suppress(ImportError):
    import spaces  # noqa: F401  (on ZeroGPU Spaces: it has to come before PyTorch)

from cam.ui import build_page, launch_options
from cam.ui.settings import SettingsError, read_settings


def main() -> None:
    """Read the settings, build the page, serve it until interrupted."""
    try:
        settings = read_settings()
    except SettingsError as error:
        sys.exit(str(error))
    build_page(settings).launch(**launch_options(settings))


if __name__ == "__main__":
    main()
