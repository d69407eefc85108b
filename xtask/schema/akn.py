"""Validates documents against the schema of Akoma Ntoso 3.0, with libxml2.

`cargo xtask test` runs it over what the tests of veche-exchange leave; by hand:

    VECHE_AKN_OUT=target/akn cargo test -p veche-exchange
    .venv/bin/python xtask/schema/akn.py ../shared/data/exchange/akn/akomantoso30.xsd target/akn

Its last line is `N passed, M failed`; it ends with 1 if anything failed.
"""

import sys
from pathlib import Path

from lxml import etree

# Faults shown, in all: more would push the first, which tell most, off the screen.
SHOWN = 20


def main() -> int:
    schema_file, folder = sys.argv[1:]
    # Nothing is fetched: the schema's one import lies beside it.
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    schema = etree.XMLSchema(etree.parse(schema_file, parser))
    passed = failed = shown = 0
    for file in sorted(Path(folder).glob("*.xml")):
        if schema.validate(etree.parse(str(file), parser)):
            passed += 1
            continue
        failed += 1
        for fault in schema.error_log:
            if shown < SHOWN:
                print(f"{file}:{fault.line}: {fault.message}")
                shown += 1
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
