"""Runs a client, a pipeline and a transaction under the tracers that programs use, in both orders.

sentry-sdk, ddtrace and opentelemetry-instrumentation-redis, in a virtual environment of their own
in build/apm: each patched before rediscluster is imported, and after. What they see, and that
nothing goes wrong for their sake, is checked by tools/apm_worker.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rediscluster_c.localcluster import LocalCluster

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / "build" / "apm"
PACKAGES = [
    "ddtrace==4.16.0",
    "opentelemetry-instrumentation-redis==0.66b2",
    "opentelemetry-sdk==1.45.2",
    "redis==8.1.0",
    "sentry-sdk==2.75.0",
]
TRACERS = ("ddtrace", "sentry", "opentelemetry")
ORDERS = ("tracer-first", "client-first")
# No tracer of this check may look for an agent or report on itself.
QUIET = {
    "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
    "DD_REMOTE_CONFIGURATION_ENABLED": "false",
    "DD_TRACE_AGENT_URL": "http://127.0.0.1:1",
    "DD_TRACE_STARTUP_LOGS": "false",
    "OTEL_TRACES_EXPORTER": "none",
    "PYTHONWARNINGS": "ignore",
}


def install() -> Path:
    """The Python of the tracers' environment, with them in it."""
    python = VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    options = "-qq --disable-pip-version-check --only-binary :all:".split()
    subprocess.run([python, "-m", "pip", "install", *options, *PACKAGES], check=True)
    return python


def main() -> int:
    python = install()
    failed = []
    with LocalCluster(masters=3) as cluster:
        node = cluster.startup_nodes[0]
        for tracer in TRACERS:
            for order in ORDERS:
                words = [tracer, order, str(node["host"]), str(node["port"])]
                done = subprocess.run(
                    [python, ROOT / "tools" / "apm_worker.py", *words],
                    env={**os.environ, **QUIET, "PYTHONPATH": str(ROOT)},
                    timeout=120,
                )
                print(f"{tracer}, {order}: {'failed' if done.returncode else 'passed'}", flush=True)
                if done.returncode:
                    failed.append(f"{tracer} {order}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
