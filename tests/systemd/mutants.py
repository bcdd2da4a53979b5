# SPDX-License-Identifier: LGPL-2.1-or-later
"""Configurations as a hand that slips would leave them, from a seed: (what was done, bytes, is it good).

Good is True or False where that is known beforehand, None where only reading it can tell.
"""

import re

_WHOLE = """[Poll]
Interval=1s
[Alert]
Horizon=5min
WarningHold=2min
CriticalHold=10s
Clear=5min
Repeat=4h
MaxActive=20
[EphemeralPorts]
Enabled=yes
MaxSeverity=critical
Notice=50%
Warning=80%
Critical=98%
CriticalIn=1min
Ignore=10.9.0.0/16 \\
  [2001:db8::/32]:443
[Blind]
Enabled=yes
[Override "database"]
Destination=10.0.0.9:5432
Warning=85%
[Hooks]
Timeout=30s
MinSeverity=warning
[Log]
Level=info
"""

_GOOD = ("[Poll]\nInterval=1min", "[Poll]\nInterval=", "[Alert]\nRepeat=infinity", "[Alert]\nMaxActive=1000", "[Alert]\nClear=1s",
         "[EphemeralPorts]\nNotice=49.5%", "[EphemeralPorts]\nIgnore=", "[EphemeralPorts]\nEnabled=no",
         "[EphemeralPorts]\nIgnore=192.0.2.1", "[Override \"another\"]\nDestination=192.0.2.0/24\nMaxSeverity=notice",
         "[Hooks]\nTimeout=10min", "[Log]\nLevel=debug", "# of a comment", "; of another", "",
         "[NoSuchSection]\nKey=value", "[Alert]\nNoSuchKey=value")
_BAD = ("[Poll]\nInterval=soon", "[Poll]\nInterval=10ms", "[Alert]\nMaxActive=-1",
        "[Alert]\nMaxActive=1001", "[Alert]\nMaxActive=99999999999999999999", "[Alert]\nRepeat=1s", "[Alert]\nClear",
        "[EphemeralPorts]\nNotice=120%", "[EphemeralPorts]\nNotice=99%", "[EphemeralPorts]\nEnabled=perhaps",
        "[EphemeralPorts]\nIgnore=10.0.0.0/33", "[EphemeralPorts]\nIgnore=localhost", "[Alert\nClear=5min",
        "[Hooks]\nDirectory=hooks.d", "[Hooks]\nMinSeverity=ok", "[Log]\nLevel=loud", "=value",
        "[Override \"database\"]\nWarning=-5%")
_BYTES = b"=[]\"\\#%:/ \n\r\t\0 0123456789sZ\xff\x80\x01"


def _with_line(chance, lines):
    """A piece of its own behind the rest, where no section it belongs to is broken."""
    return _WHOLE + chance.choice(lines) + "\n"


def _shuffled(chance):
    sections = re.split(r"^(?=\[)", _WHOLE, flags=re.M)
    chance.shuffle(sections)
    return "".join(sections)


def _slip(chance):
    """A few bytes changed, lost or put in, a piece doubled or moved, the end lost."""
    text = bytearray(_WHOLE.encode())
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text))
        piece = text[at:at + chance.randint(1, 40)]
        what = chance.randrange(6)
        if what == 0:
            text[at] = chance.choice(_BYTES)
        elif what == 1:
            text.insert(at, chance.choice(_BYTES))
        elif what == 2:
            del text[at:at + len(piece)]
        elif what == 3:
            text[at:at] = piece
        elif what == 4:
            to = chance.randrange(len(text))
            text[to:to] = piece
        else:
            del text[max(at, 1):]
    return bytes(text)


def draw(chance):
    """The next one."""
    what = chance.randrange(8)
    if what == 0:
        return "shuffled", _shuffled(chance).encode(), True
    if what < 3:
        return "good line", _with_line(chance, _GOOD).encode(), True
    if what < 5:
        return "bad line", _with_line(chance, _BAD).encode(), False
    return "slip", _slip(chance), None
