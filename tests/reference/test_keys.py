# SPDX-License-Identifier: LGPL-2.1-or-later
"""test_keys.py GOLDEN-FOLDER: the keys of a status and of an event are those that readers hold on to.

What is promised is never left out, and what is there besides has been put down here: a key that is taken away,
renamed or let in by accident shows.
"""

import json
import sys
import unittest
from pathlib import Path

GOLDEN = Path(sys.argv[1])

STATES = ("established syn_sent syn_recv fin_wait1 fin_wait2 time_wait close close_wait last_ack listen closing bound "
          "other").split()

TUPLE = ("family source destination port device range reserved blocked capacity used free free_low utilization held "
         "time_wait reusable states rate_per_s open_rate_per_s ceiling_per_s heading_to exhausted_in_s slow_connects "
         "slow_share level reuse binds units").split()
TUPLE_BESIDES = "age_s present_rate_per_s rate_before_per_s rate_since units_earlier".split()

# Each object by its place: what is promised, and what has come since.
STATUS = {
    "": ("schema version host time duration_ms complete problems level namespaces alerts limits daemon", ""),
    "namespaces": ("name inode cookie complete problems level kernel sockets states ephemeral time_wait ports tuples "
                   "sources inbound advice", "rest_age_s"),
    "namespaces.problems": ("what why", ""),
    "namespaces.kernel": ("release ip_local_port_range ip_local_reserved_ports tcp_tw_reuse tcp_tw_reuse_delay_ms "
                          "tcp_timestamps tcp_fin_timeout tcp_max_tw_buckets somaxconn", "tcp_tw_recycle"),
    "namespaces.sockets": ("total ipv4 ipv6", ""),
    "namespaces.states": (" ".join(STATES), ""),
    "namespaces.ephemeral": ("range reserved blocked capacity free_new_destination", ""),
    "namespaces.time_wait": ("count limit client_side server_side reusable arrivals_per_s limit_reached_in_s", ""),
    "namespaces.ports": ("port role total states accept_queue accept_limit closes_first", "accept_drops units"),
    "namespaces.ports.states": (" ".join(STATES), ""),
    "namespaces.tuples": (" ".join(TUPLE), " ".join(TUPLE_BESIDES)),
    "namespaces.tuples.states": (" ".join(STATES), ""),
    "namespaces.sources": ("address bind_capacity bind_free in_use level", "exhausted_in_s"),
    "namespaces.inbound": ("port peer ports_held level", "address range utilization"),
    "namespaces.advice": ("id severity subject why do gain", ""),
    "limits": ("conntrack orphans", ""),
    "limits.conntrack": ("count max", ""),
    "daemon": ("running interval_s last_poll", "hooks detection_delay_s dumps dumps_skipped last_dump_reason"),
}

EVENT = {
    "": ("schema event_id alert_id state rule severity summary subject host time since netns tuple advice attempt "
         "previous_severity cause errno test", "duration_s exhausted_for_s slow_for_s peak_used muted_until bind_wall"),
    "tuple": (" ".join(TUPLE), " ".join(TUPLE_BESIDES)),
    "tuple.states": (" ".join(STATES), ""),
    "advice": ("id severity subject why do gain", ""),
}


def objects(value, place=""):
    """Every object within VALUE with the keys that lead to it; that of a list's members is the list's."""
    if isinstance(value, list):
        for member in value:
            yield from objects(member, place)
    elif isinstance(value, dict):
        yield place, value
        for key, member in value.items():
            yield from objects(member, (place + "." if place else "") + key)


class KeysTest(unittest.TestCase):
    def check(self, names, contract, apart=()):
        """APART: objects that are somebody else's."""
        seen = set()
        for name in names:
            for place, value in objects(json.loads((GOLDEN / name).read_text())):
                if place.split(".")[0] in apart:
                    continue
                self.assertIn(place, contract, name)
                seen.add(place)
                promised, besides = (set(words.split()) for words in contract[place])
                missing = promised - set(value)
                self.assertFalse(missing, "%s: %s lacks %s" % (name, place or "the whole", sorted(missing)))
                more = {key for key in set(value) - promised - besides
                        if not key.endswith(("_omitted", "_overflow_sockets"))}
                self.assertFalse(more, "%s: %s has %s" % (name, place or "the whole", sorted(more)))
        return seen

    def test_a_status_has_what_is_promised(self):
        names = [path.name for path in GOLDEN.glob("*.json")
                 if json.loads(path.read_text()).get("schema") == "sockwatch.status/1"]
        seen = self.check(names, STATUS, apart=("alerts", "problems"))
        # Nothing is promised that no golden file shows.
        self.assertEqual(set(STATUS) - seen, set())

    def test_an_event_has_what_is_promised(self):
        self.assertEqual(set(EVENT) - self.check(["trouble.event.json"], EVENT), set())

    def test_what_could_not_be_counted_is_null(self):
        status = json.loads((GOLDEN / "incomplete.json").read_text())
        for key in "sockets states ephemeral time_wait ports tuples sources inbound advice".split():
            self.assertIsNone(status["namespaces"][0][key], key)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
