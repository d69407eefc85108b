"""Canonical JSON: formats/record.md section 2.

A value has exactly one form, so a text is canonical if writing what was read gives the same bytes.
"""

import json
import re
from typing import Any

from .errors import Invalid, need

INTEGER_MAX = 2**53 - 1
DEPTH_MAX = 32
HASH = re.compile(r"[0-9a-f]{64}")


def _fraction(text: str) -> None:
    raise Invalid(f"json: `{text}` is not a whole number")


def write(value: Any) -> bytes:
    """Returns the one form of a value."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    except UnicodeEncodeError as error:
        raise Invalid("json: half of a surrogate pair") from error


def _check(value: Any, depth: int) -> None:
    """Refuses what JSON has and the subset has not."""
    need(value is not None, "json: null")
    if isinstance(value, int) and not isinstance(value, bool):
        need(abs(value) <= INTEGER_MAX, "json: an integer is at most 2^53 - 1 either way")
    elif isinstance(value, (dict, list)):
        need(depth < DEPTH_MAX, f"json: more than {DEPTH_MAX} arrays and objects inside one another")
        if isinstance(value, dict):
            for key in value:
                plain = key and all(" " <= c <= "~" and c not in '"\\' for c in key)
                need(plain, f"json: the key {key!r} is not plain")
        for part in value.values() if isinstance(value, dict) else value:
            _check(part, depth + 1)


def read(data: bytes) -> Any:
    """Reads one canonical value; any other byte is refused."""
    try:
        value = json.loads(data.decode(), parse_float=_fraction, parse_constant=_fraction)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"json: {type(error).__name__}") from error
    _check(value, 0)
    need(write(value) == data, "json: not the one form of its value")
    return value


def is_int(value: Any, low: int = 0, high: int = INTEGER_MAX) -> bool:
    """Whether `value` is an integer (a boolean is none) from `low` to `high`."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def is_hash(value: Any) -> bool:
    """Whether `value` is 64 lower-case hexadecimal digits."""
    return isinstance(value, str) and HASH.fullmatch(value) is not None


def keys(value: Any, required: str, optional: str = "") -> dict[str, Any]:
    """Returns `value` if it is an object with the required keys and no others than the optional ones.

    Both are names with a space between.
    """
    if not isinstance(value, dict):
        raise Invalid("form: an object is wanted")
    names, must = set(value), set(required.split())
    need(must <= names, f"form: `{' '.join(sorted(must - names))}` is missing")
    other = names - must - set(optional.split())
    need(not other, f"form: `{' '.join(sorted(other))}` is not known")
    return value
