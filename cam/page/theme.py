"""How the page looks: Gradio's theme in one accent colour with the system's fonts, and the page's own style sheet.

Knows colours and files. Nothing is loaded from outside: no web font, no icon set.
"""

from __future__ import annotations

from pathlib import Path

from gradio.themes import Base, sizes
from gradio.themes.utils.colors import Color

CSS_PATHS = [Path(__file__).parent / "static" / "page.css"]

_FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "sans-serif")
_MONO = ("ui-monospace", "Consolas", "DejaVu Sans Mono", "monospace")
_SLATE = ("#f8fafc", "#f5f6f8", "#e3e6ec", "#cbd0da", "#9aa2b1", "#6a7386", "#59627a", "#343b48", "#262d37", "#171b21")
_ORANGE = ("#fff7ed", "#fff1e7", "#fed7aa", "#fdba74", "#fb923c", "#c2410c", "#c2410c", "#9a3412", "#7c2d12", "#431407")


def _color(name: str, *shades: str) -> Color:
    return Color(*shades, name=name)


def theme() -> Base:
    """Return the theme: calm cards on a pale ground in light, on near black in dark, orange for what is chosen."""
    base = Base(
        primary_hue=_color("cam-orange", *_ORANGE, "#2b1307"),
        neutral_hue=_color("cam-slate", *_SLATE, "#0f1216"),
        font=_FONT,
        font_mono=_MONO,
        radius_size=sizes.radius_md,
    )
    return base.set(
        body_background_fill="#f5f7f9",
        body_background_fill_dark="#0f1216",
        body_text_color="#14171c",
        body_text_color_dark="#e9ecf1",
        body_text_color_subdued="#59627a",
        body_text_color_subdued_dark="#9aa4b5",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#171b21",
        block_background_fill="#ffffff",
        block_background_fill_dark="#171b21",
        block_radius="12px",
        border_color_primary="#e3e6ec",
        border_color_primary_dark="#2b323d",
        border_color_accent="#c2410c",
        border_color_accent_dark="#fb923c",
        color_accent="#c2410c",
        color_accent_soft="#fff1e7",
        color_accent_soft_dark="#2c1b10",
        input_background_fill="#ffffff",
        input_background_fill_dark="#12161b",
        link_text_color="#b93c08",
        link_text_color_dark="#fb923c",
        slider_color="#c2410c",
        slider_color_dark="#fb923c",
    )
