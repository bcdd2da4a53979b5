#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The examples in config/hooks, as somebody would use them, against stand-ins of what they talk to."""

import email
import email.policy
import json
import os
import re
import shutil
import sys

import rig
import sandbox
import services
from outcome import Skip

EXAMPLES = sys.argv[1] if len(sys.argv) > 1 else ""

ADVICE = {"id": "keepalive", "severity": "critical", "subject": "s", "why": "w", "do": "keep <b> & open", "gain": "g"}
HOSTILE = ("Ports to a\nBcc: evil@example.org\r\n\r\n<!channel> \"q\" $(touch /run/scratch/trap) `id` \u001b[2J ä "
           + "x" * 3000)
FIRING = {"summary": HOSTILE, "advice": [ADVICE], "cause": "client-closes-first"}


def box_with(example, settings=None, secrets=None):
    """A runner with one example, whose settings were edited as its first lines ask for."""
    box = rig.Rig("example-%s" % example)
    path = os.path.join(box.hooks, example)
    shutil.copyfile(os.path.join(EXAMPLES, example), path)
    os.chmod(path, 0o755)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for key, value in (settings or {}).items():
        text, n = re.subn("(?m)^%s=.*$" % key, lambda _, line="%s=%s" % (key, value): line, text)
        assert n == 1, key
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    credentials = os.path.join(box.base, "credentials")
    os.mkdir(credentials, 0o700)
    for name, value in (secrets or {}).items():
        with open(os.path.join(credentials, name), "w", encoding="utf-8") as file:
            file.write(value + "\n")
    box.environment = {"CREDENTIALS_DIRECTORY": credentials}
    return box


def run(box, *options):
    """Let the runner work off what waits; what the hooks' results were."""
    box.run("--backoff", "10ms", *options, environment=box.environment)
    return [words[3] for words in box.results()]


def life(box):
    """Firing, changed and resolved of one alert."""
    box.put(0xabc, "firing", severity="warning", **FIRING)
    box.put(0xabc, "changed", severity="critical", previous_severity="warning", **FIRING)
    box.put(0xabc, "resolved", severity="critical", time="2026-11-22T04:00:00.500Z", **FIRING)


def bodies(web):
    """What came, read as JSON."""
    return [json.loads(body) for _, _, body in web.requests]


def check_webhook(report):
    """The event as it is, with a token; an answer that it is too much is tried again."""
    web = services.Web([503, 204, 200, 400])
    box = box_with("webhook", {"url": "http://127.0.0.1:%d/in" % web.port}, {"webhook-token": "s3cret"})
    life(box)
    report.equal("webhook: results", ["retry", "ok", "ok", "failed"], run(box))
    report.equal("webhook: events", ["boot-1", "boot-1", "boot-2", "boot-3"],
                 [body["event_id"] for body in bodies(web)])
    report.check(bodies(web)[0]["summary"] == HOSTILE and bodies(web)[1]["attempt"] == 2, "webhook: the event is whole")
    path, headers, _ = web.requests[0]
    report.equal("webhook: where and how", ("/in", "Bearer s3cret", "application/json"),
                 (path, headers.get("Authorization"), headers.get("Content-Type")))
    web.close()
    box.put(1, "firing")
    report.equal("webhook: nobody there", ["retry"] * 4 + ["failed"], run(box)[4:])
    web = services.Web()
    shutil.rmtree(box.base)
    box = box_with("webhook", {"url": "http://127.0.0.1:%d/" % web.port})
    box.put(1, "firing")
    report.equal("webhook: without a token", (["ok"], False), (run(box), "Authorization" in web.requests[0][1]))


def check_slack(report):
    """A message with its special characters escaped; the secret address is used."""
    web = services.Web()
    box = box_with("slack", secrets={"slack-url": "http://127.0.0.1:%d/services/T/B/x" % web.port})
    life(box)
    report.equal("slack: results", ["ok"] * 3, run(box))
    report.equal("slack: address", {"/services/T/B/x"}, {path for path, _, _ in web.requests})
    first, _, last = bodies(web)
    report.check("&lt;!channel&gt;" in first["text"] and "<!" not in first["text"], "slack: nobody is called by a text")
    report.equal("slack: colours", ["warning", "danger", "good"],
                 [body["attachments"][0]["color"] for body in bodies(web)])
    report.equal("slack: advice", "keep &lt;b&gt; &amp; open", last["attachments"][0]["fields"][-1]["value"])


