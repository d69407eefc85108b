"""Counts what was looked at: a case passes, or says what is wrong."""

import sys
import time
import traceback
from collections.abc import Callable


class Fault(Exception):
    """Something on a page that should not be so."""


class Tally:
    """Runs cases one after the other; a case that fails does not stop the next."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    def case(self, name: str, look: Callable[[], None]) -> bool:
        """Runs a case and returns whether it passed."""
        began = time.monotonic()
        try:
            look()
        except Fault as fault:
            self._fail(name, str(fault))
            return False
        except Exception:  # A case that breaks is one that failed, and the others still count.
            self._fail(name, traceback.format_exc())
            return False
        self.passed += 1
        print(f"ok {time.monotonic() - began:5.1f} s  {name}", flush=True)
        return True

    def _fail(self, name: str, said: str) -> None:
        self.failed += 1
        print(f"FAILED {name}\n    {said.strip().replace(chr(10), chr(10) + '    ')}", flush=True)

    def closing(self) -> str:
        """Returns the line that `cargo xtask test` reads."""
        return f"{self.passed} passed, {self.failed} failed"


def expect(holds: bool, otherwise: str) -> None:
    """Raises a fault unless something holds."""
    if not holds:
        raise Fault(otherwise)


def say(line: str) -> None:
    """Tells how it goes on, apart from the cases."""
    print(line, file=sys.stderr, flush=True)
