# SPDX-License-Identifier: MIT
"""A small .pst file, made after [MS-PST] (the Unicode format), with as much in
it as readpst asks for: a store, folders, messages with their headers."""
import struct

PAGE = 512
STORE, ROOT, TOP = 0x21, 0x122, 0x8022
STRING, INTEGER, TIME, BINARY = 0x1f, 0x03, 0x40, 0x102


def heap(items, client):
    """A heap on a node, [MS-PST] 2.3.1: hid n is (n << 5) for n from 1 on;
    the first is its root."""
    at, starts = 12, []
    body = b""
    for item in items:
        starts.append(at)
        body += item
        at += len(item)
    starts.append(at)
    if at % 2:
        body, at = body + b"\0", at + 1
    table = struct.pack(f"<HH{len(starts)}H", len(items), 0, *starts)
    return struct.pack("<HBBII", at, 0xec, client, 1 << 5, 0) + body + table


def properties(rows):
    """A property context, 2.3.3: {id: (type, value)}."""
    values, records = [], b""
    for key, (kind, value) in sorted(rows.items()):
        if kind == STRING:
            value = value.encode("utf-16-le")
        if kind == INTEGER:
            what = struct.pack("<I", value)
        else:
            values.append(value)
            what = struct.pack("<I", (2 + len(values)) << 5)
        records += struct.pack("<HH", key, kind) + what
    header = struct.pack("<BBBBI", 0xb5, 2, 6, 0, 2 << 5)
    return heap([header, records] + values, 0xbc)


class Pst:
    def __init__(self):
        self.nodes = []  # nid, parent, data
        entry = struct.pack("<I", 0) + bytes(16) + struct.pack("<I", TOP)
        self.add(STORE, 0, {0x3001: (STRING, "Outlook data file"),
                            0x35e0: (BINARY, entry),
                            0x35df: (INTEGER, 0x89)})
        self.add(ROOT, ROOT, self.folder_rows(""))
        self.add(TOP, ROOT, self.folder_rows("Top of Outlook data file"))
        self.next = 0x8042

    @staticmethod
    def folder_rows(name, count=0):
        return {0x3001: (STRING, name), 0x3602: (INTEGER, count),
                0x3603: (INTEGER, 0), 0x360a: (INTEGER, 1),
                0x3613: (STRING, "IPF.Note")}

    def add(self, nid, parent, rows):
        self.nodes.append((nid, parent, properties(rows)))

    def folder(self, name, parent=TOP, count=1):
        nid, self.next = self.next, self.next + 0x20
        self.add(nid, parent, self.folder_rows(name, count))
        return nid

    def message(self, folder, text, read, when=127493712000000000):
        """text: headers, a blank line, and a body."""
        nid, self.next = self.next - 2 + 4, self.next + 0x20
        headers, body = text.replace("\n", "\r\n").split("\r\n\r\n", 1)
        subject = [line[9:] for line in headers.split("\r\n")
                   if line.startswith("Subject: ")][0]
        self.add(nid, folder, {
            0x001a: (STRING, "IPM.Note"), 0x0037: (STRING, subject),
            0x007d: (STRING, headers + "\r\n\r\n"), 0x0e06: (TIME, struct.pack(
                "<Q", when)),
            0x0039: (TIME, struct.pack("<Q", when)),
            0x0c1a: (STRING, "a@example.org"),
            0x0c1f: (STRING, "a@example.org"), 0x0c1e: (STRING, "SMTP"),
            0x0e07: (INTEGER, 1 if read else 0), 0x1000: (STRING, body)})

    def octets(self):
        out = bytearray(PAGE * 3)
        blocks, nodes = [], []
        for at, (nid, parent, data) in enumerate(self.nodes):
            bid = (at + 1) << 2
            size = (len(data) + 16 + 63) // 64 * 64
            blocks.append(struct.pack("<QQHHI", bid, len(out), len(data), 2,
                                      0))
            nodes.append(struct.pack("<QQQII", nid, bid, 0, parent, 0))
            out += data.ljust(size - 16, b"\0") + struct.pack(
                "<HHIQ", len(data), 0, 0, bid)
        out += bytes(-len(out) % PAGE)
        nbt, bbt = len(out), len(out) + PAGE
        out += self.tree(sorted(nodes, key=lambda row: row[:8][::-1]), 0x81,
                         0x1001)
        out += self.tree(blocks, 0x80, 0x1002)
        out[:564] = self.header(len(out), nbt, bbt)
        return bytes(out)

    @staticmethod
    def tree(rows, kind, bid):
        """One leaf, 2.2.2.7.7."""
        size = len(rows[0])
        assert size * len(rows) <= 488
        body = b"".join(rows).ljust(488, b"\0") + struct.pack(
            "<BBBB", len(rows), 488 // size, size, 0) + bytes(4)
        return body + struct.pack("<BBHIQ", kind, kind, 0, 0, bid)

    @staticmethod
    def header(size, nbt, bbt):
        root = struct.pack("<IQQQQQQQQBBH", 0, size, 0, 0, 0, 0x1001, nbt,
                           0x1002, bbt, 2, 0, 0)
        head = struct.pack("<4sI2sHHBBIIQQI", b"!BDN", 0, b"SM", 23, 19, 1, 1,
                           0, 0, 0, 0x2000, 1) + bytes(128) + bytes(8)
        head = head + root + bytes(4) + b"\xff" * 256
        head += struct.pack("<BBHQI", 0x80, 0, 0, 0x2000, 0)
        return head.ljust(564, b"\0")
