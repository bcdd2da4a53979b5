# SPDX-License-Identifier: LGPL-2.1-or-later
"""scripts/summary.py has the last word on every run: nothing that went wrong may be lost in it."""

import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import summary


class SummaryTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="summary-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def log(self, name, *tests, cut=""):
        """A log as Meson writes it, with one (name, result, output) per test."""
        path = self.folder / name
        with path.open("w") as file:
            for test, result, said in tests:
                entry = {"name": f"sockwatch:{test}", "result": result, "stdout": said}
                file.write(json.dumps(entry | {"duration": 1.0}) + "\n")
            file.write(cut)
        return path

    def assert_says(self, stages, exit_code, last_line, *parts):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            code = summary.main(stages)
        said = out.getvalue()
        self.assertEqual(said.splitlines()[-1], last_line)
        self.assertEqual(code, exit_code)
        for part in parts:
            self.assertIn(part, said)

    def test_stages_add_up(self):
        first = self.log("a", ("unit / one", "OK", ""), ("unit / two", "EXPECTEDFAIL", ""))
        second = self.log("b", ("live / one", "OK", ""), ("live / two", "SKIP", "so\nnot root\n\n"))
        self.assert_says([f"gcc=exit 0={first}", f"live=exit 0={second}"], 0,
                         "3 passed, 0 failed, 1 skipped", "SKIPPED live: live / two: not root")

    def test_every_way_to_fail_counts(self):
        bad = ("FAIL", "TIMEOUT", "ERROR", "UNEXPECTEDPASS", "INTERRUPT", "of a newer Meson")
        log = self.log("a", ("unit / good", "OK", ""), *(("unit / t", how, "why") for how in bad))
        self.assert_says([f"gcc=exit 1={log}"], 1, f"1 passed, {len(bad)} failed, 0 skipped",
                         "FAILED gcc: unit / t  (TIMEOUT", "    why")

    def test_a_stage_that_was_not_built_is_one_failure(self):
        log = self.log("a", ("unit / one", "OK", ""))
        self.assert_says(["asan=build failed=", f"gcc=exit 0={log}"], 1,
                         "1 passed, 1 failed, 0 skipped", "asan: build failed")

    def test_a_log_that_is_missing_or_cut_short_is_a_failure(self):
        log = self.log("a", ("unit / one", "OK", ""), cut='{"name": "unit / tw')
        self.assert_says([f"gcc=exit -9={log}", f"live=exit 0={self.folder}/none"], 1,
                         "1 passed, 2 failed, 0 skipped", "gcc: exit -9", "live: exit 0, so none")

    def test_nothing_but_skips_is_no_success(self):
        log = self.log("a", ("live / one", "SKIP", ""))
        self.assert_says([f"live=exit 0={log}"], 1, "0 passed, 0 failed, 1 skipped")


if __name__ == "__main__":
    unittest.main(verbosity=2)
