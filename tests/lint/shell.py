# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every shell script parses, and shellcheck has nothing to say about it."""

import re
import shutil
import subprocess
import sys

import tree

SHEBANG = re.compile(rb"#!\s*(/usr)?/bin/(env\s+)?(ba|da)?sh\b")


def scripts(root, names):
    """Those that end in .sh, and those whose first line asks for a shell."""
    for name in names:
        with (root / name).open("rb") as file:
            if name.suffix == ".sh" or SHEBANG.match(file.readline(128)):
                yield name


def _said_by(command, root):
    run = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if run.returncode:
        yield (run.stdout + run.stderr).strip() or f"{command[0]} ended with {run.returncode}"


def parsing(root, names):
    for name in names:
        yield from _said_by(["bash", "-n", name], root)


def shellcheck(root, names):
    """Follows sourced files, which are named relative to the script that sources them."""
    if names:
        yield from _said_by(["shellcheck", "-f", "gcc", "-x", "-P", "SCRIPTDIR", *names], root)


if __name__ == "__main__":
    found = list(scripts(tree.ROOT, tree.files()))
    faults = list(parsing(tree.ROOT, found))
    if shutil.which("shellcheck"):
        faults += shellcheck(tree.ROOT, found)
    elif not faults:
        tree.skip("shellcheck is not installed; bash -n found no fault")
    sys.exit(tree.verdict(len(found), faults))
