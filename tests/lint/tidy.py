# SPDX-License-Identifier: LGPL-2.1-or-later
"""tidy.py BUILD_DIR: clang-tidy finds nothing in what the build compiles from src/."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tree


def sources(root, build):
    """A file may be compiled for several programs; looking at it once is enough."""
    entries = json.loads((build / "compile_commands.json").read_text())
    paths = {Path(entry["directory"], entry["file"]).resolve() for entry in entries}
    return sorted(path for path in paths if root.resolve() / "src" in path.parents)


def complaints(root, build, paths):
    def examine(path):
        # The build may be gcc's, whose warning options clang need not know.
        command = ["clang-tidy", "--quiet", "-p", build, "--extra-arg=-Wno-unknown-warning-option"]
        run = subprocess.run([*command, path], cwd=root, capture_output=True, text=True)
        return path, run

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, run in pool.map(examine, paths):
            if run.returncode:
                yield f"{path.name}:\n{(run.stdout.strip() or run.stderr.strip())}\n"


if __name__ == "__main__":
    if not shutil.which("clang-tidy"):
        tree.skip("clang-tidy is not installed")
    build_dir = Path(sys.argv[1])
    compiled = sources(tree.ROOT, build_dir)
    sys.exit(tree.verdict(len(compiled), complaints(tree.ROOT, build_dir, compiled)))
