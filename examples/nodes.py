"""Where the examples find a cluster: in their arguments, in REDISCLUSTER_URL, or on port 7000 here.

python examples/batching.py 10.0.0.1:7000 10.0.0.2:7000
REDISCLUSTER_URL=redis://10.0.0.1:7000,10.0.0.2:7000 python examples/batching.py
"""

from __future__ import annotations

import os
import sys
from typing import Any


def startup_nodes() -> list[dict[str, Any]]:
    given = sys.argv[1:] or [os.environ.get("REDISCLUSTER_URL", "127.0.0.1:7000")]
    nodes = []
    for text in given:
        for address in text.replace("redis://", "").split(","):
            host, _, port = address.rpartition(":")
            nodes.append({"host": host, "port": port})
    return nodes
