"""The command line: `python3 -m veche_verify FILE`, or `python3 veche_verify.py FILE`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
