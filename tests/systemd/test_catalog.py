#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What journalctl -x says of each rule and each state there is, read back from a real journald."""

import os
import re
import shutil

import box as boxes
import installed

PROGRAM = "/run/raise-all"
STATES = {"firing", "changed", "repeat", "resolved"}


def catalog(box):
    """The texts of the installed catalog: {message id: (subject, lines)}."""
    text = box.read(os.path.join(installed.directory("catalogdir"), "sockwatch.catalog"))
    found = {}
    for part in re.split(r"^-- ", text, flags=re.M)[1:]:
        head, _, body = part.partition("\n\n")
        message_id, *fields = head.split("\n")
        subject = next(field.partition(": ")[2] for field in fields if field.startswith("Subject: "))
        found[message_id.strip()] = subject, body.strip().split("\n")
    return found


def check_entry(report, box, what, entry, texts):
    """The text for one entry is there, with its own figures wherever there is a place for one."""
    subject, lines = texts.get(entry.get("MESSAGE_ID"), ("", []))
    if not report.check(lines, "%s: message id %s is in the catalog" % (what, entry.get("MESSAGE_ID"))):
        return
    missing = {name for line in [subject, *lines] for name in re.findall("@([A-Z_]+)@", line)} - set(entry)
    said = box.explained("SOCKWATCH_EVENT_ID=" + entry["SOCKWATCH_EVENT_ID"])
    expected = [re.sub("@([A-Z_]+)@", lambda field: entry.get(field[1], ""), line) for line in [subject, *lines]]
    lost = [line for line in expected if line not in said]
    report.check(not missing and not lost and entry["MESSAGE"] in said,
                 "%s: journalctl -x: %s; fields it lacks: %s, lines it lacks: %s" % (what, expected[0], missing, lost))


def body(report, box):
    """Raise one of each, read what is made of it."""
    installed.install(report, box)
    shutil.copy(os.environ["SW_RAISE_ALL"], box.path(PROGRAM))
    raised = [line.split() for line in box.output(PROGRAM).splitlines()]
    texts, used, rules = catalog(box), set(), {}
    for rule, state, event_id in raised:
        entries = box.entries("SOCKWATCH_EVENT_ID=" + event_id)
        if report.check(len(entries) == 1, "%s %s: one entry" % (rule, state)):
            check_entry(report, box, "%s %s" % (rule, state), entries[0], texts)
            used.add(entries[0].get("MESSAGE_ID"))
        rules.setdefault(rule, set()).add(state)
    report.check(rules and all(states == STATES for states in rules.values()), "rules: %s" % ", ".join(sorted(rules)))
    report.equal("texts of the catalog that nothing leads to", sorted(set(texts) - used), [])


if __name__ == "__main__":
    boxes.main(body, 60)
