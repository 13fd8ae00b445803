"""Serves the page for the tests as `python app.py` does: `python tests/serve.py FOLDER`; settings by environment.

While FOLDER holds a file `hold LAYER`, whatever asks for that layer waits, and a file `held LAYER` says that something
does; while it holds a file `busy`, there is no time for what nobody waits for. One example and all classes of
EfficientNet-Lite2 carry names that a page must not take for HTML.
"""

import dataclasses
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOSTILE = '<img src=x onerror="window.broken=1"><b>bold</b> & '
LONGEST = 120.0  # seconds that anything is held


def serve(folder: Path) -> None:
    from cam import Store
    from cam.page import build_page, run
    from cam.server.app_state import AppState
    from cam.server.photos import Example, read_examples
    from cam.server.scheduler import Scheduler

    class TestStore(Store):
        def model(self, name, layer=None, **options):
            model = super().model(name, layer, **options)
            if name != "efficientnet_lite2":
                return model
            return dataclasses.replace(model, labels=tuple(HOSTILE + label for label in model.labels))

    class TestState(AppState):
        def trace(self, photo, model, layer, fit, detail=1.0):
            end = time.monotonic() + LONGEST
            while (folder / f"hold {layer}").exists() and time.monotonic() < end:
                (folder / f"held {layer}").touch()
                time.sleep(0.02)
            return super().trace(photo, model, layer, fit, detail)

    class TestScheduler(Scheduler):
        @property
        def idle(self):
            return not (folder / "busy").exists() and super().idle

    def page(settings):
        examples = read_examples()
        copy = shutil.copy(examples["coffee"].path, folder / "example.jpg")
        examples["hostile"] = Example("hostile", HOSTILE + "example", Path(copy))
        store = TestStore(model_bytes=settings.bytes_of("model_cache_mb"), at_a_time=settings.concurrency)
        app_state = TestState(settings, examples, store)
        app_state.scheduler = TestScheduler(settings.concurrency, settings.queue_size)
        return build_page(settings, app_state)

    run.build_page = page
    run.main()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    serve(Path(sys.argv[1]))
