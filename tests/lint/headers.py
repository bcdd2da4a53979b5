# SPDX-License-Identifier: LGPL-2.1-or-later
"""headers.py CC...: each header says what it is and compiles with nothing before it."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import tree

FLAGS = ["-Iinclude", "-Isrc", "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"]


def _opening(text):
    lines = text.splitlines()
    if not lines or "SPDX-License-Identifier:" not in lines[0]:
        return "the first line is not its SPDX line"
    if len(lines) < 2 or lines[1] != "#pragma once":
        return "the second line is not #pragma once"
    return None


def _alone(root, name, compiler):
    """Included from nothing, since a compiler warns of #pragma once in a main file."""
    command = [*compiler, *FLAGS, "-fsyntax-only", "-include", str(name), "-x", "c", os.devnull]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True)
    return None if run.returncode == 0 else f"does not compile alone\n{run.stderr.rstrip()}"


def complaints(root, names, compiler):
    def examine(name):
        return name, _opening((root / name).read_text()) or _alone(root, name, compiler)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, fault in pool.map(examine, names):
            if fault:
                yield f"{name}: {fault}"


if __name__ == "__main__":
    sources = tree.c_files(tree.ROOT, "src", "include")
    all_headers = [name for name in sources if name.suffix == ".h"]
    sys.exit(tree.verdict(len(all_headers), complaints(tree.ROOT, all_headers, sys.argv[1:])))
