"""Writes the plan of the floor program: for each batch, the bytes to and from each node.

plan NODES BATCHES
node HOST PORT                                  (one line per node)
batch COMMANDS SHARES                           (per batch)
share NODE REQUEST_LENGTH REPLY_LENGTH          (per share, then both byte strings)
"""

from __future__ import annotations

from pathlib import Path

from bench.resp import Cluster, encode, encode_reply
from bench.workloads import Workload


def batch(workload: Workload, indexes: list[int], cluster: Cluster) -> bytes:
    requests: dict[int, list[bytes]] = {}
    replies: dict[int, list[bytes]] = {}
    for index in indexes:
        command = workload.request(index)
        node = cluster.owner_of(command)
        requests.setdefault(node, []).append(encode(command))
        replies.setdefault(node, []).append(encode_reply(workload.reply(index)))
    parts = [b"batch %d %d\n" % (len(indexes), len(requests))]
    for node, sent in requests.items():
        request, reply = b"".join(sent), b"".join(replies[node])
        parts.append(b"share %d %d %d\n" % (node, len(request), len(reply)))
        parts += [request, reply, b"\n"]
    return b"".join(parts)


def write_plan(path: Path, workload: Workload, cluster: Cluster) -> None:
    """One batch of all the keys or, for single calls, one batch per key."""
    indexes = list(range(workload.keys))
    batches = [[index] for index in indexes] if workload.shape == "single" else [indexes]
    with path.open("wb") as file:
        file.write(b"plan %d %d\n" % (len(cluster.nodes), len(batches)))
        for node in cluster.nodes:
            file.write(b"node %s %d\n" % (node.host.encode(), node.port))
        for part in batches:
            file.write(batch(workload, part, cluster))
