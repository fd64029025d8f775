"""The old client in a Python of its own: answers each line of JSON on stdin with one on stdout.

A request is the arguments of play() and "decode"; the answer is what it returns.
"""

from __future__ import annotations

import json
import logging
import sys

from rediscluster import RedisCluster

from tests.parity.play import play


def main() -> None:
    startup_nodes = json.loads(sys.argv[1])
    # It logs every error reply as an error, with a traceback.
    logging.disable(logging.CRITICAL)
    clients = {
        decode: RedisCluster(startup_nodes=startup_nodes, decode_responses=decode)
        for decode in (False, True)
    }
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(play(clients[request.pop("decode")], **request)), flush=True)


if __name__ == "__main__":
    main()
