# Every target prints what it does; `make help` lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements/dev.txt

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.ready: $(LOCK) pyproject.toml
	@echo "» creating $(VENV) from $(LOCK) (hashes checked; a minute or two, once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q cli functions infra layers/mrs local # at once: an environment may forbid it at import
	@touch $@

.PHONY: setup
setup: $(VENV)/.ready ## Prepare .venv with the mrs command

.PHONY: demo
demo: setup ui ## Simulate a small retail world, run its last 60 days, show the findings, serve the Workshop (SERVE=0: do not serve)
	@$(BIN)/mrs demo
	@$(if $(filter 0,$(SERVE)),,$(BIN)/mrs serve --state .mrs-demo/state)

# Rebuild the page only when one of its sources has changed.
UI_SOURCES := $(shell find ui -path ui/node_modules -prune -o -path ui/dist -prune -o -type f ! -name schema.d.ts ! -name dist.log -print) docs/openapi.json

.PHONY: ui
ui: ui/dist/index.html ## Build the Workshop's page (needs npm)

ui/dist/index.html: $(UI_SOURCES)
	@command -v npm >/dev/null || { echo "» npm is missing: the Workshop's page is not built; its API works without it"; exit 0; }; \
	echo "» building the Workshop's page"; cd ui && \
	{ [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent; } && npm run --silent build >dist.log 2>&1 && rm dist.log || \
	{ cat dist.log; exit 1; }

.PHONY: test
test: setup ui ## Run every test
	@if command -v npm >/dev/null; then echo "» tests of the page's scripts"; cd ui && npm run --silent test; \
	else echo "» npm is not here: the page's scripts are not tested"; fi
	@echo "» tests"
	@$(BIN)/pytest -n auto --dist loadscope

.PHONY: test-again
test-again: setup ## Run once more, by itself, what failed in the last run of the tests
	@$(BIN)/pytest --last-failed --last-failed-no-failures none

.PHONY: faults
faults: setup ## Run days of random faults, SEEDS=500 of them (hours)
	@$(BIN)/pytest -n auto tests/faults tests/notify/test_faults.py --fault-seeds $(or $(SEEDS),500)

.PHONY: system
system: setup ## Let EXAMPLES=100 random sequences of all that can happen be checked against a small model (hours)
	@$(BIN)/pytest tests/system/test_whole_system.py --system-examples $(or $(EXAMPLES),100)

.PHONY: mutants
mutants: setup ## Make faults in a copy of the project, one by one, and see that a test notices (WORDS="store retry": only some; an hour)
	@$(BIN)/python -m tests.mutants.run --jobs $(or $(JOBS),2) $(WORDS)

.PHONY: golden
golden: setup ## Record the golden histories and the template as they are now (look at `make golden-diff` first)
	@$(BIN)/pytest tests/golden tests/infra/test_recorded.py --accept-golden

.PHONY: golden-diff
golden-diff: setup ## Show the rows in which HISTORY=daily differs from the code of AGAINST=HEAD
	@rm -rf build/golden && mkdir -p build/golden/code && git archive $(or $(AGAINST),HEAD) | tar -x -C build/golden/code
	@cd build/golden/code && PYTHONPATH=$(CURDIR)/build/golden/code:$(CURDIR)/build/golden/code/layers/mrs/python $(CURDIR)/$(BIN)/python -m tests.golden.tell $(HISTORY) ../before
	@$(BIN)/python -m tests.golden.tell $(HISTORY) build/golden/after
	@$(BIN)/mrs diff build/golden/before/state build/golden/after/state

.PHONY: test-trino
test-trino: setup ## Put the SQL to a real Trino (needs a JDK of 24 or newer and Maven; fetches half a gigabyte once)
	@MRS_TRINO=1 $(BIN)/pytest tests/trino -rs

EXAMPLES := .venv-examples

$(EXAMPLES)/.ready: requirements/examples.txt
	@echo "» creating $(EXAMPLES): pymc-marketing, Meridian, MABWiser (hashes checked; 4.6 GB, once)"
	@$(PYTHON) -m venv $(EXAMPLES) && $(EXAMPLES)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/examples.txt
	@touch $@

.PHONY: test-examples
test-examples: $(EXAMPLES)/.ready ## Run the notebooks against the libraries that they are about
	@PYTHONPATH=$(CURDIR):$(CURDIR)/layers/mrs/python $(EXAMPLES)/bin/pytest tests/examples -rs

.PHONY: layers
layers: setup ## Build the Lambda layers that a deployment needs
	@$(BIN)/python -m layers.build

# The newest aws-cdk command that reads what the locked library writes.
CDK := npx --yes aws-cdk@2.1148.1
# Not `?=`: shells use an environment variable of this name for a start-up file.
ENV := dev

.PHONY: deploy
deploy: layers ## Deploy ENV=dev or ENV=prod to the current AWS account
	@$(CDK) deploy mrs-$(ENV) --context env=$(ENV) --require-approval never --outputs-file build/outputs-$(ENV).json

.PHONY: deploy-site
deploy-site: setup ui ## Deploy the Workshop's page, after `make deploy`
	@$(CDK) deploy mrs-$(ENV)-site --app "$(BIN)/python infra/site.py $(ENV)" --require-approval never --outputs-file build/outputs-$(ENV)-site.json

.PHONY: check
check: setup ## Lint, format, types, import contracts, size of the SQL
	@echo "» ruff"; $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "» mypy"; $(BIN)/mypy
	@echo "» import contracts"; $(BIN)/lint-imports
	@echo "» stages of the SQL"; $(BIN)/python -m local.athena.stages
	@if command -v npm >/dev/null; then echo "» the page: lint, types"; cd ui && \
	{ [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent; } && npm run --silent lint && { npm run --silent check >dist.log 2>&1 && rm dist.log || { cat dist.log; exit 1; }; }; \
	else echo "» npm is not here: the page is not checked"; fi

.PHONY: format
format: setup ## Rewrite the code in the house format
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

.PHONY: lock
lock: ## Rewrite requirements/*.txt from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header requirements/functions.in -o requirements/runtime.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra test pyproject.toml -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra bench --extra test pyproject.toml -o requirements/bench.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra examples --extra test pyproject.toml -o requirements/examples.txt
