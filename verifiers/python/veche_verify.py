"""Verifies a decision certificate with nothing but Python 3.11: `python3 veche_verify.py FILE [--charter HASH]`."""

import sys
from pathlib import Path

# The folder veche_verify beside this file, which Python prefers to a file of that name.
sys.path.insert(0, str(Path(__file__).parent))

from veche_verify.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
