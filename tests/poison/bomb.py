# SPDX-License-Identifier: MIT
"""Small files that become large ones, written without making the large one."""
import bz2
import lzma
import struct
import zlib

MIB = 1 << 20


def zstd(path, head, octet, mib):
    """head, then so many MiB of one octet, at four octets for 128 KiB."""
    def block(kind, size, data, last=0):
        return struct.pack("<I", size << 3 | kind << 1 | last)[:3] + data

    with open(path, "wb") as out:
        out.write(b"\x28\xb5\x2f\xfd\x00\x38")
        out.write(block(0, len(head), head))
        out.write(block(1, 1 << 17, octet) * (mib * 8))
        out.write(block(0, 0, b"", 1))


def _stream(path, packer, head, octet, mib):
    with open(path, "wb") as out:
        out.write(packer.compress(head))
        for _ in range(mib):
            out.write(packer.compress(octet * MIB))
        out.write(packer.flush())


def gzip(path, head, octet, mib):
    _stream(path, zlib.compressobj(9, zlib.DEFLATED, 31), head, octet, mib)


def bzip2(path, head, octet, mib):
    _stream(path, bz2.BZ2Compressor(), head, octet, mib)


def xz(path, head, octet, mib):
    _stream(path, lzma.LZMACompressor(preset=0), head, octet, mib)


def zstd_window(path):
    """A frame that asks for a window of 2 GiB."""
    with open(path, "wb") as out:
        out.write(b"\x28\xb5\x2f\xfd\x00" + bytes([21 << 3]))
        out.write(struct.pack("<I", 5 << 3 | 1)[:3] + b"From ")
