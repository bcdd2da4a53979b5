#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How the runner comes and goes: what it waits for, what it leaves alone, and how it is stopped."""

import json
import os
import signal
import socket
import subprocess
import time

import deadline
import linux
import rig
import sandbox


def check_linger(report):
    """It stays for what may come, takes it at once, and then goes."""
    box = rig.Rig("linger")
    box.hook("10-note", "note\n")
    box.put(1, "firing")
    process = box.start("--linger", "1s")
    deadline.wait_until(box.notes, 10, "the first event")
    time.sleep(0.5)
    begin = time.monotonic()
    box.put(1, "resolved")
    deadline.wait_until(lambda: len(box.notes()) == 2, 10, "the second event")
    report.check(time.monotonic() - begin < 0.5, "it is told of new events: %.3f s" % (time.monotonic() - begin))
    report.equal("it ends", 0, process.wait(20))
    took = time.monotonic() - begin
    report.check(1 <= took < 3, "it stays for as long as it was told to: %.1f s" % took)


def check_forever(report):
    """For ever is until the one who has started it is gone, where it is told to end with that."""
    box = rig.Rig("forever")
    box.hook("10-note", "note\n")
    program = ("import os, subprocess, sys; p = subprocess.Popen([*sys.argv[1:], '--parent=%d' % os.getpid()]); "
               "print(p.pid, flush=True); sys.stdin.read()")
    command = [rig.runner(), "--linger", "forever", "--hooks", box.hooks, "--outbox", box.outboxes[0]]
    with subprocess.Popen(["python3", "-c", program, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, preexec_fn=linux.die_with_parent) as parent:
        runner = int(parent.stdout.readline())
        box.put(1, "firing")
        deadline.wait_until(box.notes, 10, "a note")
        time.sleep(0.3)
        report.check(runner in rig.processes(), "it stays with nothing to do")
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    deadline.wait_until(lambda: runner not in rig.processes(), 10, "the runner to follow")
    report.check(True, "it ends with who started it")
    done = subprocess.run([*command, "--parent", str(runner)], stderr=subprocess.DEVNULL, timeout=20, check=False)
    report.equal("its parent is gone already", 1, done.returncode)


def check_missing(report):
    """Outboxes that are not there yet, that come, go and come again."""
    box = rig.Rig("missing")
    box.hook("10-note", "note\n")
    gone = box.outboxes[1]
    subprocess.run(["rm", "-r", gone], check=True)
    box.run()
    report.equal("with one missing: runs", 0, len(box.notes()))
    process = box.start("--linger", "30s")
    box.put(1, "firing")
    deadline.wait_until(lambda: len(box.notes()) == 1, 10, "the first")
    rig.make_outbox(gone)
    box.put(2, "firing", outbox=1)
    deadline.wait_until(lambda: len(box.notes()) == 2, 15, "the one in an outbox that came later")
    process.terminate()
    report.equal("it ends", 0, process.wait(10))


def check_one_at_a_time(report):
    """Of two runners one waits for the other."""
    box = rig.Rig("two")
    box.hook("10-note", "note; sleep 0.3\n")
    for alert in range(4):
        box.put(alert, "firing")
    first, second = box.start("--linger", "0"), box.start("--linger", "0")
    report.equal("both end", [0, 0], [first.wait(20), second.wait(20)])
    report.equal("runs", 4, len(box.notes()))
    report.equal("times one says that it waits", 1, box.said().count("another runner has %s" % box.outboxes[0]))


def check_stop(report):
    """Told to end it ends its hooks, which count as not run; the next one gives them the event again."""
    box = rig.Rig("stop")
    box.hook("10-long", "note; if [ -e $log.quick ]; then exit 0; fi; sleep 1000 & wait\n")
    box.put(1, "firing")
    process = box.start("--linger", "30s")
    deadline.wait_until(box.notes, 10, "a note")
    begin = time.monotonic()
    process.terminate()
    report.equal("exit status", 0, process.wait(10))
    report.check(time.monotonic() - begin < 3, "it ends within %.2f s" % (time.monotonic() - begin))
    report.equal("hooks that are left", {}, rig.processes())
    report.equal("results", [], box.results())
    report.equal("events that wait", 1, len(box.waiting()))
    open(box.log + ".quick", "w", encoding="utf-8").close()
    box.run()
    report.equal("the next one: results", [["10-long", "ok", "1"]], [words[2:5] for words in box.results()])


def check_stuck_log(report):
    """Nobody reads what it says, through a pipe or, as in a service, a socket: hooks run all the same."""
    for what, pair in (("pipe", os.pipe()), ("socket", tuple(end.detach() for end in socket.socketpair()))):
        box = rig.Rig("stuck-%s" % what)
        box.hook("10-chatty", "head -c 4000 /dev/zero | tr '\\0' x; note\n")
        for alert in range(100):
            box.put(alert, "firing")
        command = [rig.runner(), "--linger", "0", "--hooks", box.hooks, "--outbox", box.outboxes[0]]
        with subprocess.Popen(command, stderr=pair[1], preexec_fn=linux.die_with_parent) as process:
            report.equal("stuck %s: it ends" % what, 0, process.wait(30))
        report.equal("stuck %s: runs" % what, 100, len(box.notes()))
        for end in pair:
            os.close(end)


def check_lost_supervisor(report):
    """A run whose own keeper was killed is tried again."""
    box = rig.Rig("lost")
    box.hook("10-long", "note; if [ -e $log.quick ]; then exit 0; fi; sleep 1000\n")
    box.put(1, "firing")
    process = box.start("--linger", "0", "--backoff", "100ms")
    deadline.wait_until(box.notes, 10, "a note")
    open(box.log + ".quick", "w", encoding="utf-8").close()
    keeper = [pid for pid, name in rig.processes().items() if name == "sockwatch-run"]
    os.kill(keeper[0], signal.SIGKILL)
    report.equal("it ends", 0, process.wait(20))
    report.equal("results", [["retry", "1", "lost"], ["ok", "2", "-"]], [words[3:] for words in box.results()])
    for pid in rig.processes():
        os.kill(pid, signal.SIGKILL)


def check_severity(report):
    """Below the wanted severity nothing runs, and the event goes."""
    box = rig.Rig("severity")
    box.hook("10-note", "note $SOCKWATCH_SEVERITY\n")
    for least, expected in (("notice", 3), ("warning", 2), ("critical", 1)):
        before = len(box.notes())
        for alert, severity in enumerate(("notice", "warning", "critical")):
            box.put(alert, "firing", severity=severity)
        box.run("--min-severity", least)
        report.equal("--min-severity %s: runs" % least, expected, len(box.notes()) - before)
    report.equal("what is left", [], box.waiting())


def check_no_hooks(report):
    """Without hooks events go; while the hooks cannot be looked at they stay."""
    box = rig.Rig("none")
    box.put(1, "firing")
    box.run()
    report.equal("without hooks, what is left", [], box.waiting())
    os.rmdir(box.hooks)
    box.put(1, "firing")
    box.run()
    report.equal("without a folder, what is left", [], box.waiting())
    open(box.hooks, "w", encoding="utf-8").close()
    box.put(1, "firing")
    process = box.start("--linger", "0")
    time.sleep(0.5)
    report.equal("with hooks that cannot be read, what is left", 1, len(box.waiting()))
    report.equal("this is said", 1, box.said().count("%s cannot be read" % box.hooks))
    process.terminate()
    process.wait(10)


def check_foreign(report):
    """What is no event of ours is set aside and run by nobody."""
    box = rig.Rig("foreign")
    box.hook("10-note", "note\n")
    new = os.path.join(box.outboxes[0], "new")
    box.put(1, "firing", text="")
    box.put(1, "firing", text="{")
    box.put(1, "firing", text="[]")
    box.put(1, "firing", text='{"schema":"sockwatch.event/1"}')
    box.put(1, "firing", schema="sockwatch.event/2")
    box.put(1, "firing", event_id="boot-other", name="%012d-%016x-firing-boot-x.json" % (900, 1))
    box.put(1, "firing", text=json.dumps(rig.event(1, "resolved", box.number + 1)))
    box.put(1, "firing", severity="bad")
    box.put(1, "exploded")
    box.put(1, "firing", text=" " * 70000)
    box.put(1, "firing", text='{"a":"\\u0000"}')
    box.put(1, "firing", text='"\udcff"'.encode("utf-8", "surrogateescape").decode("latin-1"))
    box.put(1, "firing", name="no-event.json")
    box.put(1, "firing", name="odd\033name.json")
    name, _ = box.put(1, "firing")
    os.chown(os.path.join(new, name), 1000, 1000)
    box.put(1, "firing", name="link-target")
    os.rename(os.path.join(new, "link-target"), os.path.join(box.base, "target"))
    os.symlink(os.path.join(box.base, "target"), os.path.join(new, "%012d-%016x-firing-boot-99.json" % (99, 1)))
    os.mkfifo(os.path.join(new, "%012d-%016x-firing-boot-98.json" % (98, 1)))
    os.mkdir(os.path.join(new, "%012d-%016x-firing-boot-97.json" % (97, 1)))
    n_bad = len(os.listdir(new))
    box.put(1, "resolved")
    box.run()
    report.equal("what ran", [["10-note", "resolved"]], [words[:2] for words in box.notes()])
    report.equal("set aside", n_bad, len(box.left("bad")))
    report.equal("what is left", ([], []), (box.waiting(), box.left("claimed")))
    said = box.said()
    report.equal("times this is said", n_bad, said.count(" is no event: "))
    report.check("\033" not in said, "what is said is clean")
    for number in range(70):
        box.put(1, "firing", text="{")
    box.run()
    report.equal("of many some are kept", 64, len(box.left("bad")))


def check_notes(report):
    """What an earlier runner has done is not done again; its notes on what is no more go."""
    box = rig.Rig("notes")
    box.hook("10-done", "note\n")
    box.hook("20-tried", "note $(sed 's/.*\"attempt\":\\([0-9]*\\),.*/\\1/')\n")
    box.hook("30-new", "note\n")
    name, identity = box.put(1, "firing")
    claimed = os.path.join(box.outboxes[1], "claimed")
    with open(os.path.join(claimed, name), "w", encoding="utf-8") as file:
        file.write("%s %016x 10-done ok 1 -\n%s %016x 20-tried retry 2 exit-75\n%s %016x 30-new o"
                   % (identity, 1, identity, 1, identity, 1))
    open(os.path.join(claimed, name.replace("boot-1", "boot-0")), "w", encoding="utf-8").close()
    box.run()
    report.equal("runs", [["20-tried", "3"], ["30-new"]], [[words[0], *words[4:]] for words in box.notes()])
    report.equal("notes that are left", [], box.left("claimed"))


def check_config(report):
    """What the command line does not name is as the configuration says; with an error in that, at its default."""
    box = rig.Rig("config")
    box.hook("10-note", "note; sleep 1.5\n")
    config = os.path.join(box.base, "sockwatch.conf")
    for text, options, expected in (
            ("[Hooks]\nDirectory=%s\nMinSeverity=critical\n" % box.hooks, [], "ok"),
            ("[Hooks]\nDirectory=%s\nTimeout=1s\nMinSeverity=notice\n" % box.hooks, [], "timeout"),
            ("[Hooks]\nDirectory=/nowhere\nTimeout=1s\n", ["--hooks", box.hooks, "--timeout", "10s"], "ok"),
            ("[Hooks]\nDirectory=/nowhere\nTimeout=x\n", ["--hooks", box.hooks], "ok")):
        with open(config, "w", encoding="utf-8") as file:
            file.write(text)
        identity = box.put(1, "firing", severity="warning" if "notice" in text else "critical")[1]
        subprocess.run([rig.runner(), "--config", config, "--linger", "0", "--outbox", box.outboxes[0], *options],
                       stderr=open(box.stderr, "ab"), check=True, timeout=20)
        report.equal("%r %s" % (text, options[:1]), expected, box.result_of("10-note").get(identity, [None])[0])
    report.check("its defaults hold" in box.said(), "errors in it are said")


def check_new_config(report):
    """Each event goes by the configuration as it is then; with an error in that, by what held before."""
    box = rig.Rig("new-config")
    box.hook("10-note", "note; sleep 1.5\n")
    config = os.path.join(box.base, "sockwatch.conf")

    def set_config(text):
        with open(config + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(config + ".new", config)

    set_config("[Hooks]\nDirectory=/nowhere\n")
    # By a relative name: it leaves the directory it was started in.
    process = subprocess.Popen([rig.runner(), "--config", os.path.basename(config), "--linger", "forever", "--outbox",
                                box.outboxes[0]], cwd=box.base, stderr=open(box.stderr, "ab"),
                               preexec_fn=linux.die_with_parent)
    box.put(1, "firing")
    deadline.wait_until(lambda: not box.waiting(), 10, "the first event to go")
    report.equal("with no hooks", [], box.results())
    for text, expected in (("Directory=%s\n" % box.hooks, "ok"), ("Directory=%s\nTimeout=1s\n" % box.hooks, "timeout"),
                           ("Timeout=x\n", "timeout"), ("Timeout=y\n", "timeout"),
                           ("Directory=%s\n" % box.hooks, "ok"),
                           ("Directory=%s\nMinSeverity=critical\n" % box.hooks, None)):
        set_config("[Hooks]\n" + text)
        identity = box.put(1, "firing", severity="warning")[1]
        deadline.wait_until(lambda: not box.waiting(), 20, "the event to go")
        report.equal(repr(text), expected, box.result_of("10-note").get(identity, [None])[0])
    report.equal("times an error is said", 1, box.said().count("so hooks run as before"))
    report.equal("times its end is", 1, box.said().count("has no errors any more"))
    process.terminate()
    report.equal("it ends", 0, process.wait(10))


def check_usage(report):
    """What it does not take it says."""
    for arguments in (["--linger", "x"], ["--parent", "x"], ["--parent", "0"], ["--timeout", "0"], ["--min-severity", "high"], ["--outbox", ""], ["x"],
                      ["--nonsense"], 5 * ["--outbox", "/x"]):
        done = subprocess.run([rig.runner(), *arguments], capture_output=True, text=True, timeout=20, check=False)
        report.check(done.returncode == 2 and done.stderr, "%s: %s" % (arguments, done.stderr.splitlines()[:1]))
    for argument in ("--help", "--version"):
        done = subprocess.run([rig.runner(), argument], capture_output=True, text=True, timeout=20, check=False)
        report.check(done.returncode == 0 and "sockwatch-hook" in done.stdout, argument)


def body(report):
    """All of it."""
    for check in (check_linger, check_forever, check_missing, check_one_at_a_time, check_stop, check_stuck_log,
                  check_lost_supervisor, check_severity, check_no_hooks, check_foreign, check_notes, check_config,
                  check_new_config, check_usage):
        check(report)


if __name__ == "__main__":
    sandbox.main(body, 100)
