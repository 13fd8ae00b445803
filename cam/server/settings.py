"""Settings of the page, read from environment variables and checked at start.

Knows names, defaults and ranges; knows nothing about what the values do. Address and port are Gradio's own
`GRADIO_SERVER_NAME` and `GRADIO_SERVER_PORT`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from .memory import machine_memory

MIB = 2**20
_LEAST_TRACES, _MOST_TRACES = 256 * MIB, 3072 * MIB


class SettingsError(ValueError):
    """An environment variable holds something else than its setting allows."""


def _number(default: int, variable: str, low: int, high: int, unit: str, meaning: str) -> Any:
    described = {"variable": variable, "low": low, "high": high, "unit": unit, "meaning": meaning}
    return field(default=default, metadata=described)


def _text(variable: str, pattern: str, unit: str, meaning: str) -> Any:
    """A text, "" by default; `unit` says its form, and its value is never repeated: it may be a secret."""
    return field(
        default="", repr=False, metadata={"variable": variable, "pattern": pattern, "unit": unit, "meaning": meaning}
    )


@dataclass(frozen=True)
class Settings:
    """One field per environment variable; `table()` describes them."""

    model_cache_mb: int = _number(2048, "CAM_MODEL_CACHE_MB", 64, 1 << 20, "MiB", "loaded models kept in memory")
    trace_cache_mb: int = _number(
        0,
        "CAM_TRACE_CACHE_MB",
        0,
        1 << 20,
        "MiB",
        "recorded passes kept in memory; 0: an eighth of the machine's memory, from 256 to 3072",
    )
    photo_cache_mb: int = _number(256, "CAM_PHOTO_CACHE_MB", 16, 1 << 20, "MiB", "opened photos kept in memory")
    map_cache_mb: int = _number(64, "CAM_MAP_CACHE_MB", 1, 1 << 20, "MiB", "finished maps kept in memory")
    max_megapixels: int = _number(
        50, "CAM_MAX_MEGAPIXELS", 1, 1000, "megapixels", "the largest photo that is opened; one is 1024 x 1024"
    )
    max_file_mb: int = _number(20, "CAM_MAX_FILE_MB", 1, 1024, "MiB", "the largest file that can be sent")
    queue_size: int = _number(200, "CAM_QUEUE_SIZE", 1, 100_000, "requests", "how many may wait; more are turned away")
    concurrency: int = _number(4, "CAM_CONCURRENCY", 1, 256, "requests", "how many are worked on at a time")
    sessions: int = _number(200, "CAM_SESSIONS", 1, 100_000, "visitors", "whose last state is kept in memory")
    visitor_mb: int = _number(1000, "CAM_VISITOR_MB", 1, 1 << 20, "MiB", "what one address may send within an hour")
    keep_files_minutes: int = _number(
        60, "CAM_KEEP_FILES_MINUTES", 1, 100_000, "minutes", "until what visitors sent and got is deleted"
    )
    keep_files_mb: int = _number(2048, "CAM_KEEP_FILES_MB", 64, 1 << 24, "MiB", "of such files; the oldest go first")
    grace_seconds: int = _number(
        10, "CAM_GRACE_SECONDS", 0, 3600, "seconds", "for running answers when the page is stopped"
    )
    login: str = _text(
        "CAM_LOGIN", r"[^\s:]+:\S+", "`user:password`", "one login for all visitors; without it the page is open"
    )
    sites: str = _text(
        "CAM_SITES",
        r"https?://[\w.*-]+(:\d+)?(\s+https?://[\w.*-]+(:\d+)?)*",
        "addresses",
        "other sites that may show this page in a frame and write to it, as `https://school.example`",
    )
    examples: str = _text("CAM_EXAMPLES", r".+", "a folder", "whose pictures are the examples, by their files' names")
    models: str = _text(
        "CAM_MODELS", r"[\w.]+([\s,]+[\w.]+)*", "names", "the models that are offered; the page opens on the first one"
    )
    cards: str = _text("CAM_CARDS", r".+", "a file", "with cards of the lesson's, before those that come with the page")
    privacy: str = _text(
        "CAM_PRIVACY",
        r"[^|\n]{1,400}(\|[^|\n]{1,400})?",
        "a line",
        "what the page says where photos are sent; after a bar the same in Chinese",
    )

    hub: str = _text(
        "CAM_HUB",
        r"on|off",
        "`on` or `off`",
        "models of the Hugging Face Hub by their ids; without it on where only this machine reaches the page",
    )
    hub_mb: int = _number(1000, "CAM_HUB_MB", 1, 1 << 20, "MiB", "the largest file of weights that is fetched by an id")
    mcp: int = _number(0, "CAM_MCP", 0, 1, "0 or 1", "1: `/explain` is a tool for language models, by MCP")

    @property
    def trace_bytes(self) -> int:
        """Of recorded passes that are kept, in bytes."""
        share = min(_MOST_TRACES, max(_LEAST_TRACES, machine_memory() // 8))
        return self.bytes_of("trace_cache_mb") or share

    def bytes_of(self, name: str) -> int:
        """A field that is given in MiB, in bytes."""
        return getattr(self, name) * MIB


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings. Raises `SettingsError` with one sentence per wrong variable."""
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for entry in fields(Settings):
        facts = entry.metadata
        text = environment.get(facts["variable"], "").strip()
        if not text:
            continue
        if "pattern" in facts:
            values[entry.name] = text
            if not re.fullmatch(facts["pattern"], text):
                wrong.append(f"{facts['variable']} is not of the form {facts['unit']} ({facts['meaning']}).")
            continue
        try:
            values[entry.name] = int(text)
        except ValueError:
            values[entry.name] = facts["low"] - 1
        if not facts["low"] <= values[entry.name] <= facts["high"]:
            wrong.append(
                f"{facts['variable']}={text[:40]!r} is not a whole number from {facts['low']} to {facts['high']} "
                f"({facts['unit']}: {facts['meaning']}; default {entry.default})."
            )
    if wrong:
        raise SettingsError("\n".join(wrong))
    return Settings(**values)


def by_the_call() -> bool:
    """Whether this process belongs to a Space whose GPU is lent by the call."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def table() -> list[tuple[str, Any, str, str]]:
    """Return `(variable, default, unit, meaning)` for every setting, for documents and their test."""
    return [(e.metadata["variable"], e.default, e.metadata["unit"], e.metadata["meaning"]) for e in fields(Settings)]
