# `make` lists the targets. Each creates what it needs and runs again without harm.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
UV_VERSION := 0.13.9

VENV := .venv
# Checkov's own: it pins much that the others use.
CHECKOV_VENV := .venv-checkov
# That of the example, which is a project of its own.
CRUD_API := examples/crud-api
CRUD_API_VENV := .venv-crud-api
BIN := $(VENV)/bin
# Where `env` can, it holds Ctrl-C back until the command is there to answer it.
CLI = $(shell env --block-signal=INT true 2>/dev/null && echo env --block-signal=INT) $(BIN)/python -m cli
# Without its bytecode kept, Python would compile the SDKs again each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help preview graph report prices policy policy-table checkov new-stack record schema test test-unit coverage pulumi e2e fuzz reliability lint docs format bench regions bench-drain bench-engine crud-api lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# `$(call takes,TARGET,VARIABLES)`: the command reads them from its environment, as they were given.
# Neither make nor a shell reads what is in them. The names tell them from a STACK or a NAME that
# somebody's shell has for other reasons.
define pass
override $(2) := $$(value $(2))
$(1): export EKS_PLATFORM_$(2) := $$(value $(2))
endef
takes = $(foreach variable,$(2),$(if $(filter undefined,$(flavor $(variable))),,$(eval $(call pass,$(1),$(variable)))))

$(call takes,preview,STACK AGAINST MAY_LOSE PROGRAM SUMMARY JSON)
preview: $(VENV)/offline.stamp ## Show every resource of STACK (default dev); AGAINST=an export or a stack, PROGRAM=a folder, SUMMARY=1, JSON=1
	@$(CLI) preview

$(call takes,graph,STACK OUT PROGRAM)
graph: $(VENV)/offline.stamp ## Write the graph of STACK to OUT (graph.json) as `pulumi stack export` would
	@$(CLI) graph

$(call takes,report,STACK OUT AGAINST)
report: $(VENV)/offline.stamp ## Write a report of STACK to OUT (report.html), with what differs from AGAINST if given
	@$(CLI) report

$(call takes,prices,REGION)
prices: $(VENV)/offline.stamp ## Read the prices of REGION from AWS's public price list, for reports
	@$(CLI) prices

$(call takes,policy,STACK GRAPH CONFIG SARIF JUNIT JSON)
policy: $(VENV)/offline.stamp ## Check STACK, or the export GRAPH, against the policies
	@$(CLI) policy

policy-table: $(VENV)/dev.stamp ## Write the tables of rules and mutants into docs/policies.md
	@PYTHONPATH=.:tests:tests/support $(BIN)/python -m policy_mutants

checkov: $(VENV)/offline.stamp $(CHECKOV_VENV)/stamp ## Ask checkov about every stack, offline; each finding needs a reason
	@$(CLI) checkov

$(call takes,new-stack,NAME REGION)
new-stack: $(VENV)/offline.stamp ## Write Pulumi.NAME.yaml, a commented stack file to begin with; REGION=
	@$(CLI) new-stack

$(call takes,record,REGION VPC)
record: $(VENV)/offline.stamp ## Ask EC2 what REGION of your account has, and keep it in Cloud.REGION.json for previews; VPC=vpc-… keeps a VPC
	@$(BIN)/python -m cli record

schema: $(VENV)/offline.stamp ## Write the schemas of stack file and component package, and the tables of settings
	@$(CLI) schema

test: $(VENV)/dev.stamp ## Run all tests that need no Pulumi CLI
	$(BIN)/pytest

test-unit: $(VENV)/dev.stamp ## Run the tests of arithmetic and of the stack file alone, in seconds
	$(BIN)/pytest tests/unit

coverage: $(VENV)/dev.stamp ## Run all tests that need no Pulumi CLI, and say how much of the code they run
	@$(BIN)/pytest -q --cov --cov-report=term:skip-covered

pulumi: $(VENV)/dev.stamp ## Find Pulumi's CLI, or build it from source once, with Go
	@$(CLI) pulumi

e2e: $(VENV)/dev.stamp pulumi ## Run the scenarios under the real engine, against a simulated cloud
	@$(BIN)/pytest tests/e2e -n 5 --dist load --maxschedchunk 1 --timeout 900
	@$(CLI) reliability --check

fuzz: $(VENV)/dev.stamp ## Try 10,000 stack files and 2,000 exports that nobody would write
	@$(BIN)/pytest tests/fuzz -q --hypothesis-profile=fuzz --timeout 3600

reliability: $(VENV)/dev.stamp ## Write docs/reliability.md from the last `make e2e`, `make bench-engine` and `make fuzz`
	@$(CLI) reliability

lint: $(VENV)/dev.stamp ## Check style, types and which room imports which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
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

regions: $(VENV)/dev.stamp ## Preview the shipped stacks and a new one in every region of the data and one of each partition
	@PYTHONPATH=.:tests/support $(BIN)/python -m bench.regions

bench-drain: $(VENV)/dev.stamp ## Measure the graceful stop on real NGINX and HAProxy, in under two minutes
	@$(BIN)/python -m bench.drain --short

bench-engine: $(VENV)/dev.stamp pulumi ## Measure the real engine: up and destroy against what AWS needs, time and memory
	@$(BIN)/python -m bench.engine

crud-api: $(CRUD_API_VENV)/stamp $(VENV)/dev.stamp ## Test the API of examples/crud-api on a MariaDB of its own (Debian's mariadb-server)
	@$(BIN)/basedpyright -p $(CRUD_API)
	@cd $(CRUD_API) && $(CURDIR)/$(CRUD_API_VENV)/bin/python -m pytest

# One environment gets them one after the other, so they agree on what they share.
lock: $(VENV)/uv.stamp ## Write the locked requirement files again
	@compile() { \
	  $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --custom-compile-command "make lock" $$1.in --output-file $$1.txt $${2:+--constraint $$2}; \
	}; \
	compile requirements-dev && compile requirements-checkov && \
	for name in requirements requirements-offline; do compile $$name requirements-dev.txt || exit; done && \
	compile $(CRUD_API)/requirements-dev && \
	compile $(CRUD_API)/requirements $(CRUD_API)/requirements-dev.txt

clean: ## Remove the environment and everything that commands made
	rm -rf $(VENV) $(CHECKOV_VENV) $(CRUD_API_VENV) build site .pytest_cache .ruff_cache .hypothesis graph.json report.html
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

$(CHECKOV_VENV)/stamp: $(VENV)/uv.stamp requirements-checkov.txt
	@echo "Installing what the checks of checkov need into $(CHECKOV_VENV)"
	@$(PYTHON) -m venv --without-pip $(CHECKOV_VENV)
	@$(UV) pip install --quiet --python $(CHECKOV_VENV)/bin/python \
	  --requirement requirements-checkov.txt
	@touch $@

$(CRUD_API_VENV)/stamp: $(VENV)/uv.stamp $(CRUD_API)/requirements-dev.txt
	@echo "Installing what the tests of $(CRUD_API) need into $(CRUD_API_VENV)"
	@$(PYTHON) -m venv --without-pip $(CRUD_API_VENV)
	@$(UV) pip install --quiet --python $(CRUD_API_VENV)/bin/python \
	  --requirement $(CRUD_API)/requirements-dev.txt
	@touch $@

$(VENV)/dev.stamp: $(VENV)/uv.stamp requirements-dev.txt
	@echo "Installing what tests and checks need into $(VENV)"
	@$(UV) pip install --quiet --python $(BIN)/python --requirement requirements-dev.txt
	@touch $@ $(VENV)/offline.stamp
