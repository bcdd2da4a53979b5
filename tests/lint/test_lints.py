# SPDX-License-Identifier: LGPL-2.1-or-later
"""A lint that never complains proves nothing: each is shown a planted fault and a clean tree."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import format as clang_format  # the module beside this file, not the built-in function
import headers
import layering
import purity
import shell
import spdx
import stateless
import tidy
import tree

CC = os.environ.get("CC", "cc").split()
# In two halves, or this file's own line would count as its licence.
TAG = "SPDX-License-Identifier: " + "LGPL-2.1-or-later"


class LintTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lint-")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def plant(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return Path(name)

    def assert_clean(self, complaints):
        self.assertEqual(list(complaints), [])

    def assert_caught(self, complaints, *words):
        """Exactly one complaint, with all these words in it."""
        found = list(complaints)
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])


class Layering(LintTest):
    def lint(self, name, include):
        return layering.complaints(self.root, [self.plant(name, f"#include {include}\n")])

    def test_includes_that_go_down_are_fine(self):
        for name, include in (
            ("include/sockwatch/tally.h", '"sockwatch/sock.h"'),
            ("src/base/hash.c", "<xxhash.h>"),
            ("src/core/tally.c", '"base/hash.h"'),
            ("src/diag/decode.c", "<libmnl/libmnl.h>"),
            ("src/render/json.c", "<jansson.h>"),
            ("src/daemon/main.c", "<systemd/sd-event.h>"),
            ("src/cli/status.c", '"io/netlink.h"'),
            ("src/core/tally.c", "<linux/inet_diag.h>"),
        ):
            with self.subTest(name=name, include=include):
                self.assert_clean(self.lint(name, include))

    def test_includes_that_climb_or_go_sideways_are_caught(self):
        for name, include in (
            ("include/sockwatch/tally.h", '"base/hash.h"'),
            ("src/base/hash.c", '"sockwatch/tally.h"'),
            ("src/core/tally.c", '"io/netlink.h"'),
            ("src/core/tally.c", '"diag/decode.h"'),
            ("src/render/json.c", '"core/tally.h"'),
            ("src/io/netlink.c", '"render/json.h"'),
            ("src/daemon/main.c", '"cli/status.h"'),
            ("src/cli/status.c", '"daemon/options.h"'),
        ):
            with self.subTest(name=name, include=include):
                self.assert_caught(self.lint(name, include), name, include.strip('"'))

    def test_foreign_headers_stay_where_they_belong(self):
        for name, include in (
            ("src/core/tally.c", "<libmnl/libmnl.h>"),
            ("src/io/journal.c", "<systemd/sd-journal.h>"),
            ("src/daemon/main.c", "<jansson.h>"),
            ("src/core/tally.c", "<xxhash.h>"),
        ):
            with self.subTest(name=name, include=include):
                self.assert_caught(self.lint(name, include), "out of bounds")

    def test_there_is_no_way_around_the_table(self):
        self.assert_caught(self.lint("src/core/a.c", '"base/../io/netlink.h"'), "FOLDER/NAME.h")
        self.assert_caught(self.lint("src/core/b.c", '"tally.h"'), "FOLDER/NAME.h")
        self.assert_caught(self.lint("src/core/c.c", "<io/netlink.h>"), "quotes")
        self.assert_caught(self.lint("src/attic/d.c", "<stdio.h>"), "no known floor")


class ArchiveTest(LintTest):
    def archive(self, source):
        self.plant("part.c", source)
        # -w: builtins are declared here as suits the test.
        command = [*CC, "-w", "-O1", "-c", "part.c", "-o", "part.o"]
        subprocess.run(command, cwd=self.root, check=True)
        subprocess.run(["ar", "rcs", "part.a", "part.o"], cwd=self.root, check=True)
        return self.root / "part.a"


class Purity(ArchiveTest):
    def lint(self, source):
        return purity.complaints(purity.undefined("nm", self.archive(source))[1])

    def test_computing_and_allocating_is_pure(self):
        self.assert_clean(self.lint("""
            #include <math.h>
            #include <stdlib.h>
            #include <string.h>
            void *own(const char *text);
            void *own(const char *text) { return malloc(strlen(text)); }
            double f(double x);
            double f(double x) { return log(x) + *(double *)own("x"); }
        """))

    def test_impure_calls_are_caught(self):
        for call in (
            "clock_gettime", "time", "open", "read", "write", "getenv", "printf", "puts", "exit",
            "random", "getrandom", "syslog", "perror", "strtok", "strtod", "setlocale",
            "mnl_cb_run", "mnl_nlmsg_ok", "mnl_nlmsg_next", "mnl_socket_open",
            "json_load_file", "json_dumpf", "json_object_seed", "sd_journal_send",
        ):
            with self.subTest(call=call):
                source = f"void {call}(void); void f(void); void f(void) {{ {call}(); }}"
                self.assert_caught(self.lint(source), "part.o", call)

    def test_an_address_taken_counts_as_a_call(self):
        source = "int rand(void); int (*const f)(void) = rand;"
        self.assert_caught(self.lint(source), "rand")


class Stateless(ArchiveTest):
    def lint(self, source):
        return stateless.complaints(stateless.members("size", self.archive(source)))

    def test_constants_are_no_state(self):
        self.assert_clean(self.lint("""
            static const char *const names[] = { "a", "b" };
            const char *name(int i);
            const char *name(int i) { return names[i]; }
        """))

    def test_writable_memory_is_caught(self):
        for story, declaration, section in (
            ("a zeroed counter", "static int n;", ".bss"),
            ("a counter with a start", "static int n = 7;", ".data"),
            ("a thread's own counter", "static _Thread_local int n;", ".tbss"),
        ):
            with self.subTest(story):
                source = f"{declaration} int next(void); int next(void) {{ return ++n; }}"
                self.assert_caught(self.lint(source), "part.o", section)


class Headers(LintTest):
    OPENING = f"/* {TAG} */\n#pragma once\n"

    def lint(self, text):
        return headers.complaints(self.root, [self.plant("src/base/part.h", text)], CC)

    def test_a_header_that_brings_what_it_needs_is_fine(self):
        self.assert_clean(self.lint(self.OPENING + "#include <stdint.h>\nuint8_t part(void);\n"))

    def test_a_header_that_leans_on_its_includer_is_caught(self):
        self.assert_caught(self.lint(self.OPENING + "uint8_t part(void);\n"), "alone", "uint8_t")

    def test_a_header_without_its_opening_is_caught(self):
        self.assert_caught(self.lint("#pragma once\n"), "SPDX")
        self.assert_caught(self.lint(f"/* {TAG} */\n\n#pragma once\n"), "#pragma once")


class Spdx(LintTest):
    def lint(self):
        names = [name for name in tree.files(self.root) if spdx.wants_a_tag(self.root, name)]
        return spdx.complaints(self.root, names)

    def test_tagged_files_and_bare_data_are_fine(self):
        self.plant("a.c", f"/* {TAG} */\n")
        self.plant("README.md", f"# Title\n\n<!-- {TAG} -->\n")
        self.plant("LICENSE", "the text itself\n")
        self.plant("tests/golden/status.txt", "expected to the byte\n")
        self.plant("tests/data/image", "\0")
        self.plant("build/a.c", "not ours\n")
        self.assert_clean(self.lint())

    def test_a_missing_a_late_and_a_different_tag_are_caught(self):
        for text in ("int x;\n", f"\n\n\n/* {TAG} */\n", f"/* {TAG.replace('2.1', '3.0')} */\n"):
            with self.subTest(text=text):
                self.plant("a.c", text)
                self.assert_caught(self.lint(), "a.c")

    @unittest.skipUnless(shutil.which("git"), "git is not installed")
    def test_git_says_which_files_are_ours(self):
        subprocess.run(["git", "init", "-q", self.root], check=True)
        self.plant(".gitignore", f"# {TAG}\n/scratch\n")
        self.plant("scratch", "ignored\n")
        self.assert_clean(self.lint())
        self.plant("new.c", "not yet added\n")
        self.assert_caught(self.lint(), "new.c")


@unittest.skipUnless(shutil.which("clang-format"), "clang-format is not installed")
class Format(LintTest):
    def lint(self, text):
        shutil.copy(tree.ROOT / ".clang-format", self.root)
        return clang_format.complaints(self.root, [self.plant("a.c", text)])

    def test_house_style_is_fine(self):
        self.assert_clean(self.lint("int f(void)\n{\n\treturn 0;\n}\n"))

    def test_spaces_for_tabs_are_caught(self):
        self.assert_caught(self.lint("int f(void)\n{\n        return 0;\n}\n"), "a.c:2")

    def test_includes_out_of_order_are_caught(self):
        self.assert_caught(self.lint('#include "base/b.h"\n#include <stdio.h>\n'), "a.c:1")


@unittest.skipUnless(shutil.which("clang-tidy"), "clang-tidy is not installed")
class Tidy(LintTest):
    def lint(self, text):
        shutil.copy(tree.ROOT / ".clang-tidy", self.root)
        path = self.plant("src/base/a.c", text)
        entry = {"directory": str(self.root), "file": str(path), "command": f"cc -c {path}"}
        self.plant("build/compile_commands.json", json.dumps([entry, entry]))
        build = self.root / "build"
        return tidy.complaints(self.root, build, tidy.sources(self.root, build))

    def test_plain_code_is_fine(self):
        self.assert_clean(self.lint("int f(int x);\nint f(int x)\n{\n\treturn x + 1;\n}\n"))

    def test_what_clang_warns_of_is_caught(self):
        self.assert_caught(self.lint(
            "#include <stdlib.h>\nint f(const char *s);\n"
            "int f(const char *s)\n{\n\treturn atoi(s);\n}\n"), "cert-err34-c")

    def test_a_function_longer_than_a_screen_is_caught(self):
        body = "\tx = x * 3 + 1;\n" * 80
        self.assert_caught(self.lint(
            f"int f(int x);\nint f(int x)\n{{\n{body}\treturn x;\n}}\n"), "function-size")


class Shell(LintTest):
    def setUp(self):
        super().setUp()
        self.plant("scripts/good", '#!/bin/bash\nset -eu\necho "$1"\n')

    def found(self):
        return list(shell.scripts(self.root, tree.files(self.root)))

    def test_scripts_are_known_by_shebang_or_suffix(self):
        self.plant("lib.sh", "x=1\n")
        self.plant("tool", "#!/usr/bin/env bash\n")
        self.plant("tool.py", "#!/usr/bin/python3\n")
        self.assertEqual([str(name) for name in self.found()], ["lib.sh", "scripts/good", "tool"])

    def test_a_script_that_does_not_parse_is_caught(self):
        self.assert_clean(shell.parsing(self.root, self.found()))
        self.plant("bad.sh", "if true; then\n")
        self.assert_caught(shell.parsing(self.root, self.found()), "bad.sh")

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_an_unquoted_variable_is_caught(self):
        self.assert_clean(shell.shellcheck(self.root, self.found()))
        self.plant("bad.sh", "#!/bin/bash\nrm $1\n")
        self.assert_caught(shell.shellcheck(self.root, self.found()), "bad.sh:2", "SC2086")


class Verdict(unittest.TestCase):
    def test_having_checked_nothing_is_no_success(self):
        self.assertEqual(tree.verdict(1, []), 0)
        self.assertEqual(tree.verdict(0, []), 1)
        self.assertEqual(tree.verdict(1, ["fault"]), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
