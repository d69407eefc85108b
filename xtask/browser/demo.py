"""The demonstration as a process: started on any free port, waited for, and ended whatever happens."""

import ctypes
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO

from tally import Fault

# Seconds until the exercise must be loaded: a debug build on a busy machine takes a fifth of it.
READY_WITHIN = 120.0
# Seconds that it has to end by itself.
END_WITHIN = 10.0
# Linux: what to be told when the parent dies (prctl, PR_SET_PDEATHSIG).
SIGNAL_OF_PARENTS_DEATH = 1


class Demo:
    """`veche demo` while a `with` block runs."""

    def __init__(self, veche: Path) -> None:
        self.veche = veche
        self.address = ""
        self._lines: queue.Queue[str] = queue.Queue()
        self._process: subprocess.Popen[str] | None = None

    def start(self, arguments: list[str], folder: str | None = None) -> None:
        """Starts the program and reads what it says."""
        self._process = subprocess.Popen(
            [self.veche, *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )
        for stream in (self._process.stdout, self._process.stderr):
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def __enter__(self) -> "Demo":
        self.start(["demo", "--port", "0"])
        try:
            self.address = self._line("http://").rstrip("/")
            self._line("ready:")
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """Ends the process, with force if it does not go."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(END_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put(line.strip())

    def _line(self, start: str) -> str:
        until = time.monotonic() + READY_WITHIN
        seen: list[str] = []
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                said = "\n".join(seen)
                raise Fault(f"no line `{start}..` within {READY_WITHIN:.0f} s; it said:\n{said}") from None
            if line.startswith(start):
                return line
            seen.append(line)


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(SIGNAL_OF_PARENTS_DEATH, signal.SIGTERM)