def check_pagerduty(report):
    """Trigger, trigger, resolve of one incident."""
    web = services.Web([202])
    box = box_with("pagerduty", {"url": "http://127.0.0.1:%d/v2/enqueue" % web.port}, {"pagerduty-key": "R0UT1NG"})
    life(box)
    report.equal("pagerduty: results", ["ok"] * 3, run(box))
    came = bodies(web)
    report.equal("pagerduty: actions", ["trigger", "trigger", "resolve"], [body["event_action"] for body in came])
    report.equal("pagerduty: one incident, its key", ({"%016x" % 0xabc}, {"R0UT1NG"}),
                 ({body["dedup_key"] for body in came}, {body["routing_key"] for body in came}))
    report.equal("pagerduty: severities", ["warning", "critical", "critical"],
                 [body["payload"]["severity"] for body in came])
    report.check(all(len(body["payload"]["summary"]) == 1024 and HOSTILE.startswith(body["payload"]["summary"])
                     for body in came), "pagerduty: the summary is as long as it may be")


def check_alertmanager(report):
    """An alert that changes its severity ends under the old one, and what is resolved ends under all."""
    web = services.Web()
    box = box_with("alertmanager", {"url": "http://127.0.0.1:%d" % web.port})
    life(box)
    report.equal("alertmanager: results", ["ok"] * 3, run(box))
    report.equal("alertmanager: where", {"/api/v2/alerts"}, {path for path, _, _ in web.requests})
    on, ended = "2026-11-29T03:12:01Z", "2026-11-22T03:12:01.250Z"
    expected = [{"warning": on}, {"notice": ended, "warning": ended, "critical": on},
                dict.fromkeys(("notice", "warning", "critical"), "2026-11-22T04:00:00.500Z")]
    report.equal("alertmanager: ends", expected,
                 [{alert["labels"]["severity"]: alert["endsAt"] for alert in body} for body in bodies(web)])
    alerts = [alert for body in bodies(web) for alert in body]
    report.check(all(re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", label) for alert in alerts for label in alert["labels"])
                 and all(isinstance(value, str) for alert in alerts for value in alert["labels"].values()),
                 "alertmanager: labels are labels")
    report.equal("alertmanager: names", {("sockwatch-ephemeral-ports", "web-17")},
                 {(alert["labels"]["alertname"], alert["labels"]["instance"]) for alert in alerts})


def check_mail(report):
    """A mail that a program reads as one, whatever the texts in it say."""
    server = services.Mail()
    box = box_with("mail", {"server": "smtp://127.0.0.1:%d" % server.port, "to": "oncall@example.net"})
    life(box)
    box.put(1, "firing", summary=".", host="ho\nst", subject=None)
    report.equal("mail: results", ["ok"] * 4, run(box))
    report.equal("mail: envelopes", {("sockwatch@example.org", ("oncall@example.net",))},
                 {(sender, tuple(to)) for sender, to, _ in server.messages})
    mails = [email.message_from_bytes(text, policy=email.policy.default) for _, _, text in server.messages]
    mails.sort(key=lambda mail: mail["Message-ID"])
    report.equal("mail: headers of others", [None] * 4, [mail["Bcc"] for mail in mails])
    report.equal("mail: what it is about", ["[web-17] WARNING: Ports to a?Bcc", "[web-17] CRITICAL: Ports to a?Bcc",
                                            "[web-17] RESOLVED: Ports to a?Bcc"],
                 [mail["Subject"].partition(": evil")[0] for mail in mails[:3]])
    text = mails[0].get_content()
    report.check("- keep <b> & open (g)" in text and "\033" not in text and "ä" in text, "mail: the text")
    report.check(len(mails[0]["Subject"]) < 250 and mails[0]["Message-ID"] == "<boot-1@web-17>",
                 "mail: %s, %d characters" % (mails[0]["Message-ID"], len(mails[0]["Subject"])))
    report.check(all(b"\n" not in part for _, _, text in server.messages for part in text.split(b"\r\n")),
                 "mail: lines end as they should")
    report.check(mails[3]["From"].startswith("sockwatch on ho"), "mail: an odd host: %s" % mails[3]["From"])


def body(report):
    """Each of them, where what they are written with is there."""
    for tool in ("curl", "jq"):
        if not shutil.which(tool):
            raise Skip("%s is not installed" % tool)
    checks = {"webhook": check_webhook, "slack": check_slack, "pagerduty": check_pagerduty,
              "alertmanager": check_alertmanager, "mail": check_mail}
    report.equal("examples", sorted(checks), sorted(set(os.listdir(EXAMPLES)) - {"meson.build"}))
    for check in checks.values():
        check(report)
    report.check(not os.path.exists("/run/scratch/trap"), "no text was run")


if __name__ == "__main__":
    sandbox.main(body, 60)
