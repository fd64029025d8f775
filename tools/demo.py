"""Starts a cluster and runs every example on it, showing what they print."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from rediscluster_c.localcluster import LocalCluster

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def run(example: Path, url: str) -> bool:
    print(f"\n== {example.parent.name}/{example.name}", flush=True)
    environment = {**os.environ, "REDISCLUSTER_URL": url}
    code = subprocess.run([sys.executable, str(example)], env=environment, timeout=60).returncode
    if code != 0:
        print(f"-- {example.name} ended with code {code}", flush=True)
    return code == 0


def main() -> int:
    begun = time.monotonic()
    print("Starting three masters, each with a replica ...", flush=True)
    with LocalCluster(masters=3, replicas=1) as cluster:
        print(f"{cluster.url} is ready after {time.monotonic() - begun:.1f} s")
        examples = sorted(path for path in EXAMPLES.glob("*.py") if path.name != "nodes.py")
        failed = [example.name for example in examples if not run(example, cluster.url)]
    print(f"\n{len(examples) - len(failed)} of {len(examples)} examples ran well.")
    return 1 if failed or not examples else 0


if __name__ == "__main__":
    sys.exit(main())
