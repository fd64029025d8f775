"""The parts of the benchmark; benchmarks/README.md explains the whole."""
