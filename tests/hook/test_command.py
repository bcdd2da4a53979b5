#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`sockwatch hook`: what it lists, and an event of its own that goes the way of a real one."""

import json
import os
import shutil

import deadline
import programs
import rig
import sandbox


def places(box):
    """Options that name the outboxes and the hooks of BOX."""
    return ["--hooks", box.hooks, "--state-dir", os.path.dirname(box.outboxes[0]),
            "--runtime-dir", os.path.dirname(box.outboxes[1])]


def check_test(report):
    """With a runner, and without one."""
    box = rig.Rig("test")
    box.hook("10-keep", "cat >$log.stdin\n")
    runner = box.start("--linger", "30s")
    for arguments, expected in (
            (["--rule", "ephemeral-ports", "--severity", "warning"], ("ephemeral-ports", "warning")),
            (["--rule", "blind"], ("blind", "critical")), ([], ("ephemeral-ports", "critical"))):
        said = programs.output("hook", "test", *places(box), *arguments)
        report.check("It was taken up" in said, "%s: %s" % (arguments, said.splitlines()[-1]))
        deadline.wait_until(lambda: not box.waiting(), 10, "the event to be done")
        with open(box.log + ".stdin", encoding="utf-8") as file:
            event = json.load(file)
        report.equal("rule and severity", expected, (event["rule"], event["severity"]))
        report.check(event["test"] is True and event["state"] == "firing" and event["summary"].startswith("Test "),
                     "it says that it is a test: %s" % event["summary"][:60])
    report.equal("results", 3 * ["ok"], [words[3] for words in box.results()])
    runner.terminate()
    runner.wait(10)

    said = programs.output("hook", "test", *places(box))
    report.check("systemctl enable --now sockwatch-hook.path" in said and "--outbox %s" % box.outboxes[0] in said,
                 "without a runner it says how to have one")
    report.equal("events that wait", 1, len(box.waiting()))


def check_errors(report):
    """What cannot be is said in one line."""
    box = rig.Rig("errors")
    for arguments, status, word in (
            (["hook", "test", "--rule", "nonsense"], 2, "ephemeral-ports"),
            (["hook", "test", "--rule", "hook-failed"], 2, "never given to hooks"),
            (["hook", "test", "--severity", "high"], 2, "critical"),
            (["hook", "nonsense"], 2, "list"), (["hook"], 2, "list|test")):
        done = programs.run(*arguments, *places(box))
        report.check(done.returncode == status and word in done.stderr, "%s: %s" % (arguments, done.stderr.strip()))
    report.equal("events that wait", [], box.waiting())
    os.chmod(os.path.join(box.outboxes[0], "new"), 0o700)
    os.chmod(os.path.join(box.outboxes[0], "tmp"), 0o700)
    os.chmod(os.path.join(box.outboxes[1], "tmp"), 0o700)
    done = programs.run("hook", "test", *places(box), unprivileged=True)
    report.check(done.returncode == 1 and "try as root" in done.stderr, "as a plain user: %s" % done.stderr.strip())
    for outbox in box.outboxes:
        shutil.rmtree(outbox)
    done = programs.run("hook", "test", *places(box))
    report.check(done.returncode == 1 and "sockwatchd makes it" in done.stderr, "without: %s" % done.stderr.strip())
    report.check(not any(map(os.path.exists, box.outboxes)), "it makes no outbox: that would be root's")


def check_list(report):
    """As text, and where there is nothing."""
    box = rig.Rig("list")
    box.hook("10-fine", "note\n")
    box.hook("20-not", "note\n", 0o644)
    said = programs.output("hook", "list", "--hooks", box.hooks)
    report.equal("text", ["10-fine runs", "20-not refused: hooks may not execute %s/20-not" % box.hooks],
                 [" ".join(line.split()) for line in said.splitlines()])
    report.check("no hooks" in programs.output("hook", "list", "--hooks", box.base + "/nowhere"), "none")
    config = os.path.join(box.base, "sockwatch.conf")
    with open(config, "w", encoding="utf-8") as file:
        file.write("[Hooks]\nDirectory=%s\n" % box.hooks)
    report.equal("by the configuration", said, programs.output("hook", "list", "--config", config))
    done = programs.run("hook", "list", "--hooks", box.log)
    report.check(done.returncode == 1 and "cannot be listed" in done.stderr, "no folder: %s" % done.stderr.strip())


def body(report):
    """All of it."""
    check_test(report)
    check_errors(report)
    check_list(report)


if __name__ == "__main__":
    sandbox.main(body, 60)
