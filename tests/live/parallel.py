# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cases run in processes of their own: each with its own descriptors and namespace, several at a time."""

import os
import pickle
import selectors
import sys
import traceback

import linux
from outcome import Failure


class Crashed:
    """A case that ended without an answer; TEXT says why."""

    def __init__(self, text):
        self.text = text


def each(function, items, at_once=None):
    """Return [FUNCTION(item) for item in ITEMS], computed in forked processes, Crashed where that failed."""
    items = list(items)
    answers = [None] * len(items)
    limit = at_once or 2 * (os.cpu_count() or 1)
    waiting, running = list(range(len(items))), selectors.DefaultSelector()
    while waiting or running.get_map():
        while waiting and len(running.get_map()) < limit:
            index = waiting.pop(0)
            pid, fd = _start(function, items[index])
            running.register(fd, selectors.EVENT_READ, (index, pid, bytearray()))
        for key, _ in running.select():
            index, pid, text = key.data
            part = os.read(key.fd, 1 << 16)
            if part:
                text += part
                continue
            running.unregister(key.fd)
            os.close(key.fd)
            _, status = os.waitpid(pid, 0)
            answers[index] = pickle.loads(text) if text else Crashed("ended with status %d" % status)
    return answers


def reports(report, function, items, at_once=None):
    """Merge the reports that FUNCTION(item) returns for all ITEMS into REPORT, in the order of the items."""
    for item, answer in zip(items, each(function, items, at_once)):
        if isinstance(answer, Crashed):
            report.check(False, "%s: %s" % (getattr(item, "name", item), answer.text))
        else:
            report.merge(answer)


def _start(function, item):
    """Fork a process that writes its pickled answer to the returned descriptor."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    try:
        linux.die_with_parent()
        os.close(reader)
        try:
            answer = function(item)
        except Failure as failure:
            answer = Crashed(str(failure))
        except Exception:  # a bug in a test: the caller shows it beside the name of the case
            answer = Crashed(traceback.format_exc())
        sys.stdout.flush()
        with os.fdopen(writer, "wb") as file:
            pickle.dump(answer, file)
    finally:
        os._exit(0)  # never on into the caller's code, nor through its cleanup
