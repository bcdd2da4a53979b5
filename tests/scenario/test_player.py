# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_player.py PROGRAM: test-scenario tells a wrong timeline from a right one, and says how.

A player that is content with anything proves nothing.
"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAM = sys.argv.pop(1)

# A warning two minutes after 10 s, and nothing else.
HELD = """range 32768-33767
tuple db 10.0.0.5->10.0.0.9:5432
at 10s db held 850
end 3min
"""
# Fails at 60 s, which is critical some seconds before.
OVER = """range 32768-33767
tuple db 10.0.0.5->10.0.0.9:5432
at 10s db rate 20
end 90s
"""
RIGHT = "expect db firing warning after 130s by 136s"


def play(text):
    with tempfile.TemporaryDirectory(prefix="scenario-") as folder:
        path = Path(folder) / "it.txt"
        path.write_text(text)
        return subprocess.run([PROGRAM, path], capture_output=True, text=True)


class Player(unittest.TestCase):
    def assert_differs(self, text, *words):
        run = play(text)
        self.assertEqual(run.returncode, 1, run)
        for word in words:
            self.assertIn(word, run.stderr)

    def assert_refused(self, text, line, message):
        run = play(text)
        self.assertEqual(run.returncode, 2, run)
        self.assertIn(f"it.txt:{line}: ", run.stderr)
        self.assertIn(message, run.stderr)

    def test_what_is_right_passes(self):
        for text in (HELD + RIGHT,
                     OVER + "expect db fails\nexpect db critical 1s before failure\n"
                            "expect db firing critical by 1min"):
            run = play(text)
            self.assertEqual(run.returncode, 0, run)

    def test_an_event_nobody_expects(self):
        self.assert_differs(HELD + "expect nothing", "+ ", "firing warning at 130.0s")

    def test_an_event_that_does_not_come(self):
        self.assert_differs(HELD + RIGHT + "\nexpect db resolved",
                            "= line 5", "- line 6 ", "expect db resolved")

    def test_an_event_that_comes_twice_as_often_as_expected(self):
        again = HELD.replace("end", "at 20s db held 0\nat 25s db held 990\nend")
        self.assert_differs(again + RIGHT, "firing critical", "- line 7")

    def test_what_is_repeated_happens_each_time_until_it_ends(self):
        for until, expected in (("", ""), (" until 2min", "\nexpect db resolved after 450s by 455s")):
            waves = HELD.replace("at 10s db held 850", f"at 10s every 100s{until} db held 990\n"
                                 "at 50s every 100s db held 0").replace("3min", "9min")
            run = play(waves + "expect db firing critical by 15s" + expected)
            self.assertEqual(run.returncode, 0, run)

    def test_a_tuple_that_is_missing_from_a_row(self):
        row = HELD.replace("tuple db", "tuples db 2") + RIGHT.replace("db", "db 3x")
        self.assert_differs(row, "= line 5", "- line 5")

    def test_an_event_of_another_severity_too_early_or_too_late(self):
        for wrong in ("firing notice", "firing warning by 129s", "firing warning after 131s"):
            self.assert_differs(HELD + f"expect db {wrong}", "- line 5", "+ ")

    def test_an_event_of_another_rule(self):
        self.assert_differs("rule all\n" + HELD + RIGHT.replace("db", "db slow-connects"),
                            "db ephemeral-ports: ", "db slow-connects: ", "- line 6", "+ ")

    def test_rules_that_are_off_say_nothing(self):
        run = play("rule slow-connects\n" + HELD + "expect nothing")
        self.assertEqual(run.returncode, 0, run)

    def test_events_in_another_order(self):
        longer = HELD.replace("end 3min", "at 3min db held 0\nend 9min")
        self.assert_differs(longer + "expect db resolved\n" + RIGHT, "- line 6", "= line 7", "+ ")

    def test_a_failure_nobody_expects(self):
        self.assert_differs(OVER + "expect db firing critical",
                            "failed at 60.00s, which is not expected")

    def test_a_failure_that_does_not_come_or_not_in_time(self):
        self.assert_differs(HELD + RIGHT + "\nexpect db fails", "line 6", "none failed")
        self.assert_differs(OVER + "expect db firing critical\nexpect db fails by 59s",
                            "the first failed at 60.00s")

    def test_a_bind_that_fails_is_of_the_host(self):
        bound = OVER.replace("5432", "5432 binds").replace("range", "rule all\nrange")
        self.assert_differs(bound + "expect db fails", "none failed",
                            "host: a connect failed at 60.00s, which is not expected")

    def test_a_warning_that_is_not_early_enough(self):
        self.assert_differs(OVER + "expect db firing critical\nexpect db fails\n"
                                   "expect db critical 49s before failure", "line 7", "critical at")

    def test_complaints_name_the_line(self):
        for text, line, message in (
            ("", 0, "there is no 'end'"),
            (HELD, 4, "nothing is expected"),
            (HELD + "expect nothing\n" + RIGHT, 6, "stands alone"),
            ("reuse 1\n", 1, "'reuse' is no keyword"),
            ("range 100-99\n", 1, "no range"),
            ("range 32768-60999 \nrange 1-2\n", 2, "said before"),
            ("interval soon\n", 1, "no duration"),
            ("interval 0s\n", 1, "at least"),
            ("tw_reuse 3\n", 1, "no number up to 2"),
            ("noise -1\n", 1, "no number"),
            ("tuple db 10.0.0.5-10.0.0.9:5432\n", 1, "no tuple"),
            ("tuple db 10.0.0->10.0.0.9:5432\n", 1, "no address"),
            ("tuple db 10.0.0.5->10.0.0.9\n", 1, "no ADDRESS:PORT"),
            ("tuples web 0 10.0.0.5->10.0.0.9:80\n", 1, "how many"),
            (HELD.replace("db held", "bd held"), 3, "no tuple is called 'bd'"),
            (HELD.replace("850", "1001"), 3, "no number up to 1000"),
            (HELD.replace("held 850", "rate 1e999"), 3, "no rate"),
            (HELD.replace("held 850", "rate nan"), 3, "no rate"),
            (HELD.replace("held", "kept"), 3, "none of rate"),
            (HELD.replace("held", "backlog"), 3, "no listener here"),
            (HELD.replace("held 850", "accepts 5"), 3, "no listener here"),
            (HELD.replace("5432\n", "5432 here\n").replace("held 850", "accepts most"), 3, "no rate"),
            (HELD.replace("held 850", "held 8 50"), 3, "takes 4 words"),
            (HELD.replace("db held 850", "db"), 3, "and what?"),
            (HELD.replace("end", "at 9s db held 1\nend"), 4, "before the line above"),
            (HELD.replace("3min", "9s"), 4, "before the line above"),
            (HELD + "at 4min db held 1\n", 5, "after the end"),
            (HELD + "tuple db 10.0.0.5->10.0.0.8:5432\n", 5, "named before"),
            ("tuple group 10.0.0.5->10.0.0.9:80\n", 1, "named before"),
            (HELD.replace("db held", "blind held"), 3, "'blind' is no tuple"),
            (HELD.replace("end", "at 20s readings blink\nend"), 4, "nothing that happens"),
            (HELD.replace("end", "at 20s tw_reuse 3\nend"), 4, "no number up to 2"),
            (HELD.replace("end", "at 20s range 9-8\nend"), 4, "no range"),
            (HELD.replace("end", "at 20s daemon restarts now\nend"), 4, "takes 3 words"),
            (HELD.replace("end", "at 20s every 0s db held 1\nend"), 4, "all the time"),
            (HELD.replace("end", "at 20s every 10ms db held 1\nend"), 5, "more than 4096"),
            (HELD.replace("end", "at 20s every 5s until then db held 1\nend"), 4, "no duration"),
            (HELD.replace("end", "at 20s clock sideways 1h\nend"), 4, "nothing that happens"),
            (HELD.replace("end", "at 20s clock back\nend"), 4, "takes 4 words"),
            (HELD.replace("end", "at 20s machine wakes 1h\nend"), 4, "nothing that happens"),
            (HELD.replace("end", "at 20s machine sleeps 1h\nend"), 5, "line 4: it sleeps beyond"),
            (HELD.replace("end", "at 20s machine sleeps 1m\nat 79s db held 1\nend"), 6, "line 4: "),
            (HELD.replace("end", "at 20s counters -1\nend"), 4, "no number"),
            (HELD.replace("end", "at 20s hook sulks\nend"), 4, "nothing that happens"),
            (HELD.replace("end", "at 20s db peer asleep\nend"), 4, "nothing that happens"),
            ("rule none\n", 1, "no rule"),
            ("tuple db 10.0.0.5->10.0.0.9:5432 there\n", 1, "takes 2 words"),
            ("tuple db 10.0.0.5->10.0.0.9:5432 here inbound\n", 1, "takes 2 words"),
            ("tuple db 10.0.0.5->10.0.0.9:1 here binds\n", 1, "takes 2 words"),
            ("tuple a 10.0.0.5->10.0.0.9:1 binds\ntuple b 10.0.0.6->10.0.0.9:1 binds\n", 2,
             "'a' binds another address"),
            ("tuple daemon 10.0.0.5->10.0.0.9:1\n", 1, "no name"),
            (HELD + "expect db 0x firing warning\n", 5, "number of times"),
            (HELD + "expect db 2 firing warning\n", 5, "number of times"),
            (HELD + "expect db 2x\n", 5, "what?"),
            (HELD + "expect db syn-sent\n", 5, "what?"),
            (HELD + "expect db syn-sent 2x\n", 5, "what?"),
            (HELD + "expect db firing\n", 5, "needs a severity"),
            (HELD + "expect db firing ok\n", 5, "none of notice"),
            (HELD + "expect db explodes\n", 5, "nothing to expect"),
            (HELD + "expect db firing warning before 2s\n", 5, "neither"),
            (HELD + "expect db firing warning after 2min by 1min\n", 5, "never"),
            (HELD + "expect db firing warning by 4min\n", 5, "after the end"),
            (HELD + "expect db critical 5s\n", 5, "before failure"),
        ):
            with self.subTest(text=text):
                self.assert_refused(text, line, message)

    def test_every_complaint_is_made_in_one_run(self):
        self.assert_refused("range 0\nnoise x\nend 1s\nexpect nothing\n", 1, "it.txt:2: ")

    def test_a_tuple_may_not_be_there_twice(self):
        twice = "tuple a 10.0.0.5->10.0.0.9:1\ntuple b 10.0.0.5->10.0.0.9:1\nend 1s\nexpect nothing\n"
        run = play(twice)
        self.assertEqual(run.returncode, 2, run)
        self.assertIn("b: the same tuple is there twice", run.stderr)

    def test_a_file_that_is_not_there(self):
        run = subprocess.run([PROGRAM, "/nowhere.txt"], capture_output=True, text=True)
        self.assertEqual(run.returncode, 2, run)
        self.assertIn("/nowhere.txt: No such file", run.stderr)

    def test_every_file_is_played(self):
        listed = (HERE / "meson.build").read_text()
        for path in HERE.glob("*.txt"):
            self.assertIn(f"'{path.stem}'", listed)


if __name__ == "__main__":
    unittest.main()
