"""Builds the page and serves it: `python app.py`. Address and port are Gradio's own settings."""

import contextlib

with contextlib.suppress(ImportError):
    import spaces  # noqa: F401  (on ZeroGPU Spaces: it has to come before PyTorch)

from cam.page.run import main

if __name__ == "__main__":
    main()
