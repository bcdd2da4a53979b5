# SPDX-License-Identifier: LGPL-2.1-or-later
"""stateless.py SIZE ARCHIVE: the pure core has no writable memory of its own.

Only for builds without instrumentation, which keeps counters there.
"""

import re
import subprocess
import sys

import tree

# Tables of pointers need .data.rel.ro: written by the loader, read-only ever after.
WRITABLE = re.compile(r"\.t?(data|bss)(?!\.rel\.ro)(\..*)?|COMMON")


def members(size, archive):
    """Yields (member, section, bytes) for every section of every member."""
    listing = subprocess.run([size, "-A", archive], capture_output=True, text=True, check=True)
    member = None
    for line in listing.stdout.splitlines():
        words = line.split()
        if "(ex " in line:
            member = line.partition(" ")[0]
        elif len(words) == 3 and words[1].isdigit():
            yield member, words[0], int(words[1])


def complaints(sections):
    for member, section, n_bytes in sections:
        if n_bytes and WRITABLE.fullmatch(section):
            yield f"{member}: {n_bytes} bytes of hidden state in {section}"


if __name__ == "__main__":
    found = list(members(*sys.argv[1:3]))
    sys.exit(tree.verdict(len(found), complaints(found)))
