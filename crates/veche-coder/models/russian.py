"""Makes the model of Russian from the wheel of natasha 1.6.0 (MIT licence): python3 russian.py WHEEL OUT

The wheel: pip download --no-deps natasha==1.6.0. It holds the networks of Slovnet and the word vectors of Navec, both of news. The
format of what is written is described in ../src/model.rs; the parts are, in their order: words in the order of their bytes, the places
of their vectors' pieces, the pieces, numbers of the morphology, its tags, numbers of the syntax, its relations, numbers of the
network of names, its tags.
"""

import gzip
import hashlib
import io
import json
import struct
import sys
import tarfile
import zipfile

WHEEL = "e12b130d05a0b4d2eb6442092ed5b5769a68a311c17f2095b1aa739fb8d6dc78"
VECTORS = "natasha/data/emb/navec_news_v1_1B_250K_300d_100q.tar"
NETWORK = "natasha/data/model/slovnet_%s_news_v1.tar"
PIECES = 100
VERSION = 2
KIND = 5


def files(wheel, name):
    """Returns the files of an archive in the wheel, by their names."""
    with tarfile.open(fileobj=io.BytesIO(wheel.read(name))) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive}


def arrays(network):
    """Returns the numbers of a network, one array behind the other as their own numbers tell."""
    count = sum(name.startswith("arrays/") for name in network)
    return b"".join(network["arrays/%d.bin" % at] for at in range(count))


def vectors(archive):
    """Returns words in order, where the pieces of each one's vector are, and all pieces."""
    unpacked = gzip.decompress(archive["vocab.bin"])
    (count,) = struct.unpack_from("<I", unpacked)
    words = unpacked[4 + 4 * count :].decode().splitlines()
    pq = archive["pq.bin"]
    found, _, pieces, _ = struct.unpack_from("<4I", pq)
    assert (found, pieces) == (count, PIECES) == (len(words), PIECES)
    places = [pq[16 + at * PIECES : 16 + (at + 1) * PIECES] for at in range(count)]
    pairs = sorted(zip((word.encode() for word in words), places))
    listed = b"".join(word + b"\n" for word, _ in pairs)
    return listed, b"".join(place for _, place in pairs), pq[16 + count * PIECES :]


def aligned(data):
    return data + bytes(-len(data) % 64)


def model(parts):
    body = aligned(b"\0")
    for part in parts:
        body += aligned(struct.pack("<Q", len(part))) + aligned(part)
    header = b"veche model".ljust(16, b"\0") + struct.pack("<IIQ", VERSION, KIND, len(body))
    return header + hashlib.sha256(body).digest() + body


def main(source, target):
    with open(source, "rb") as file:
        data = file.read()
    found = hashlib.sha256(data).hexdigest()
    if found != WHEEL:
        sys.exit("error: %s has the SHA-256 %s, not %s of natasha 1.6.0" % (source, found, WHEEL))
    wheel = zipfile.ZipFile(io.BytesIO(data))
    morphology, syntax, names = (files(wheel, NETWORK % name) for name in ("morph", "syntax", "ner"))
    for network in (morphology, syntax, names):
        shapes = json.loads(network["model.json"])["emb"]["shape"]["weight"]["shape"]
        assert shapes == [66, 30], shapes
    parts = [
        *vectors(files(wheel, VECTORS)),
        arrays(morphology),
        gzip.decompress(morphology["vocabs/tag.gz"]),
        arrays(syntax),
        gzip.decompress(syntax["vocabs/rel.gz"]),
        arrays(names),
        gzip.decompress(names["vocabs/tag.gz"]),
    ]
    written = model(parts)
    with open(target, "wb") as file:
        file.write(written)
    print("%s: %d bytes, body %s" % (target, len(written), written[32:64].hex()))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("error: give natasha's wheel and the file to write")
    main(sys.argv[1], sys.argv[2])
