"""Commands over keys of several slots, done with several commands.

The function of a method is called when its keys do not share a slot, with the client and all that
the method was given. What the old client returned is returned; each step is one parallel round.
Nothing is destroyed before its copy is safe, where the commands allow it, and no key is left
behind that the caller did not name. The doc column of commands.def says what is not atomic.
"""

from rediscluster_c._commands.cross_slot.hyperloglog import pfcount, pfmerge
from rediscluster_c._commands.cross_slot.keys import copy, msetnx, rename, renamenx
from rediscluster_c._commands.cross_slot.lists import blmove, brpoplpush, lmove, rpoplpush
from rediscluster_c._commands.cross_slot.sets import (
    sdiff,
    sdiffstore,
    sinter,
    sinterstore,
    smove,
    sunion,
    sunionstore,
)

__all__ = [
    "blmove",
    "brpoplpush",
    "copy",
    "lmove",
    "msetnx",
    "pfcount",
    "pfmerge",
    "rename",
    "renamenx",
    "rpoplpush",
    "sdiff",
    "sdiffstore",
    "sinter",
    "sinterstore",
    "smove",
    "sunion",
    "sunionstore",
]
