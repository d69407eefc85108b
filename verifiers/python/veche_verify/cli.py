"""Arguments, answers and exit codes: formats/certificate.md section 7."""

import argparse
import json
import sys
from pathlib import Path

from .canonical import is_hash
from .certificate import Verified, verify
from .errors import Invalid

VALID, USAGE, INVALID = 0, 2, 5


def answer(file: Path, charter: str | None) -> Verified | str:
    """Returns what a certificate says, or why it is refused; no bytes make it fail otherwise."""
    try:
        return verify(file.read_bytes(), charter)
    except Invalid as error:
        return str(error)
    except Exception as error:  # A fault of this program, or a charter of no sense: never valid, always told.
        return f"{type(error).__name__}: {error}"


def _lines(verified: Verified, explain: bool) -> list[str]:
    lines = [f"valid: {verified.organisation}, charter {verified.charter}"]
    for decision in verified.decisions:
        what = f"paragraph {decision['paragraph']}" if "paragraph" in decision else "text"
        binds = ", ".join(decision["binds"]) or "nobody"
        lines.append(f"  {what}: {decision['outcome']} at {decision['at']} ({decision['state']}), binds {binds}")
    if explain:
        lines += [f"  {line}" for line in verified.explanation]
    return lines


def _json(found: Verified | str) -> str:
    if isinstance(found, str):
        return json.dumps({"valid": False, "why": found}, ensure_ascii=False)
    return json.dumps({"valid": True} | vars(found), ensure_ascii=False)


def _batch(folder: Path, charter: str | None) -> int:
    for file in sorted(path for path in folder.iterdir() if path.is_file()):
        found = answer(file, charter)
        invalid = isinstance(found, str)
        # A reason is one line, whatever names the bytes held.
        why = " ".join(repr(found)[1:-1].split()) if invalid else ""
        print(f"{file.name} {f'invalid {why}' if invalid else 'valid'}")
    return VALID


def main(arguments: list[str]) -> int:
    """Runs the command and returns its exit code."""
    parser = argparse.ArgumentParser(prog="veche_verify", description="Verifies a decision certificate, offline.")
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help="the certificate")
    parser.add_argument("--charter", metavar="HASH", help="the SHA-256 of the charter that you trust")
    parser.add_argument("--json", action="store_true", help="answer as one JSON object")
    parser.add_argument("--explain", action="store_true", help="also tell how each result came about")
    parser.add_argument("--batch", metavar="DIR", type=Path, help="one line for each file of a folder")
    given = parser.parse_args(arguments)
    if (given.file is None) == (given.batch is None):
        parser.error("name one FILE, or --batch DIR")
    if given.charter is not None and not is_hash(given.charter):
        parser.error("--charter takes 64 lower-case hexadecimal digits")
    source = given.batch or given.file
    if not (source.is_dir() if given.batch else source.is_file()):
        parser.error(f"cannot read {source}")
    if given.batch:
        return _batch(given.batch, given.charter)
    found = answer(given.file, given.charter)
    if given.json:
        print(_json(found))
    elif isinstance(found, str):
        print(f"invalid: {found}", file=sys.stderr)
    else:
        print("\n".join(_lines(found, given.explain)))
    return INVALID if isinstance(found, str) else VALID
