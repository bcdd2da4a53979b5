#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real exhaustion that an administrator has muted: in silence, over a kill, until it is taken back; its end is told."""

import box as boxes
import deadline
import exhaustion
import installed

PORTS = 500
RATE = 100
CONFIG = "/etc/sockwatch/sockwatch.conf.d/test.conf"
MUTES = "/etc/sockwatch/mutes.json"
DESTINATION = "%s:%d" % (exhaustion.ADDRESS, exhaustion.PORT)


def command(*arguments):
    """A command line of the installed command."""
    return (installed.directory("bindir") + "/sockwatch", *arguments)


def mute(box):
    """As an administrator does."""
    return box.output(*command("mute", "ephemeral-ports", DESTINATION, "--for", "1h", "--reason", "moving it"))


def wait_for_mute(box, since=None):
    """The critical alert in a status file that is not the one SINCE, once it is mute."""
    def there():
        status = installed.status_file(box)
        if status["time"] == since:
            return []
        return [one for one in status["alerts"] if one["severity"] == "critical" and one["muted_until"]]

    return deadline.wait_until(there, 30, lambda: "a mute alert\n" + installed.told(box), step=0.2)[0]


def check_file(report, box):
    """Root's, and for the daemon to read."""
    report.equal("owner and mode", box.output("stat", "-c", "%U %a", MUTES).strip(), "root 644")
    done = box.run("runuser", "-u", "sockwatch", "--", *command("unmute", "ephemeral-ports", DESTINATION))
    report.check(done.returncode == 1 and "try as root" in done.stderr, "as the daemon's user: %s" % done.stderr.strip())
    report.check("moving it" in box.output("runuser", "-u", "sockwatch", "--", *command("mute", "list")),
                 "that user may read it")


def check_killed(report, box, before):
    """A daemon that is killed neither tells nor forgets."""
    pid = installed.main_pid(box)
    box.output("systemctl", "kill", "--signal=KILL", "--kill-whom=main", installed.DAEMON)
    deadline.wait_until(lambda: installed.main_pid(box) not in (0, pid), 20, "another daemon")
    # This may be what the killed one has left; the next one is not.
    after = wait_for_mute(box, installed.status_file(box)["time"])
    report.equal("alert, its beginning, its event", [after[key] for key in ("alert_id", "since", "event_id")],
                 [before["alert_id"], before["since"], None])
    report.equal("alerts in the journal", installed.alerts(box), [])


def check_told(report, box, before):
    """When the mute is taken back, what still fires is told, once."""
    box.output(*command("unmute", "ephemeral-ports", DESTINATION))
    entry = installed.wait_for_alert(box, 20, "critical")
    report.equal("state, alert, since", [entry["SOCKWATCH_" + key] for key in ("STATE", "ALERT_ID", "SINCE")],
                 ["firing", before["alert_id"], before["since"]])


def check_end(report, box):
    """The end of what was told is told, also in a mute."""
    mute(box)
    wait_for_mute(box)
    box.write(CONFIG, "[Poll]\nInterval=500ms\n[EphemeralPorts]\nEnabled=no\n")
    box.output("systemctl", "reload", installed.DAEMON)
    deadline.wait_until(lambda: len(installed.alerts(box)) > 1, 20, "the end to be told")
    report.equal("in the journal", [entry["SOCKWATCH_STATE"] for entry in installed.alerts(box)], ["firing", "resolved"])


def body(report, box):
    """Mute it, use up a small range, and let it be heard of."""
    exhaustion.small_range(40000, PORTS)
    installed.install(report, box)
    box.write(CONFIG, "[Poll]\nInterval=500ms\n")
    installed.start(report, box)
    report.note(mute(box).strip())
    load = exhaustion.Load()
    load.run(RATE, lambda: load.refused, 3 * PORTS / RATE)
    load.close()
    before = wait_for_mute(box)
    report.equal("alerts in the journal", installed.alerts(box), [])
    report.check("muted until" in box.output(*command("status")), "sockwatch status says so")
    check_file(report, box)
    check_killed(report, box, before)
    check_told(report, box, before)
    check_end(report, box)
    installed.stop(report, box)


if __name__ == "__main__":
    boxes.main(body, 110)
