"""A warning for programs whose sockets gevent or eventlet has patched: the C core waits in C."""

from __future__ import annotations

import sys
import warnings

_CURES = {
    "gevent": "gevent.get_hub().threadpool.apply(client.get, (key,))",
    "eventlet": "eventlet.tpool.execute(client.get, key)",
}


def _is_patched(library: str) -> bool:
    if library == "gevent":
        monkey = sys.modules.get("gevent.monkey")
        return monkey is not None and bool(monkey.is_module_patched("socket"))
    patcher = sys.modules.get("eventlet.patcher")
    return patcher is not None and bool(patcher.is_monkey_patched("socket"))


def warn_if_patched() -> None:
    """RuntimeWarning if a library has patched the sockets that the C core does not use."""
    for library, cure in _CURES.items():
        if _is_patched(library):
            warnings.warn(
                f"{library} has patched this process, but rediscluster_c waits for servers in C: a "
                f"call keeps all greenlets of its thread waiting. Let {library}'s threads make "
                f"calls that may take long: {cure}",
                RuntimeWarning,
                stacklevel=3,
            )
