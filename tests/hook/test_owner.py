#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whose hooks run: faults of owner and mode at every level, by the runner and by `sockwatch hook list`."""

import json
import os
import shutil
import subprocess

import programs
import rig
import sandbox

MANY = 1000  # somebody's user and group id


def build(base):
    """Two ways to a hook: DIR/hooks.d/10-direct, and DIR/hooks.d/20-link to a file elsewhere. Returns the levels."""
    shutil.rmtree(base, ignore_errors=True)
    levels = {"parent": base + "/a", "directory": base + "/a/hooks.d", "file": base + "/a/hooks.d/10-direct",
              "link": base + "/a/hooks.d/20-link", "target": base + "/elsewhere/bin/hook",
              "target's directory": base + "/elsewhere/bin"}
    for path in (levels["directory"], levels["target's directory"]):
        os.makedirs(path)
    for path in (levels["file"], levels["target"]):
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\necho ran >>%s/ran-${0##*/}\n" % base)
        os.chmod(path, 0o755)
    os.symlink("../../elsewhere/bin/hook", levels["link"])
    return levels


def faults(level, path):
    """Ways to spoil one level: (name, function that does it, word for it)."""
    yield "another owner", lambda: os.chown(path, MANY, 0, follow_symlinks=False), "owner"
    if level == "link":
        return
    mode = os.stat(path).st_mode & 0o777
    yield "writable by its group", lambda: os.chmod(path, mode | 0o020), "writable"
    yield "writable by all", lambda: os.chmod(path, mode | 0o002), "writable"
    yield "writable by all, sticky", lambda: os.chmod(path, mode | 0o1002), "writable"
    if level in ("file", "target"):
        yield "not executable", lambda: os.chmod(path, 0o644), "not-executable"


def concerned(level):
    """Which of the two hooks a level leads to."""
    return {"10-direct": level in ("parent", "directory", "file"),
            "20-link": level in ("parent", "directory", "link", "target", "target's directory")}


def listed(levels):
    """What the command says of the two: {name: None, or the fault's word}."""
    said = json.loads(programs.output("hook", "list", "--json", "--hooks", levels["directory"]))
    return {hook["hook"]: hook["fault"] for hook in said["hooks"]}


def run(base, box, levels):
    """What the runner does with the two: the same."""
    for outbox in box.outboxes:
        shutil.rmtree(os.path.join(outbox, "results"))
        os.mkdir(os.path.join(outbox, "results"))
    for name in os.listdir(base):
        if name.startswith("ran-"):
            os.unlink(os.path.join(base, name))
    box.put(1, "firing")
    box.hooks = levels["directory"]
    box.run()
    found = {words[2]: None if words[3] == "ok" else words[5] for words in box.results()}
    for name, fault in found.items():
        if os.path.exists("%s/ran-%s" % (base, name)) != (fault is None):
            found[name] = "ran although it was refused, or the other way round"
    return found


def check_matrix(report):
    """Each fault at each level stops the hooks behind it, and no other."""
    base, box = os.path.join(sandbox.SCRATCH, "matrix"), rig.Rig("matrix-box")
    clean = {"10-direct": None, "20-link": None}
    levels = build(base)
    report.equal("without a fault, listed", clean, listed(levels))
    report.equal("without a fault, run", clean, run(base, box, levels))
    n_cases = 0
    for level in list(levels):
        for what, spoil, word in list(faults(level, levels[level])):
            levels = build(base)
            spoil()
            expected = {name: word if hit else None for name, hit in concerned(level).items()}
            for how, found in (("listed", listed(levels)), ("run", run(base, box, levels))):
                if found != expected:
                    report.check(False, "%s, %s, %s: %s" % (level, what, how, found))
            n_cases += 1
    report.check(n_cases >= 6 * 3, "%d faults" % n_cases)


def check_odd_files(report):
    """What is no plain file, or has an odd name; and what is passed over."""
    box = rig.Rig("odd")
    box.hook("10-fine", "note\n")
    os.mkdir(box.hooks + "/20-folder")
    os.mkfifo(box.hooks + "/30-fifo", 0o755)
    os.symlink("nowhere", box.hooks + "/40-dangling")
    os.symlink("50-loop", box.hooks + "/50-loop")
    os.symlink("10-fine/x", box.hooks + "/55-through-a-file")
    box.hook("60 odd\033name", "note\n")
    box.hook("70" + 63 * "x", "note\n")
    for name in (".hidden", "10-fine~", "10-fine.dpkg-old", "10-fine.rpmsave"):
        box.hook(name, "note\n")
    box.put(1, "firing")
    box.run()
    report.equal("what ran", [["10-fine", "firing"]], [words[:2] for words in box.notes()])
    report.equal("results", {"10-fine": "-", "20-folder": "not-a-file", "30-fifo": "not-a-file", "40-dangling": "gone",
                             "50-loop": "unreadable", "55-through-a-file": "unreadable", ".60_odd_name": "name",
                             ".70" + 61 * "x": "name"},
                 {words[2]: words[5] for words in box.results()})
    said = box.said()
    report.check("\033" not in said and "60 odd?name" in said, "the odd name is said without its escape")
    said = programs.output("hook", "list", "--hooks", box.hooks)
    report.check("\033" not in said and "60 odd?name" in said and "hidden" not in said and "~" not in said,
                 "the list is clean, too")


def check_own(report):
    """By hand a user's own hooks run; in a service they do not."""
    box = rig.Rig("own")
    box.hook("10-own", "note\n")
    for folder, _, names in os.walk(box.base):
        for name in ["", *names]:
            os.chown(os.path.join(folder, name), rig.NOBODY, rig.NOBODY)
    as_nobody = ("setpriv", "--reuid=%d" % rig.NOBODY, "--regid=%d" % rig.NOBODY, "--clear-groups")
    program = programs.copy_for_everyone(rig.runner())
    # As a service is started: it is told its own id.
    service = ("sh", "-c", 'SYSTEMD_EXEC_PID=$$ exec "$@"', "sh")
    command = [program, "--linger", "0", "--hooks", box.hooks, "--outbox", box.outboxes[0]]
    for how, before, expected in (("by hand", (), "ok"), ("as a service", service, "refused")):
        name, identity = box.put(1, "firing")
        os.chown(os.path.join(box.outboxes[0], "new", name), rig.NOBODY, rig.NOBODY)
        subprocess.run([*as_nobody, *before, *command], check=True, timeout=60, stderr=subprocess.DEVNULL)
        report.equal("its own hook %s" % how, expected, box.result_of("10-own").get(identity, [None])[0])


def body(report):
    """All of it."""
    check_matrix(report)
    check_odd_files(report)
    check_own(report)


if __name__ == "__main__":
    sandbox.main(body, 120)
