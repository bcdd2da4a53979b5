# SPDX-License-Identifier: LGPL-2.1-or-later
"""purity.py NM ARCHIVE: the pure core calls nothing that could make it other than pure.

Whatever the archive does not define itself must be on the list below. The list is short and
literal on purpose: a new name on it is a decision, and shows up as one in review.
"""

import re
import subprocess
import sys

import tree

ALLOWED = [re.compile(pattern) for pattern in (
    # memory and strings; not those with a locale, a hidden state or an error text in them
    r"(rawmem|mem|memr)chr|memcmp|memcpy|memmem|memmove|mempcpy|memset|explicit_bzero",
    r"str(n?len|n?cmp|n?casecmp|n?cpy|n?cat|n?dup|r?chr|chrnul|str|spn|cspn|pbrk|sep|tok_r)",
    # strerror: constant text for every errno the kernel has, as nobody here sets a locale; the
    # variants that promise it are not in every libc
    r"stpn?cpy|strerror",
    # a stream to write to is an argument like any other; stdout and stderr are not on this list
    r"v?fprintf|__v?fprintf_chk|fput[cs]|fwrite",
    r"v?s?nprintf|v?asprintf|__v?asprintf_chk",
    r"__(mem(cpy|move|set|pcpy)|st[rp]n?(cpy|cat)|v?snprintf)_chk",
    r"strto(l|ll|ul|ull|imax|umax)|__isoc23_strto(l|ll|ul|ull|imax|umax)",
    # allocation may fail, and the caller is told
    r"malloc|calloc|realloc|reallocarray|free",
    r"qsort|bsearch",
    # arithmetic
    r"(ceil|floor|round|trunc|rint|fabs|sqrt|cbrt|exp|exp2|expm1|log|log2|log10|log1p|pow|hypot"
    r"|fmod|fmin|fmax|lround|llround|ldexp|frexp|modf)f?",
    r"inet_(ntop|pton)|[hn]to[hn][sl]|gmtime_r|timegm",
    # the payload half of libmnl: no socket, no runner, no iterator over what a stranger sent
    r"mnl_nlmsg_(put_header|put_extra_header|get_\w+)|mnl_attr_\w+",
    # JSON in memory; not to or from files, nor its process-wide settings
    r"json_(?!(load|dump)(f|fd|_file)$|set_alloc_funcs|get_alloc_funcs|object_seed)\w+",
    r"XXH\w+",
    # a programming error ends the process; foreign input never gets that far
    r"__assert_fail|abort",
    # what the compiler and its sanitizers put in
    r"__stack_chk_fail|__errno_location|_GLOBAL_OFFSET_TABLE_",
    r"__(u?div|u?mod|mul|popcount|c[lt]z|float|fix)\w*[dt]i\w*",
    r"_{2,3}(asan|ubsan|sanitizer|gcov)_\w+|__(start|stop)_(asan|__sancov)_\w+",
)]


def undefined(nm, archive):
    """Symbol -> the first member that wants it, for all that no member defines."""
    listing = subprocess.run([nm, "-A", "-P", archive], capture_output=True, text=True, check=True)
    defined, wanted = set(), {}
    for line in listing.stdout.splitlines():
        where, _, symbol = line.partition("]: ")
        name, kind = symbol.split()[:2]
        if kind in "Uwv":
            wanted.setdefault(name, re.split(r"[/\[]", where)[-1])
        elif kind.isupper() or kind in "iu":  # a lower case kind is static: no help to others
            defined.add(name)
    return len(defined), {name: who for name, who in wanted.items() if name not in defined}


def complaints(wanted):
    for name, member in sorted(wanted.items()):
        if not any(pattern.fullmatch(name) for pattern in ALLOWED):
            yield f"{member}: {name} is not on the list of what pure code may call"


if __name__ == "__main__":
    n_defined, missing = undefined(*sys.argv[1:3])
    sys.exit(tree.verdict(n_defined, complaints(missing)))
