# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every C file looks as clang-format would write it (clang-format -i FILE puts it right)."""

import shutil
import subprocess
import sys

import tree


def complaints(root, names):
    """One complaint per place; clang-format's lines between them only quote the source."""
    command = ["clang-format", "--dry-run", "-Werror", "--style=file", *map(str, names)]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True)
    said = [line for line in run.stderr.splitlines() if ": error: " in line]
    yield from said
    if run.returncode and not said:
        yield f"clang-format ended with {run.returncode}\n{run.stderr.rstrip()}"


if __name__ == "__main__":
    if not shutil.which("clang-format"):
        tree.skip("clang-format is not installed")
    sources = tree.c_files()
    sys.exit(tree.verdict(len(sources), complaints(tree.ROOT, sources) if sources else []))
