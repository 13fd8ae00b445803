"""The page. A tab is one file in `tabs` and one entry in `TABS`; the tab bar shows when there is more than one."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from .. import Model
from ..server import api, cards, class_names, mcp, modules
from ..server.app_state import AppState
from ..server.settings import Settings, read_settings
from ..server.zerogpu import own_app_state
from . import preview
from .component import STATIC, component
from .connection import connect
from .header import header
from .preview import TITLE
from .tabs import explore, lesson, live
from .theme import CSS_PATHS, theme

__all__ = ["TABS", "Tab", "build_page", "launch_options", "serve"]

# Gradio asks matplotlib, where it is installed, for its backend at each request. Looking for one with a window loads
# all of pyplot: half a second for which the first visitor would wait.
os.environ.setdefault("MPLBACKEND", "agg")


@dataclass(frozen=True)
class Tab:
    """A view of the page: its title, the function that lays it out, and what its scripts call on the server."""

    title: str
    build: Callable[[AppState], None]
    functions: Callable[[AppState], list[Callable[[Any], Any]]] = lambda _: []


TABS: tuple[Tab, ...] = (
    Tab("Explore", explore.build, explore.functions),
    Tab("Lesson", lesson.build, lesson.functions),
    Tab("Live", live.build, live.functions),
)


def build_page(
    settings: Settings | None = None, app_state: AppState | None = None, own: Mapping[str, Model] | None = None
) -> gr.Blocks:
    """Build the page with its first example finished and its default model loaded; `own` as for `AppState`."""
    settings = settings or read_settings()
    app_state = app_state or own_app_state(settings, own)
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        header()
        component("cards/main.js", name="Cards", elem_classes="cam-cards")
        functions = connect(app_state, [function for tab in TABS for function in tab.functions(app_state)])
        if len(TABS) == 1:
            TABS[0].build(app_state)
        else:
            with gr.Tabs(elem_classes="cam-tabs"):
                for tab in TABS:
                    with gr.Tab(tab.title, elem_id=f"cam-tab-{tab.title.lower()}"):
                        tab.build(app_state)
        api.add(app_state)
    for name, value in {"app_state": app_state, "functions": functions}.items():
        setattr(page, name, value)  # for `serving`; Gradio knows none of them
    return page.queue(max_size=settings.queue_size, default_concurrency_limit=settings.concurrency)


def launch_options(settings: Settings) -> dict[str, Any]:
    """What `launch` needs: the look, the limits, and nothing that leaves the machine."""
    return {
        "app_kwargs": {
            "routes": [modules.route(STATIC), class_names.route(), cards.route(settings), preview.route()],
            "middleware": [Middleware(preview.Preview)],
        },
        "theme": theme(),
        "css_paths": CSS_PATHS,
        "max_file_size": settings.bytes_of("max_file_mb"),
        "state_session_capacity": settings.sessions,
        "max_threads": 2 * settings.concurrency,
        "footer_links": ["api"],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "share": False,
        "show_error": False,
        "pwa": False,
        "mcp_server": mcp.check_settings(settings),
        "auth": tuple(settings.login.split(":", 1)) if settings.login else None,
        "auth_message": TITLE,  # in every language; the rest of the login Gradio says in the browser's
    }


def serve(
    models: Model | Sequence[Model] | Mapping[str, Model], *, host: str | None = None, port: int | None = None
) -> None:
    """Open the page on networks of one's own, which come first in its list; returns no more, Ctrl-C ends the process.

    `models`: what `wrap_model` or `load_model` returned, several in a list, or by names in a dictionary. `host` and
    `port` are those of `GRADIO_SERVER_NAME` and `GRADIO_SERVER_PORT` where None. Raises `TypeError` for what is no
    `Model`.
    """
    from .run import open_page  # it builds the page from what stands above

    open_page(models, host=host, port=port)
