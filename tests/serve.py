"""Serves the page as `python app.py` does, for the tests: `python tests/serve.py FOLDER`; port and address by environment.

While FOLDER holds a file `hold METHOD`, maps of that method wait, and a file `held METHOD` says that one does. One example
and all classes of EfficientNet-Lite2 carry names that a page must not take for HTML.
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
    import app
    from cam import Store, explain_steps
    from cam.ui import build_page, explore
    from cam.ui.photos import Example, read_examples
    from cam.ui.workbench import Workbench

    class HostileStore(Store):
        def model(self, name, progress=None):
            model = super().model(name, progress)
            if name != "efficientnet_lite2":
                return model
            return dataclasses.replace(model, labels=tuple(HOSTILE + label for label in model.labels))

    def held(trace, method, target=None):
        end = time.monotonic() + LONGEST
        while (folder / f"hold {method}").exists() and time.monotonic() < end:
            (folder / f"held {method}").touch()
            time.sleep(0.02)
        yield from explain_steps(trace, method, target)

    def page(settings):
        examples = read_examples()
        copy = shutil.copy(examples["coffee"].path, folder / "example.jpg")
        examples["hostile"] = Example("hostile", HOSTILE + "example", Path(copy))
        store = HostileStore(model_bytes=settings.bytes_of("model_cache_mb"))
        return build_page(settings, Workbench(settings, examples, store))

    explore.explain_steps = held
    app.build_page = page
    app.main()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    serve(Path(sys.argv[1]))
