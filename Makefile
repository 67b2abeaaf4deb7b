# `make` lists the targets. Each creates what it needs and runs again without harm.
.DEFAULT_GOAL := help
SHELL := /bin/bash
STACK ?= dev
# For `make policy`: an export in place of the stack, a configuration, files to write.
GRAPH ?=
CONFIG ?=
SARIF ?=
JUNIT ?=
PYTHON ?= python3
UV_VERSION := 0.13.9

VENV := .venv
# Checkov's own: it pins much that the others use.
OPINION_VENV := .venv-second-opinion
BIN := $(VENV)/bin
# Without its bytecode kept, Python would compile the SDKs anew each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help preview graph report policy policy-table second-opinion new-stack schema test pulumi e2e reliability lint docs format bench bench-drain bench-engine lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

preview: $(VENV)/offline.stamp ## Show every resource of STACK (default dev); AGAINST=an export, PROGRAM=a folder, SUMMARY=1, JSON=1
	@$(BIN)/python -m offline preview --stack "$(STACK)" $(if $(AGAINST),--against "$(AGAINST)") \
	  $(if $(PROGRAM),--program "$(PROGRAM)") $(if $(SUMMARY),--summary) $(if $(JSON),--json)

graph: $(VENV)/offline.stamp ## Write the graph of STACK to OUT (graph.json) as `pulumi stack export` would
	@$(BIN)/python -m offline graph --stack "$(STACK)" --out "$(or $(OUT),graph.json)" \
	  $(if $(PROGRAM),--program "$(PROGRAM)")

report: $(VENV)/offline.stamp ## Write a report of STACK to OUT (report.html), with what differs from AGAINST if given
	@$(BIN)/python -m offline report --stack "$(STACK)" --out "$(or $(OUT),report.html)" \
	  $(if $(AGAINST),--against "$(AGAINST)")

policy: $(VENV)/offline.stamp ## Put STACK, or the export GRAPH, before the policies
	@$(BIN)/python -m offline policy --stack "$(STACK)" $(if $(GRAPH),--graph "$(GRAPH)") \
	  $(if $(CONFIG),--config "$(CONFIG)") $(if $(SARIF),--sarif "$(SARIF)") \
	  $(if $(JUNIT),--junit "$(JUNIT)") $(if $(JSON),--json)

policy-table: $(VENV)/dev.stamp ## Write the tables of rules and mutants into docs/policies.md
	@PYTHONPATH=.:tests $(BIN)/python -m policy_mutants

second-opinion: $(VENV)/offline.stamp $(OPINION_VENV)/stamp ## Ask checkov about every stack, offline; each finding needs a reason
	@$(BIN)/python -m offline.second_opinion

new-stack: $(VENV)/offline.stamp ## Write Pulumi.NAME.yaml, a commented stack file to begin with
	@$(BIN)/python -m editor new-stack -- "$(NAME)"

schema: $(VENV)/offline.stamp ## Write the schemas of the stack file and of the component package
	@$(BIN)/python -m editor schema
	@$(BIN)/python -m package schema

test: $(VENV)/dev.stamp ## Run all tests that need no Pulumi CLI
	$(BIN)/pytest

pulumi: $(VENV)/uv.stamp ## Find Pulumi's CLI, or build it from source once, with Go
	@$(BIN)/python -m engine.install

e2e: $(VENV)/dev.stamp pulumi ## Run the scenarios under the real engine, against a simulated cloud
	@$(BIN)/pytest tests/e2e -n 4 --dist load --maxschedchunk 1 --timeout 900
	@$(BIN)/python -m engine.reliability --check

reliability: $(VENV)/dev.stamp ## Write docs/reliability.md from the last `make e2e` and `make bench-engine`
	@$(BIN)/python -m engine.reliability

lint: $(VENV)/dev.stamp ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright

docs: $(VENV)/dev.stamp ## Build the documentation as a site into site/, with every link checked
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

format: $(VENV)/dev.stamp ## Rewrite the code in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/dev.stamp ## Measure the preview, the report, the pod IP planner and the policies; one JSON object a line
	@$(BIN)/python -m bench.preview
	@$(BIN)/python -m bench.report
	@$(BIN)/python -m bench.pod_ips
	@$(BIN)/python -m bench.policies

bench-drain: $(VENV)/dev.stamp ## Measure the graceful stop on real NGINX and HAProxy, in under two minutes
	@$(BIN)/python -m bench.drain --short

bench-engine: $(VENV)/dev.stamp pulumi ## Measure the real engine: up and destroy against what AWS needs, time and memory
	@$(BIN)/python -m bench.engine

lock: $(VENV)/uv.stamp ## Write the locked requirement files anew
	@for name in requirements requirements-offline requirements-dev requirements-second-opinion; do \
	  $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-annotate --custom-compile-command "make lock" $$name.in --output-file $$name.txt; \
	done

clean: ## Remove the environment and everything that commands made
	rm -rf $(VENV) $(OPINION_VENV) build site .pytest_cache .ruff_cache .hypothesis graph.json report.html
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# uv from the PATH where there is one, else from the package index into the environment.
UV = $(shell command -v uv || echo $(BIN)/uv)

$(VENV)/uv.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "Python 3.11 or later is needed; set PYTHON to it, as in: make PYTHON=python3.11 preview")'
	@$(PYTHON) -m venv --without-pip $(VENV)
	@command -v uv >/dev/null || { \
	  $(PYTHON) -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null; \
	  pip="$$($(PYTHON) -m pip --version >/dev/null 2>&1 && echo $(PYTHON) || echo $(BIN)/python)"; \
	  $$pip -m pip --python $(BIN)/python install --quiet --disable-pip-version-check uv==$(UV_VERSION); \
	}
	@touch $@

$(VENV)/offline.stamp: $(VENV)/uv.stamp requirements-offline.txt
	@echo "Installing what the preview needs into $(VENV)"
	@$(UV) pip install --quiet --python $(BIN)/python --requirement requirements-offline.txt
	@touch $@

$(OPINION_VENV)/stamp: $(VENV)/uv.stamp requirements-second-opinion.txt
	@echo "Installing what the second opinion needs into $(OPINION_VENV)"
	@$(PYTHON) -m venv --without-pip $(OPINION_VENV)
	@$(UV) pip install --quiet --python $(OPINION_VENV)/bin/python \
	  --requirement requirements-second-opinion.txt
	@touch $@

$(VENV)/dev.stamp: $(VENV)/uv.stamp requirements-dev.txt
	@echo "Installing what tests and checks need into $(VENV)"
	@$(UV) pip install --quiet --python $(BIN)/python --requirement requirements-dev.txt
	@touch $@ $(VENV)/offline.stamp
