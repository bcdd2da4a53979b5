# SPDX-License-Identifier: LGPL-2.1-or-later
"""Folders are floors: includes only go down. Reads the include lines and looks up two tables."""

import re
import sys

import tree

# Who may include whose headers. A quoted include always names its folder, so that the floor
# shows in the line.
CORE = {"sockwatch", "base"}
SHELL = CORE | {"core", "diag", "render", "settings", "io"}
FLOORS = {
    "include/sockwatch": {"sockwatch"},
    "src/base": {"base"},
    "src/core": CORE | {"core"},
    "src/diag": CORE | {"diag"},
    "src/render": CORE | {"render"},
    "src/settings": CORE | {"settings"},
    "src/io": CORE | {"io"},
    "src/daemon": SHELL | {"daemon"},
    "src/selftest": CORE | {"io", "selftest"},
    "src/cli": SHELL | {"selftest", "cli"},
    "src/hook": SHELL | {"hook"},
}

# Foreign headers, by how they begin, that only some floors may know.
FOREIGN = {
    "libmnl/": {"src/diag", "src/io"},
    "systemd/": {"src/daemon"},
    "jansson.h": {"src/render", "src/cli", "src/hook"},
    "xxhash.h": {"src/base"},
}

OWN_FOLDERS = set().union(*FLOORS.values())
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
WITH_FOLDER = re.compile(r"([a-z-]+)/[a-z0-9-]+\.h")


def _quoted(floor, header):
    match = WITH_FOLDER.fullmatch(header)
    if not match or match[1] not in OWN_FOLDERS:
        return "is not written as FOLDER/NAME.h with a folder of ours"
    if match[1] not in FLOORS[floor]:
        return f"is out of bounds for {floor}"
    return None


def _angled(floor, header):
    if header.split("/")[0] in OWN_FOLDERS:
        return "is ours and belongs in quotes"
    for beginning, floors in FOREIGN.items():
        if header.startswith(beginning) and floor not in floors:
            return f"is out of bounds for {floor}"
    return None


def complaints(root, names):
    for name in names:
        floor = "/".join(name.parts[:2])
        if floor not in FLOORS:
            yield f"{name}: stands on no known floor"
            continue
        for number, line in enumerate((root / name).read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            judge = _quoted if match[1] == '"' else _angled
            if fault := judge(floor, match[2]):
                yield f"{name}:{number}: {match[2]} {fault}"


def table():
    rows = ["", "Who may include what:"]
    for floor, below in FLOORS.items():
        foreign = {beginning for beginning, floors in FOREIGN.items() if floor in floors}
        brackets = "".join(f"  <{beginning}>" for beginning in sorted(foreign))
        rows.append(f"  {floor:<18} {' '.join(sorted(below))}{brackets}")
    return "\n".join(rows)


if __name__ == "__main__":
    sources = tree.c_files(tree.ROOT, "src", "include")
    sys.exit(tree.verdict(len(sources), complaints(tree.ROOT, sources), table()))
