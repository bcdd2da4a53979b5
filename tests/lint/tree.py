# SPDX-License-Identifier: LGPL-2.1-or-later
"""What every lint needs: the files of the source tree, and one way to give a verdict."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SKIPPED = 77  # the exit code that Meson counts as a skipped test


def _known_to_git(root):
    """Tracked files and new ones that nobody ignores; None where git cannot tell."""
    if not (root / ".git").exists():  # else git would answer for a repository around us
        return None
    command = ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return [Path(name) for name in answer.stdout.split("\0") if name]


def _on_disk(root):
    """Everything but git's own folder, build folders at the top and Python's caches."""
    for folder, subfolders, names in os.walk(root):
        here = Path(folder).relative_to(root)
        subfolders[:] = [
            name for name in subfolders
            if name not in (".git", "__pycache__")
            and not (here == Path() and name.startswith("build"))
        ]
        yield from (here / name for name in names)


def files(root=ROOT):
    """The project's own files, relative to root; a release tarball has no git to ask."""
    names = _known_to_git(root)
    if names is None:
        names = _on_disk(root)
    return sorted(name for name in names if (root / name).is_file())


def c_files(root=ROOT, *folders):
    """Sources and headers, below the given folders if there are any."""
    return [
        name for name in files(root)
        if name.suffix in (".c", ".h")
        and (not folders or any(Path(folder) in name.parents for folder in folders))
    ]


def verdict(n_checked, complaints, explanation=""):
    """Prints what was found and returns the exit code. Having checked nothing is no success."""
    complaints = list(complaints)
    if not n_checked:
        complaints.append("there was nothing to check")
    for complaint in complaints:
        print(complaint)
    if complaints and explanation:
        print(explanation)
    print(f"{n_checked} checked, {len(complaints)} complaints")
    return 1 if complaints else 0


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)
