#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_layers finds what is planted, and nothing else."""
import pathlib
import tempfile
import unittest

import check_layers

HEADERS = ["core/base/b.h", "core/msg/m.h", "core/net/n.h",
           "core/archive/a.h", "core/source/s.h", "core/target/t.h",
           "core/plan/p.h", "core/job/job.h", "core/job/inner.h", "cmd/c.h"]

FINE = [
    ("core/msg/x.c", '#include "base/b.h"'),
    ("core/msg/x.c", '#include "msg/m.h"'),
    ("core/net/x.c", "#include <gnutls/gnutls.h>"),
    ("core/net/x.c", "#include <libetpan/mailstream.h>"),
    ("core/archive/x.c", "#include <sqlite3.h>"),
    ("core/archive/x.c", '#include "archive/statements.h"'),
    ("core/base/x.c", "#include <nettle/sha2.h>"),
    ("core/source/x.c", '#include "net/n.h"'),
    ("core/source/x.c", "#include <zstd_errors.h>"),
    ("core/job/x.c", '#include "archive/a.h"'),
    ("core/job/x.c", "#include <pthread.h>"),
    ("core/job/x.c", "void f(void) { pthread_create(); }"),
    ("core/archive/x.c", "#include <pthread.h>"),
    ("cmd/x.c", '#include "job/job.h"'),
    ("cmd/x.c", "void f(void) { printf(); exit(1); getenv(0); }"),
    ("core/base/x.c", '/* #include "job/job.h" and printf() */'),
    ("core/base/x.c", 'const char *s = "printf(stderr)";'),
    ("core/base/x.c", "int f(void) { return snprintf(0, 0, 0); }"),
    ("core/base/x.c", "int f(void) { return mc_buf_printf(); }"),
]

PLANTED = [
    ("base is the ground", "core/base/x.c", '#include "msg/m.h"'),
    ("nothing points up", "core/msg/x.c", '#include "job/job.h"'),
    ("nor sideways", "core/net/x.c", '#include "msg/m.h"'),
    ("source and target never meet", "core/source/x.c",
     '#include "target/t.h"'),
    ("nor source and archive", "core/source/x.c", '#include "archive/a.h"'),
    ("plan is pure", "core/plan/x.c", '#include "net/n.h"'),
    ("a header counts as well", "core/plan/x.h", '#include "net/n.h"'),
    ("cmd does not reach below job", "cmd/x.c", '#include "net/n.h"'),
    ("nor inside it", "cmd/x.c", '#include "job/inner.h"'),
    ("core does not know cmd", "core/job/x.c", '#include "cmd/c.h"'),
    ("TLS outside net", "core/job/x.c", "#include <gnutls/gnutls.h>"),
    ("libetpan outside net", "core/msg/x.c", "#include <libetpan/mime.h>"),
    ("SQLite outside archive", "core/job/x.c", "#include <sqlite3.h>"),
    ("zstd where nothing is packed", "core/msg/x.c", "#include <zstd.h>"),
    ("zlib outside source", "core/archive/x.c", "#include <zlib.h>"),
    ("a filter outside cmd", "core/job/x.c", "#include <seccomp.h>"),
    ("Nettle outside base", "core/msg/x.c", "#include <nettle/sha2.h>"),
    ("threads outside job", "core/net/x.c", "#include <pthread.h>"),
    ("threads of the archive", "core/archive/x.c",
     "void f(void) { pthread_create(); }"),
    ("a library nobody has heard of", "core/base/x.c",
     "#include <boost/any.h>"),
    ("a way around", "core/msg/x.c", '#include "../job/job.h"'),
    ("a header beside", "core/msg/x.c", '#include "m.h"'),
    ("blanks in the way", "core/msg/x.c", ' #  include   "job/job.h"'),
    ("a comment in the way", "core/msg/x.c", '#include /**/ "job/job.h"'),
    ("a macro", "core/msg/x.c", "#include HEADER"),
    ("a file that is not there", "core/msg/x.c", '#include "base/none.h"'),
    ("an unknown room", "core/attic/x.c", ""),
    ("printing", "core/msg/x.c", 'void f(void) { printf("x"); }'),
    ("printing errors", "core/msg/x.c",
     'void f(void) { fprintf(stderr, "x"); }'),
    ("exiting", "core/job/x.c", "void f(void) { exit(1); }"),
    ("the environment", "core/net/x.c", 'void f(void) { getenv("X"); }'),
]


class CheckLayers(unittest.TestCase):
    def check(self, name, text):
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            for header in HEADERS:
                (root / header).parent.mkdir(parents=True, exist_ok=True)
                (root / header).touch()
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(f"/* a\n comment */\n{text}\n")
            return check_layers.check(root)

    def test_fine(self):
        for name, text in FINE:
            with self.subTest(name=name, text=text):
                self.assertEqual(self.check(name, text), [])

    def test_planted(self):
        for proves, name, text in PLANTED:
            with self.subTest(proves):
                found = self.check(name, text)
                self.assertEqual(len(found), 1, found)
                self.assertTrue(found[0].startswith(name), found)

    def test_nothing_is_not_fine(self):
        with tempfile.TemporaryDirectory() as directory:
            self.assertTrue(check_layers.check(pathlib.Path(directory)))

    def test_line_numbers(self):
        found = self.check("core/base/x.c", '\n#include "job/job.h"')
        self.assertTrue(found[0].startswith("core/base/x.c:4: "), found)


if __name__ == "__main__":
    unittest.main()
