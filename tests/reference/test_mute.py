# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_mute.py SOCKWATCH: `sockwatch mute` with real files, as an administrator or a script meets it."""

import datetime
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOCKWATCH = sys.argv[1]
DONE, FAILED, USAGE = 0, 1, 2
NOBODY = 65534
TUPLE = "10.0.0.5->10.0.0.9:5432"


class MuteTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.folder.chmod(0o755)
        self.file = self.folder / "mutes.json"

    def start(self, *arguments, program=SOCKWATCH, **settings):
        return subprocess.Popen([program, *arguments, "--state-dir", self.folder], text=True,
                                stdin=subprocess.DEVNULL,
                                **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings})

    def run_it(self, *arguments, **settings):
        process = self.start(*arguments, **settings)
        out, said = process.communicate(timeout=30)
        return process.returncode, out, said

    def succeed(self, *arguments):
        code, out, said = self.run_it(*arguments)
        self.assertEqual((code, said), (DONE, ""), arguments)
        return out

    def refuse(self, code, part, *arguments, **settings):
        """It ends with CODE, says one thing with PART in it, and changes nothing."""
        before = self.file.read_bytes() if self.file.is_file() and os.access(self.file, os.R_OK) else None
        done, out, said = self.run_it(*arguments, **settings)
        self.assertEqual((done, out), (code, ""), said)
        self.assertIn(part, said)
        self.assertEqual(len(said.replace("Try: sockwatch --help\n", "").splitlines()), 1, said)
        if before is not None:
            self.assertEqual(self.file.read_bytes(), before)

    def mutes(self):
        return json.loads(self.succeed("mute", "list", "--json"))["mutes"]

    def as_nobody(self):
        if os.geteuid() != 0:
            return {}
        # Others may not be able to reach the build.
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        return {"user": NOBODY, "group": NOBODY, "extra_groups": [],
                "program": shutil.copy(SOCKWATCH, folder.name)}

    def test_a_mute_is_listed_until_it_is_taken_back(self):
        self.assertEqual(self.succeed("mute", "list"), "Nothing is mute.\n")
        self.assertEqual(self.succeed("mute", "list", "--no-legend"), "")
        self.assertFalse(self.file.exists())
        before = datetime.datetime.now(datetime.timezone.utc)
        said = self.succeed("mute", "ephemeral-ports", TUPLE, "--for", "2h", "--reason", 'move "db" ü')
        self.assertRegex(said, r"^ephemeral-ports %s is mute until [-0-9]{10} [:0-9]{8} UTC\n$" % TUPLE)
        self.succeed("mute", "blind", "--for=1.5d")
        tuple_mute, blind = self.mutes()
        self.assertEqual((tuple_mute["rule"], tuple_mute["subject"], tuple_mute["reason"]),
                         ("ephemeral-ports", TUPLE, 'move "db" ü'))
        self.assertTrue(tuple_mute["by"])
        self.assertEqual((blind["rule"], blind["subject"], blind["reason"]), ("blind", None, None))
        for mute, hours in ((tuple_mute, 2), (blind, 36)):
            since, until = (datetime.datetime.fromisoformat(mute[key].replace("Z", "+00:00"))
                            for key in ("since", "until"))
            self.assertEqual(until - since, datetime.timedelta(hours=hours))
            self.assertLess(before - since, datetime.timedelta(milliseconds=2))
        table = self.succeed("mute", "list")
        self.assertIn(': move "db" ü\n', table)
        self.assertTrue(all(len(line) <= 80 for line in table.splitlines()))
        self.assertEqual(self.succeed("unmute", "ephemeral-ports", TUPLE),
                         "ephemeral-ports %s is no longer mute\n" % TUPLE)
        self.assertEqual([mute["rule"] for mute in self.mutes()], ["blind"])

    def test_the_file_is_for_all_to_read_and_whole(self):
        os.umask(0o077)
        self.addCleanup(os.umask, 0o022)
        self.succeed("mute", "blind", "--for", "1h")
        self.assertEqual(self.file.stat().st_mode & 0o7777, 0o644)
        self.assertEqual(sorted(os.listdir(self.folder)), [".mutes.lock", "mutes.json"])
        self.assertEqual((self.folder / ".mutes.lock").stat().st_mode & 0o7777, 0o600)
        self.assertTrue(self.file.read_text().endswith("}\n"))

    def test_the_same_again_replaces_it_in_whatever_spelling(self):
        self.succeed("mute", "ephemeral-ports", "[2001:DB8:0::9]:443", "--for", "1h")
        self.succeed("mute", "ephemeral-ports", "[2001:db8::9]:443", "--for", "3h", "--reason", "longer")
        self.assertEqual([(mute["subject"], mute["reason"]) for mute in self.mutes()],
                         [("[2001:db8::9]:443", "longer")])
        self.succeed("unmute", "ephemeral-ports", "[2001:db8:0:0::9]:443")
        self.assertEqual(self.mutes(), [])

    def test_what_is_over_is_neither_listed_nor_kept(self):
        self.succeed("mute", "blind", "--for", "1h")
        text = self.file.read_text()
        until = json.loads(text)["mutes"][0]["until"]
        self.file.write_text(text.replace(until, "2020-01-01T00:00:00Z"))
        self.assertEqual(self.mutes(), [])
        self.refuse(FAILED, "blind is not mute; see: sockwatch mute list", "unmute", "blind")
        self.succeed("mute", "ephemeral-ports", "--for", "1h")
        self.assertNotIn("blind", self.file.read_text())

    def test_wrong_usage_is_told_apart(self):
        self.succeed("mute", "blind", "--for", "1h")
        for part, *arguments in (
                ("give --for, such as --for 2h", "mute", "ephemeral-ports"),
                ("from 1min to 30d", "mute", "blind", "--for", "30"),
                ("from 1min to 30d", "mute", "blind", "--for", "59999ms"),
                ("from 1min to 30d", "mute", "blind", "--for", "43201min"),
                ("from 1min to 30d", "mute", "blind", "--for", "-2h"),
                ("from 1min to 30d", "mute", "blind", "--for", "ever"),
                ("from 1min to 30d", "mute", "blind", "--for", ""),
                ('no rule "ephemeral"; there is ephemeral-ports, ', "mute", "ephemeral", "--for", "2h"),
                ('no rule "list"; there is ephemeral-ports, ', "unmute", "list"),
                ('can be about "db"', "mute", "ephemeral-ports", "db", "--for", "2h"),
                ('can be about "10.0.0.0/8"', "unmute", "ephemeral-ports", "10.0.0.0/8"),
                ('can be about "10.0.0.9": give self', "mute", "time-wait-limit", "10.0.0.9", "--for", "2h"),
                ('can be about "db": give self', "unmute", "blind", "db"),
                ('can be about "tcp_tw_reuse": give a sysctl', "mute", "kernel-setting", "tcp_tw_reuse", "--for", "2h"),
                ('can be about "a/b": give the name of a hook', "mute", "hook-failed", "a/b", "--for", "2h"),
                ('can be about "10.0.0.5:80": give ADDR', "mute", "bind-ports", "10.0.0.5:80", "--for", "2h"),
                ("no such interface", "mute", "ephemeral-ports", "fe80::1%no-such", "--for", "2h"),
                ("the subject is not one line", "mute", "blind", "a\x1b[31m", "--for", "2h"),
                ("the reason is not one line", "mute", "blind", "--for", "2h", "--reason", "a\nb"),
                ("the reason is not one line", "mute", "blind", "--for", "2h", "--reason", b"\xff"),
                ("more than 255 bytes", "mute", "blind", "--for", "2h", "--reason", "x" * 256),
                ("one argument too many", "mute", "blind", "self", "more", "--for", "2h"),
                ("takes no subject", "mute", "list", "blind"),
                ("takes no subject", "mute", "list", "--for", "2h"),
                ('are for "mute list"', "mute", "blind", "--for", "2h", "--json"),
                ("takes no --for", "unmute", "blind", "--for", "2h"),
                ("needs a RULE", "mute"), ("needs a RULE", "unmute")):
            self.refuse(USAGE, part, *arguments)

    def test_the_limits_themselves_are_taken(self):
        self.succeed("mute", "blind", "--for", "1min")
        self.succeed("mute", "blind", "--for", "30d", "--reason", "x" * 255)
        self.assertEqual(self.mutes()[0]["reason"], "x" * 255)

    def test_there_are_256_and_no_more(self):
        self.succeed("mute", "hook-failed", "--for", "1h")
        document = json.loads(self.file.read_text())
        document["mutes"] = [{**document["mutes"][0], "subject": str(i)} for i in range(256)]
        self.file.write_text(json.dumps(document))
        self.refuse(FAILED, "there are 256 mutes already; unmute some", "mute", "hook-failed", "--for", "2h")
        self.succeed("unmute", "hook-failed", "255")
        self.succeed("mute", "hook-failed", "--for", "2h")

    def test_whoever_may_not_is_told_who_may(self):
        self.succeed("mute", "blind", "--for", "1h")
        (self.folder / ".mutes.lock").chmod(0o400 if os.geteuid() else 0o600)
        self.folder.chmod(0o555)
        self.refuse(FAILED, "Permission denied; try as root", "mute", "ephemeral-ports", "--for", "2h",
                    **self.as_nobody())
        self.assertEqual(self.run_it("mute", "list", **self.as_nobody())[0], DONE)
        self.folder.chmod(0o755)

    def test_what_cannot_be_read_is_no_empty_list(self):
        self.succeed("mute", "blind", "--for", "1h")
        self.file.chmod(0)
        self.refuse(FAILED, "mutes.json cannot be read: Permission denied", "mute", "list",
                    **self.as_nobody())

    def test_a_file_that_makes_no_sense_is_left_as_it_is(self):
        for text, part in (("", "this is no JSON"), ("{\n root:x:0\n", "line 2, column"),
                           ('{"schema":"sockwatch.mutes/2","mutes":[]}', "schema sockwatch.mutes/1")):
            self.file.write_text(text)
            for arguments in (["mute", "list"], ["mute", "blind", "--for", "2h"], ["unmute", "blind"]):
                self.refuse(FAILED, part, *arguments)
                self.assertNotIn("root:x", self.run_it(*arguments)[2])

    def test_text_in_the_file_steers_no_terminal(self):
        self.succeed("mute", "blind", "--for", "1h", "--reason", "why")
        self.file.write_text(self.file.read_text().replace("why", r"\u001b[31m\u202e\nü"))
        self.assertTrue(self.succeed("mute", "list").endswith(": ?[31m????ü\n"))

    def test_links_that_somebody_planted_are_not_followed(self):
        victim = self.folder / "victim"
        victim.write_text("precious")
        (self.folder / "mutes.json.new").symlink_to(victim)
        self.succeed("mute", "blind", "--for", "1h")
        self.assertEqual(victim.read_text(), "precious")
        self.assertFalse(self.file.is_symlink())
        document = self.file.read_text()
        victim.write_text(document)
        self.file.unlink()
        self.file.symlink_to(victim)
        self.succeed("mute", "ephemeral-ports", "--for", "1h")
        self.assertEqual((victim.read_text(), self.file.is_symlink()), (document, False))
        (self.folder / ".mutes.lock").unlink()
        (self.folder / ".mutes.lock").symlink_to(self.folder / "made")
        self.refuse(FAILED, ".mutes.lock cannot be locked", "unmute", "blind")
        self.assertFalse((self.folder / "made").exists())

    def test_a_fifo_in_the_place_of_the_file_stops_nobody(self):
        os.mkfifo(self.file)
        self.refuse(FAILED, "mutes.json cannot be read", "mute", "blind", "--for", "1h")

    def test_without_the_folder_nothing_is_made(self):
        self.folder = self.folder / "none"
        self.refuse(FAILED, "No such file or directory", "mute", "blind", "--for", "1h")
        self.assertFalse(self.folder.exists())

    def test_what_cannot_be_written_leaves_the_old_file(self):
        def full():
            # As good as a full disk: each write to a file fails.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

        self.succeed("mute", "blind", "--for", "1h")
        self.refuse(FAILED, "mutes.json cannot be written", "mute", "ephemeral-ports", "--for", "1h",
                    preexec_fn=full)
        self.assertEqual(sorted(os.listdir(self.folder)), [".mutes.lock", "mutes.json"])

    def test_an_output_that_is_lost_is_an_error(self):
        with open("/dev/full", "w") as device:
            code, _, said = self.run_it("mute", "list", stdout=device)
        self.assertEqual(code, FAILED)
        self.assertIn("No space left", said)

    def test_a_closed_pipe_is_quiet(self):
        reader, writer = os.pipe()
        os.close(reader)
        code, _, said = self.run_it("mute", "list", stdout=writer)
        os.close(writer)
        self.assertNotEqual(code, DONE)
        self.assertEqual(said, "")

    def test_many_at_once_lose_nothing(self):
        processes = [self.start("mute", "hook-failed", str(i), "--for", "1h") for i in range(16)]
        for process in processes:
            self.assertEqual(process.communicate(timeout=60)[1], "")
        self.assertEqual(sorted(int(mute["subject"]) for mute in self.mutes()), list(range(16)))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
