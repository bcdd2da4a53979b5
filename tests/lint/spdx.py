# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every text file of the project names its licence in its first three lines."""

import sys

import tree

TAG = "SPDX-License-Identifier: LGPL-2.1-or-later"
HEAD_LINES = 3  # room for a #! line or a title

# Files that are input or expected output to the byte, or have no comments.
EXEMPT_NAMES = {"LICENSE"}
EXEMPT_FOLDERS = {"corpus", "corpora", "golden", "data"}
EXEMPT_SUFFIXES = {".json"}


def wants_a_tag(root, name):
    if name.name in EXEMPT_NAMES or name.suffix in EXEMPT_SUFFIXES:
        return False
    if EXEMPT_FOLDERS.intersection(name.parts[:-1]):
        return False
    content = (root / name).read_bytes()
    return bool(content) and b"\0" not in content


def complaints(root, names):
    for name in names:
        head = (root / name).read_text(errors="replace").splitlines()[:HEAD_LINES]
        if not any(TAG in line for line in head):
            yield f"{name}: no '{TAG}' in the first {HEAD_LINES} lines"


if __name__ == "__main__":
    texts = [name for name in tree.files() if wants_a_tag(tree.ROOT, name)]
    sys.exit(tree.verdict(len(texts), complaints(tree.ROOT, texts)))
