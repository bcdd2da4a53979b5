#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a hook gets: its surroundings, and texts of strangers that it must get whole and without effect."""

import json
import os

import rig
import sandbox

_ALLOWED = {"PATH", "LANG", "CREDENTIALS_DIRECTORY"}
_SURROUNDINGS = """
base=${log%/*}
cat >$base/stdin
env -0 >$base/env
grep -E '^(Sig(Blk|Ign)|Umask)' /proc/self/status >$base/status
ls /proc/$$/fd >$base/fds
cut -d' ' -f1,5,6 /proc/$$/stat >$base/ids
pwd >$base/cwd
printf '%s\\n' "$#" "$@" >$base/arguments
printf 'plain\\n\\033[31mred\\033[0m \\\\ \\377\\r\\n'
"""

_HOSTILE = "a\nBcc: x\r\033[2J\u009b31m'\"`touch %(trap)s`$(touch %(trap)s);touch %(trap)s|\\ %%s ä\u202e" + "x" * 4096


def read(box, name):
    """A file that the hook has left."""
    with open(os.path.join(box.base, name), encoding="utf-8", errors="replace") as file:
        return file.read()


def check_surroundings(report, box):
    """Nothing of the runner's own, whatever it was started with."""
    box.put(1, "firing")
    box.run(environment={"LD_LIBRARY_PATH": "/nowhere", "SOCKWATCH_SEVERITY": "forged", "BASH_ENV": "/nowhere",
                         "CREDENTIALS_DIRECTORY": "/run/credentials/x", "PATH": "/nowhere", "IFS": "x"},
            before=("/bin/sh", "-c", 'trap "" INT USR1; umask 0; exec 3</etc/passwd 7</etc/passwd; exec "$@"', "sh"))
    variables = dict(text.split("=", 1) for text in read(box, "env").split("\0") if text)
    variables.pop("PWD", None)  # the shell's own
    odd = {key for key in variables if key not in _ALLOWED and not key.startswith("SOCKWATCH_")}
    report.equal("variables of others", set(), odd)
    report.equal("its credentials", "/run/credentials/x", variables.get("CREDENTIALS_DIRECTORY"))
    report.equal("SOCKWATCH_SEVERITY", "critical", variables["SOCKWATCH_SEVERITY"])
    report.equal("SOCKWATCH_HOOK_API", "1", variables["SOCKWATCH_HOOK_API"])
    report.equal("arguments", "2\nfiring\nephemeral-ports\n", read(box, "arguments"))
    # 10 and 11 are the shell's own.
    report.equal("descriptors", {"0", "1", "2"}, set(read(box, "fds").split()) - {"10", "11"})
    report.equal("directory", "/\n", read(box, "cwd"))
    status = dict(line.split(":\t") for line in read(box, "status").splitlines())
    report.equal("umask", "0077", status["Umask"])
    report.equal("blocked signals", 0, int(status["SigBlk"], 16))
    # 32 and 33 are the C library's own.
    report.equal("ignored signals", 0, int(status["SigIgn"], 16) & ~(3 << 31))
    own, group, session = read(box, "ids").split()
    report.equal("session and group", [own, own], [group, session])


def check_texts(report, box):
    """Hostile text in every field, whole in the JSON, masked in the environment, run nowhere."""
    trap = os.path.join(box.base, "trap")
    text = _HOSTILE % {"trap": trap}
    fields = {key: text for key in ("summary", "subject", "host", "netns", "cause", "errno", "time", "since")}
    fields["tuple"] = {"source": text, "destination": text, "port": 443, "units": [text]}
    fields["advice"] = [{"id": text}]
    box.put(2, "resolved", **fields)
    box.run()
    got = json.loads(read(box, "stdin"))
    report.check(read(box, "stdin").count("\n") == 1 and "\033" not in read(box, "stdin"),
                 "the event is one line of clean text")
    report.check(all(got[key] == text for key in ("summary", "subject", "host")) and got["tuple"] == fields["tuple"],
                 "the texts come whole")
    variables = dict(part.split("=", 1) for part in read(box, "env").split("\0") if part)
    masked = "".join("?" if character < " " else character for character in text).replace("\u009b", "??")
    for key in ("SUMMARY", "SUBJECT", "HOST", "SOURCE", "UNIT", "ADVICE"):
        report.check(variables["SOCKWATCH_" + key] == masked, "SOCKWATCH_%s is masked" % key)
    report.check(not os.path.exists(trap), "nothing of it was run")


def check_output(report, box):
    """What hooks print is escaped."""
    said = box.said()
    report.check("10-look: plain\n" in said and "\\x1b[31mred\\x1b[0m \\x5c \\xff\\x0d\n" in said
                 and "\033" not in said, "what the hook prints is escaped")


def check_rules(report):
    """What goes into argv is no option and no path; what is odd is no event of ours."""
    box = rig.Rig("rules")
    box.hook("10-look", "note\n")
    for number, rule in enumerate(("-rf", "../x", "a b", "", "x" * 65, "A", "$(id)")):
        box.put(number, "firing", rule=rule)
    box.run()
    report.equal("runs", [], box.notes())
    report.equal("set aside", 7, len(box.left("bad")))


def body(report):
    """All of it."""
    box = rig.Rig("hostile")
    box.hook("10-look", _SURROUNDINGS)
    check_surroundings(report, box)
    check_texts(report, box)
    check_output(report, box)
    check_rules(report)


if __name__ == "__main__":
    sandbox.main(body, 60)
