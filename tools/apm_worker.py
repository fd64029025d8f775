"""One tracer, one order of imports: a traced client, pipeline and transaction.

tools/test_apm.py runs it in the environment of the tracers. Nothing is sent anywhere: spans are
kept in this process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

Spans = Callable[[], list[str]]
PIPELINE_FIRST, PIPELINE_SECOND = "{a}pipelined", "{a}second"


def ddtrace_start(make: Callable[[], Any], first: bool) -> tuple[Any, Spans]:
    """Its hook waits for the import of rediscluster, or finds that it has been imported."""
    ddtrace = import_module("ddtrace")
    trace = import_module("ddtrace.trace")
    seen: list[str] = []

    class Keep(trace.TraceFilter):  # type: ignore[misc,name-defined,unused-ignore]
        def process_trace(self, spans: Any) -> None:
            seen.extend(
                span.resource + " " + str(span.get_tag("redis.raw_command")) for span in spans
            )

    trace.tracer.configure(trace_processors=[Keep()])
    client = None if first else make()
    ddtrace.patch(rediscluster=True)
    return client or make(), lambda: seen


def sentry_start(make: Callable[[], Any], first: bool) -> tuple[Any, Spans]:
    """It imports rediscluster by itself when it is initialised."""
    sentry = import_module("sentry_sdk")
    integration = import_module("sentry_sdk.integrations.redis").RedisIntegration
    seen: list[str] = []
    client = None if first else make()

    def keep(event: Any, hint: Any) -> None:
        for span in event.get("spans", ()):
            data = span["data"]
            commands = data.get("redis.commands", {}).get("first_ten", ())
            seen.append(" ".join([span["description"], *commands]))

    sentry.init(
        dsn="http://key@127.0.0.1:1/1",
        integrations=[integration(max_data_size=None)],
        default_integrations=False,
        send_default_pii=True,
        traces_sample_rate=1.0,
        before_send_transaction=keep,
    )
    transaction = sentry.start_transaction(name="check")
    transaction.__enter__()

    def spans() -> list[str]:
        transaction.__exit__(None, None, None)
        return seen

    return client or make(), spans


def opentelemetry_start(make: Callable[[], Any], first: bool) -> tuple[Any, Spans]:
    """It wraps one client, and the pipelines that this one makes."""
    client = None if first else make()
    instrumentor = import_module("opentelemetry.instrumentation.redis").RedisInstrumentor
    sdk = import_module("opentelemetry.sdk.trace")
    export = import_module("opentelemetry.sdk.trace.export")
    memory = import_module("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    exporter = memory.InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    client = client or make()
    instrumentor().instrument_client(client=client, tracer_provider=provider)

    def spans() -> list[str]:
        found = exporter.get_finished_spans()
        return [f"{span.name} {span.attributes['db.statement']}" for span in found]

    return client, spans


TRACERS = {
    "ddtrace": ddtrace_start,
    "sentry": sentry_start,
    "opentelemetry": opentelemetry_start,
}


def use(client: Any) -> None:
    """What is to be seen, and has to work as it does untraced."""
    assert client.set("{a}single", "v") is True
    assert client.get("{a}single") == b"v"
    pipe = client.pipeline()
    assert pipe.set(PIPELINE_FIRST, b"\xff\x00").get(PIPELINE_SECOND).execute() == [True, None]
    transaction = client.pipeline(transaction=True)
    assert transaction.set("{a}atomic", 1).incr("{a}atomic").execute() == [True, 2]
    transaction.watch("{a}atomic")
    assert transaction.get("{a}atomic") == b"2"
    transaction.multi()
    assert transaction.incr("{a}watched").execute() == [1]
    failing = client.pipeline().lpush("{a}single", 1)
    (error,) = failing.execute(raise_on_error=False)
    assert isinstance(error, import_module("redis").ResponseError), type(error).__mro__
    for name in ("{a}single", "{a}pipelined", "{a}atomic", "{a}watched"):
        client.delete(name)


SHOWN: list[tuple[str, ...]] = [
    ("SET", "{a}single"),
    ("GET", "{a}single"),
    ("SET", PIPELINE_FIRST),
    ("GET", PIPELINE_SECOND),
    ("SET", "{a}atomic"),
    ("INCRBY", "{a}watched"),
]
# OpenTelemetry hides all arguments.
HIDDEN: list[tuple[str, ...]] = [
    ("SET SET ? ?",),
    ("GET GET ?",),
    ("SET GET SET ? ?",),
    ("SET INCRBY",),
    ("INCRBY ? ?",),
]


def check(spans: list[str], expected: list[tuple[str, ...]]) -> None:
    """Each kind of call was seen, with its commands."""
    for words in expected:
        assert any(all(word in span for word in words) for span in spans), (words, spans)


def main(tracer: str, order: str, host: str, port: str) -> None:
    def make() -> Any:
        import_module("rediscluster_c").install_as_rediscluster()
        module = import_module("rediscluster")
        assert module.VERSION == (2, 1, 3)
        return module.RedisCluster(host=host, port=port)

    if tracer == "sentry":  # which looks for rediscluster once, and does not wait for it
        import_module("rediscluster_c").install_as_rediscluster()
    client, spans = TRACERS[tracer](make, order == "tracer-first")
    use(client)
    check(spans(), HIDDEN if tracer == "opentelemetry" else SHOWN)


if __name__ == "__main__":
    main(*sys.argv[1:])
