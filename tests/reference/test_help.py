# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_help.py PROGRAM...: what each says of itself fits a terminal."""

import subprocess
import sys
import unittest

PROGRAMS = sys.argv[1:]


class HelpTest(unittest.TestCase):
    def test_80_columns(self):
        for program in PROGRAMS:
            text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
            self.assertIn("--help", text)
            for line in text.splitlines():
                with self.subTest(program=program, line=line):
                    self.assertLessEqual(len(line), 80)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
