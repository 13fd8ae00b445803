"""The headers that every answer carries: what a browser may do with the page, and who may show it in a frame.

Knows policies; knows nothing about the answers.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

_SPACES = ("https://huggingface.co", "https://*.huggingface.co", "https://*.hf.space")


def policy(sites: str, environment: Mapping[str, str] | None = None) -> str:
    """Return the content policy; `sites` are addresses, apart by spaces, that may show the page in a frame.

    Gradio compiles a component's script in the browser, hence 'unsafe-eval', and writes its configuration into the
    page, hence 'unsafe-inline'. Whatever else runs or is loaded comes from here; on Spaces the bar above the page also
    asks huggingface.co.
    """
    environment = os.environ if environment is None else environment
    hub = " ".join(_SPACES[:2]) if environment.get("SPACE_ID") else ""
    rules = {
        "default-src": "'self'",
        "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": f"'self' data: blob: {hub}",
        "media-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": f"'self' data: blob: {hub}",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": f"'self' {' '.join(_SPACES)} {' '.join(sites.split())}",
    }
    return "; ".join(f"{name} {value.strip()}" for name, value in rules.items())


def headers(sites: str) -> list[tuple[bytes, bytes]]:
    """Return the headers of every answer, as ASGI takes them. `X-Frame-Options` would keep Spaces out."""
    found = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
        "Content-Security-Policy": policy(sites),
    }
    return [(name.lower().encode(), value.encode()) for name, value in found.items()]
