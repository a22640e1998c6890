# Every target sets up what it needs; the only requirements are Python >= 3.11, make and (for sam) git.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
PYTHON := $(VENV)/bin/python
SAM_VENV := .venv-sam
SAM := $(SAM_VENV)/bin/sam
STAGE ?= default

# Never a `sam` or a test that talks to the maker of the tool, or to an account by accident.
export SAM_CLI_TELEMETRY := 0
export AWS_DEFAULT_REGION ?= ap-southeast-1
export PYTHONPATH := $(CURDIR):$(CURDIR)/layers/common

SETUP := $(VENV)/.prepared
SAM_SETUP := $(SAM_VENV)/.prepared
BENCH_VENV := .venv-bench
BENCH_SETUP := $(BENCH_VENV)/.prepared
MINISTACK_VENV := .venv-ministack
MINISTACK_SETUP := $(MINISTACK_VENV)/.prepared

.PHONY: help
help:  ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(SETUP)  ## Start the whole system on this machine, http://127.0.0.1:3000
	@$(PYTHON) -m local

.PHONY: demo
demo: $(SETUP)  ## One purchase from the plans to the invoice's e-mail, step by step
	@$(PYTHON) -m local.demo

.PHONY: verify
verify: $(SETUP)  ## Derive balances, coupon counts and document numbers again; of TABLE, or of what make run runs
	@$(PYTHON) -m operations.verify $(if $(TABLE),--table $(TABLE),--running http://$(or $(HOST),127.0.0.1):$(or $(PORT),3000)) $(ARGS)

.PHONY: test
test: $(SETUP) $(MINISTACK_SETUP)  ## The whole test suite, as CI runs it
	@scripts/test-programs
	$(PYTHON) -m pytest -n 2 --dist loadfile $(ARGS)

.PHONY: coverage
coverage: $(SETUP)  ## Branch coverage of the rules (domain and service); 100 % or it fails
	$(PYTHON) -m pytest -n 2 --dist loadfile --cov --cov-report= tests/unit tests/integration
	$(PYTHON) -m coverage report --include '*/billing/domain/*,*/billing/service/*' --fail-under 100

.PHONY: lint
lint: $(SETUP) $(SAM_SETUP)  ## Format, types, template and security lint
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	@scripts/types
	$(VENV)/bin/cfn-lint --append-rules lint --include-checks I --template template.yaml
	$(SAM) validate --lint --region $(AWS_DEFAULT_REGION)

.PHONY: format
format: $(SETUP)  ## Put the code into its format, and fix what can be fixed
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

.PHONY: bench
bench: $(SETUP) $(SAM_SETUP) $(BENCH_SETUP)  ## Cold starts, module counts and DynamoDB requests of each function (docs/benchmarks.md)
	$(PYTHON) -m bench $(ARGS)

.PHONY: build
build: $(SAM_SETUP)  ## Build what is deployed; STAGE names an environment of samconfig.toml
	$(SAM) build --config-env $(STAGE)

.PHONY: deploy
deploy: build  ## Build and deploy STAGE
	$(SAM) deploy --config-env $(STAGE)

.PHONY: lock
lock: $(SETUP)  ## Lock the requirements again, after a change of requirements/*.in
	@scripts/lock

.PHONY: clean
clean:  ## Remove what was built and set up
	rm -rf $(VENV) $(SAM_VENV) .venv-* .aws-sam build out .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(SETUP): requirements/dev.txt
	@scripts/prepare $(VENV) requirements/dev.txt

$(SAM_SETUP): requirements/sam.txt
	@scripts/prepare $(SAM_VENV) requirements/sam.txt

$(MINISTACK_SETUP): requirements/ministack.txt
	@scripts/prepare $(MINISTACK_VENV) requirements/ministack.txt

# Measured with the Python that Lambda runs, where this machine has it.
$(BENCH_SETUP): requirements/bench.txt
	@PYTHON="$${PYTHON:-python3.13 python3}" scripts/prepare $(BENCH_VENV) requirements/bench.txt
