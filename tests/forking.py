"""Processes that have the page's libraries from their first moment: forked from one that imported them, once for all.

Starting the page takes ten seconds of processor time for imports, and tests start it often. `Forks` begins a process
that waits for wishes at a socket; the first one makes it import the libraries. Each wish is a command line of Python's
(`-c CODE` or a script), a folder, an environment and a log; the process that is forked for it runs it as `__main__`.
What tests how a process is started starts one of its own instead.
"""

import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = "TESTS_FORKS"  # the environment variable with the folder of the socket
# What Gradio read from the environment when it was imported, and reads nowhere else.
READ_ONCE = {
    "INITIAL_PORT_VALUE": ("GRADIO_SERVER_PORT", int),
    "LOCALHOST_NAME": ("GRADIO_SERVER_NAME", str),
    "DEFAULT_TEMP_DIR": ("GRADIO_TEMP_DIR", str),
}


class Forks:
    """The process that forks, from `__init__` to `end`; it begins nothing before it is asked to."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="forks-")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"{self.folder.name}/socket")
            listener.listen(16)
            command = [sys.executable, __file__, str(listener.fileno())]
            known = {name: value for name, value in os.environ.items() if not name.startswith(("CAM_", "GRADIO_"))}
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, pass_fds=[listener.fileno()], env=known | {"PYTHONUNBUFFERED": "1"}
            )
        os.environ[ADDRESS] = self.folder.name

    def end(self):
        """End the process, and with it what it forked and still runs."""
        os.environ.pop(ADDRESS, None)
        self.process.stdin.close()
        self.process.wait()
        self.folder.cleanup()


class Forked:
    """A process that was forked; it is asked and ended as a `subprocess.Popen` is."""

    def __init__(self, arguments, folder, environment, log):
        wish = {"arguments": arguments, "folder": str(folder), "environment": environment, "log": str(log)}
        self.returncode = None
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(os.environ[ADDRESS] + "/socket")
            asking.sendall(json.dumps(wish).encode() + b"\n")
            self.pid = int(asking.makefile().readline())
        self._ended = Path(os.environ[ADDRESS], str(self.pid))

    def poll(self):
        if self.returncode is None:
            with suppress(FileNotFoundError):
                self.returncode = int(self._ended.read_text())
        return self.returncode

    def wait(self, timeout=None):
        end = time.monotonic() + (timeout or float("inf"))
        while self.poll() is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(0.01)
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)


def possible():
    """Whether `Forked` works here."""
    return ADDRESS in os.environ


def printed(code):
    """What Python's `code` prints in a process that did nothing else; raises `CalledProcessError` where it fails."""
    if not possible():
        command = [sys.executable, "-c", code]
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        process = Forked(["-c", code], ROOT, dict(os.environ), log)
        if process.wait():
            raise subprocess.CalledProcessError(process.returncode, code, log.read_text())
        return log.read_text()


# --- the process that forks ------------------------------------------------------------------------------------------


def imported():
    """Import what the page takes; the environment variables that this sets."""
    before = dict(os.environ)
    import cam.page.run  # noqa: F401, I001
    import timm  # noqa: F401
    import torchvision  # noqa: F401
    import uvicorn  # noqa: F401

    return {name: value for name, value in os.environ.items() if before.get(name) != value}


def wishes(listener, folder):
    """Answer each wish with a new process; in that process, return the wish. Returns None when standard input ends."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal, for the tests; they end this by its standard input
    running, environment = set(), None
    while True:
        ready, _, _ = select.select([sys.stdin, listener, reading], [], [])
        if reading in ready:
            os.read(reading, 4096)
            note_ends(running, folder)
        if sys.stdin in ready:
            for pid in running:
                os.kill(pid, signal.SIGKILL)
            return None
        if listener not in ready:
            continue
        asking, _ = listener.accept()
        wish = json.loads(asking.makefile().readline())
        environment = imported() if environment is None else environment
        if not (pid := os.fork()):
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL if number == signal.SIGCHLD else signal.default_int_handler)
            for one in (asking, listener):
                one.close()
            for one in (reading, writing):
                os.close(one)
            return wish | {"environment": environment | wish["environment"]}
        running.add(pid)
        asking.sendall(b"%d\n" % pid)
        asking.close()


def note_ends(running, folder):
    """Leave the exit status of each process that has ended in a file of its name."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        running.discard(pid)
        (folder / f"{pid}.new").write_text(str(os.waitstatus_to_exitcode(status)))
        (folder / f"{pid}.new").rename(folder / str(pid))


def run(wish):
    """Be the process that was asked for."""
    os.chdir(wish["folder"])
    os.environ.clear()
    os.environ.update(wish["environment"])
    log = os.open(wish["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for old, new in ((log, 1), (log, 2), (nothing, 0)):
        os.dup2(old, new)
    for module in list(sys.modules.values()):
        if module and module.__name__.partition(".")[0] in ("gradio", "gradio_client"):
            for name, (variable, kind) in READ_ONCE.items():
                if hasattr(module, name) and variable in os.environ:
                    setattr(module, name, kind(os.environ[variable]))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)
    first, *rest = wish["arguments"]
    if first == "-c":
        sys.argv = ["-c", *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = [first, *rest]
        sys.path[0] = str(Path(first).parent)
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    sys.path.insert(1, str(ROOT))
    with socket.socket(fileno=int(sys.argv[1])) as waiting:
        wish = wishes(waiting, Path(waiting.getsockname()).parent)
    if wish:
        run(wish)
