"""The container: formats/certificate.md section 1. A ZIP that is written in one way only."""

import struct
import zlib

from .errors import Invalid, need

BYTES_MAX, FILES_MAX = 67_108_864, 60_000
LOCAL, CENTRAL, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
# Version 20, flags 0x0800, method 0, time 0, date 0x0021; then CRC-32, both sizes, length of the name, no extra field.
FIXED = struct.pack("<HHHHH", 20, 0x0800, 0, 0, 0x0021)
REST = struct.Struct("<IIIHH")


def write(files: dict[str, bytes]) -> bytes:
    """Returns the one container of these files."""
    body, directory = bytearray(), bytearray()
    for name in sorted(files, key=str.encode):
        data, raw = files[name], name.encode()
        entry = FIXED + REST.pack(zlib.crc32(data), len(data), len(data), len(raw), 0)
        directory += CENTRAL + struct.pack("<H", 20) + entry + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + raw
        body += LOCAL + entry + raw + data
    count = len(files)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + END + end)


def read(data: bytes) -> dict[str, bytes]:
    """Reads the files and refuses any byte that writing them again would not give."""
    need(len(data) <= BYTES_MAX, f"container: above {BYTES_MAX} bytes")
    files: dict[str, bytes] = {}
    at, head = 0, 4 + len(FIXED) + REST.size
    while data[at : at + 4] == LOCAL:
        need(len(data) >= at + head, "container: cut short")
        _, size, _, name_len, _ = REST.unpack_from(data, at + 4 + len(FIXED))
        start = at + head + name_len
        try:
            name = data[at + head : start].decode()
        except UnicodeDecodeError as error:
            raise Invalid("container: a name that is not UTF-8") from error
        need(name not in files, f"container: {name} stands twice")
        files[name] = data[start : start + size]
        at = start + size
        need(len(files) <= FILES_MAX, f"container: above {FILES_MAX} files")
    need(write(files) == data, "container: not the bytes that its files give")
    return files
