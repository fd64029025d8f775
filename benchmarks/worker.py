"""One Python contender: answers each request line on stdin with a line of JSON on stdout.

Started by the runner under the contender's own Python as `worker.py NAME HOST PORT`. Requests:
{"do": "prepare"|"run", "workload": NAME, "seconds": S} and {"do": "memory", "commands": N}.
"""

from __future__ import annotations

import json
import sys
import traceback
from typing import Any

from bench.clients import OPEN
from bench.jobs import Job, make_job, queued_bytes, timed
from bench.workloads import BY_NAME


def main() -> None:
    name, host, port = sys.argv[1:]
    opened = OPEN[name](host, int(port))
    jobs: dict[str, Job] = {}

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "memory":
            return queued_bytes(opened.client, request["commands"])
        workload = request["workload"]
        if request["do"] == "run":
            return timed(jobs[workload], request["seconds"])
        jobs[workload] = make_job(BY_NAME[workload], opened.client, opened.mget)
        jobs[workload].verify()
        return {"ok": True}

    print(json.dumps({"versions": opened.versions}), flush=True)
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line))
        except Exception as error:
            traceback.print_exc()
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
