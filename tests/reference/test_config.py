# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_config.py SOCKWATCH SAMPLE: `sockwatch config` as an operator or a script meets it."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOCKWATCH, SAMPLE = sys.argv[1:3]
DONE, FAILED, USAGE = 0, 1, 2


class ConfigTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def run_it(self, *arguments):
        return subprocess.run([SOCKWATCH, "config", *arguments], capture_output=True, text=True,
                              timeout=30)

    def check(self, *files):
        run = self.run_it("check", *files)
        self.assertEqual(run.stdout, "")
        self.assertEqual(run.returncode == DONE, run.stderr == "")
        return run.returncode, run.stderr.splitlines()

    def test_the_sample_is_fine_as_it_is(self):
        self.assertEqual(self.check(SAMPLE), (DONE, []))

    def test_the_sample_is_fine_with_every_key_in_force(self):
        text = re.sub(r"(?m)^#(?=[A-Z][A-Za-z]*=|\[)", "", Path(SAMPLE).read_text())
        path = self.write("all.conf", text)
        self.assertEqual(self.check(path), (DONE, []))
        shown = json.loads(self.run_it("show", "--json", "--config", path).stdout)
        bare = json.loads(self.run_it("show", "--json", "--config", SAMPLE).stdout)
        values = {(key["section"], key["key"]): key["value"] for key in shown["keys"]}
        for key in bare["keys"]:
            self.assertIsNone(key["file"])
            self.assertEqual(values[key["section"], key["key"]], key["value"])

    def test_every_fault_of_every_file_is_told(self):
        first = self.write("first.conf", "[Poll]\nInterval=0\nfoo\n")
        second = self.write("second.conf", "[Frob]\n[Log]\nLevel=loud\n")
        code, said = self.check(first, second, str(self.folder / "none"))
        self.assertEqual(code, FAILED)
        self.assertEqual([line.rsplit("/", 1)[1].split(" ")[0] for line in said],
                         ["first.conf:2:", "first.conf:3:", "second.conf:1:", "second.conf:3:",
                          "none:"])

    def test_what_is_not_known_fails_a_check_and_is_shown_all_the_same(self):
        path = self.write("newer.conf", "[Poll]\nFrob=1\nInterval=2s\n")
        code, said = self.check(path)
        self.assertEqual((code, len(said)), (FAILED, 1))
        run = self.run_it("show", "--config", path)
        self.assertEqual(run.returncode, DONE)
        self.assertIn(":2: [Poll] has no key", run.stderr)
        self.assertRegex(run.stdout, r"(?m)^Interval=2s +/.*newer\.conf:3$")

    def test_nothing_is_shown_of_what_would_not_be_in_force(self):
        run = self.run_it("show", "--config", self.write("bad.conf", "[Poll]\nInterval=0\n"))
        self.assertEqual((run.returncode, run.stdout), (FAILED, ""))
        self.assertIn("bad.conf:2: Interval=0: give a duration from 100ms to 1min", run.stderr)

    def test_a_fifo_and_endless_files_are_refused_at_once(self):
        os.mkfifo(self.folder / "fifo")
        large = self.write("large", "#\n" * 600_000)
        code, said = self.check(str(self.folder / "fifo"), "/dev/zero", str(self.folder), large)
        self.assertEqual(code, FAILED)
        self.assertEqual(len(said), 4)

    def test_a_link_to_the_null_device_is_an_empty_file(self):
        (self.folder / "mask.conf").symlink_to("/dev/null")
        self.assertEqual(self.check(str(self.folder / "mask.conf")), (DONE, []))

    def test_wrong_usage_is_told_apart(self):
        for arguments in ([], ["frob"], ["show", "x"]):
            self.assertEqual(self.run_it(*arguments).returncode, USAGE, arguments)
        run = subprocess.run([SOCKWATCH, "record", "x", "y"], capture_output=True, timeout=30)
        self.assertEqual(run.returncode, USAGE)

    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "w") as full:
            run = subprocess.run([SOCKWATCH, "config", "show", "--config", SAMPLE], stdout=full,
                                 stderr=subprocess.PIPE, timeout=30)
        self.assertEqual(run.returncode, FAILED)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
