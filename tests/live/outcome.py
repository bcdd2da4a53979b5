# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a live test found out: passed, failed or skipped, always with the figures it rests on."""

PASSED, FAILED, SKIPPED = 0, 1, 77


class Skip(Exception):
    """This machine cannot run the test; the text says what it lacks."""


class Failure(Exception):
    """The test cannot go on; the text says what was expected and what came."""


class Report:
    """Collects checks, so that one wrong figure does not hide the others behind it."""

    def __init__(self, kept=False):
        """KEPT: print nothing before the report is merged into another; for cases that run side by side."""
        self.checks = 0
        self.wrong = []
        self.lines = [] if kept else None

    def say(self, line):
        """Print LINE, or keep it for later."""
        if self.lines is None:
            print(line)
        else:
            self.lines.append(line)

    def check(self, holds, text):
        """Note that TEXT was checked; print it in either case, a passing figure is worth reading too."""
        self.checks += 1
        self.say("%s  %s" % ("ok  " if holds else "FAIL", text))
        if not holds:
            self.wrong.append(text)
        return holds

    def equal(self, what, said, found):
        """Check that what the program SAID is what the kernel was FOUND to have or do."""
        return self.check(said == found, "%s: said %s, found %s" % (what, said, found))

    def note(self, text):
        """Print TEXT: a measurement or a part left out, neither right nor wrong."""
        self.say("      %s" % text)

    def merge(self, other):
        """Take over the checks of a report that kept them."""
        for line in other.lines:
            self.say(line)
        self.checks += other.checks
        self.wrong += other.wrong

    def status(self):
        """Exit status of the test. A test that checked nothing has not passed."""
        print("%d checks, %d wrong" % (self.checks, len(self.wrong)))
        for text in self.wrong:
            print("FAIL  %s" % text)
        return FAILED if self.wrong or not self.checks else PASSED
