# SPDX-License-Identifier: MIT
"""The seals of an archive's pages, made again after its file was changed past
mailcart: what an enemy would do, too.  Written from the format, not from the
program: core/archive/seal.h."""
import struct

FACTOR, SEED = 0x9e3779b97f4a7c15, 0x6d61696c63617274
ALL = (1 << 64) - 1
OCTETS = 8


def page_octets(header):
    """0: a file without seals."""
    size, = struct.unpack(">H", header[16:18])
    return (65536 if size == 1 else size) if header[20] == OCTETS else 0


def mix(words):
    total = SEED
    for word in words:
        total = (total ^ word) * FACTOR & ALL
        total = (total ^ total >> 32) * FACTOR & ALL
    return total


def sum_of(page, number):
    """Every fourth word into one of four sums, which are summed up."""
    words = struct.unpack(f"<{len(page) // 8 - 1}Q", page[:-OCTETS])
    return struct.pack("<Q", mix(mix((number, *words[lane::4]))
                                 for lane in range(4)))


def seal(path):
    """Every page of a file that has seals; nobody has it open."""
    with open(path, "r+b") as file:
        header = file.read(100)
        size = page_octets(header) if len(header) == 100 else 0
        number, offset = 1, 0
        while size:
            file.seek(offset)
            page = file.read(size)
            if len(page) < size:
                break
            told = sum_of(page, number)
            if told != page[-OCTETS:]:
                file.seek(offset + size - OCTETS)
                file.write(told)
            number, offset = number + 1, offset + size
