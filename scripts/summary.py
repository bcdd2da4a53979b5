# SPDX-License-Identifier: LGPL-2.1-or-later
"""summary.py NAME=STATUS=LOG...: adds up the stages of scripts/test.

Each LOG is what `meson test` leaves: one JSON object per line and test. STATUS is "exit N", N
being the exit code of `meson test`, or else says why there is no log.
"""

import json
import sys
from pathlib import Path

TAIL_LINES = 60  # of a failed test's output; the whole is in the log

PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}


def read(log):
    """The tests in a log; a line cut short by a crash ends it."""
    tests = []
    for line in Path(log).read_text().splitlines():
        try:
            tests.append(json.loads(line))
        except ValueError:
            break
    return tests


def output(test):
    """What a test said, without empty lines at the end."""
    return (test.get("stdout", "") + test.get("stderr", "")).rstrip().splitlines()


class Summary:
    def __init__(self):
        self.n_passed = 0
        self.failed = []  # (title, lines)
        self.skipped = []  # (title, reason)

    def add_test(self, stage, test):
        title = f"{stage}: {test['name'].removeprefix('sockwatch:')}"
        if test["result"] in PASSED:
            self.n_passed += 1
        elif test["result"] in SKIPPED:
            said = output(test) or ["gives no reason"]
            self.skipped.append((title, said[-1].removeprefix("skipped: ")))
        else:
            what = f"{title}  ({test['result']}, {test['duration']:.1f} s)"
            self.failed.append((what, output(test)[-TAIL_LINES:]))

    def add_stage(self, stage, status, log):
        if not log or not Path(log).exists():
            self.failed.append((f"{stage}: {status}, so none of its tests ran", []))
            return
        n_failed = len(self.failed)
        for test in read(log):
            self.add_test(stage, test)
        if status != "exit 0" and len(self.failed) == n_failed:
            self.failed.append((f"{stage}: {status}, though no test failed", []))

    def show(self):
        for title, reason in self.skipped:
            print(f"SKIPPED {title}: {reason}")
        for title, lines in self.failed:
            print(f"\nFAILED {title}")
            for line in lines:
                print(f"    {line}")
        counts = f"{self.n_passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped"
        print(f"\n{counts}")


def main(stages):
    summary = Summary()
    for stage in stages:
        summary.add_stage(*stage.split("=", 2))
    summary.show()
    return 1 if summary.failed or not summary.n_passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
