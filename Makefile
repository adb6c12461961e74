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
	@touch $@

.PHONY: setup
setup: $(VENV)/.ready ## Prepare .venv, with the mrs command in it

.PHONY: demo
demo: setup ui ## Make a small retail world, run its last 60 days, show what was found; serve the Workshop (SERVE=0: do not)
	@$(BIN)/mrs demo
	@$(if $(filter 0,$(SERVE)),,$(BIN)/mrs serve --state .mrs-demo/state)

# The page is built anew only when something that it is made of has changed.
UI_SOURCES := $(shell find ui -path ui/node_modules -prune -o -path ui/dist -prune -o -type f ! -name schema.d.ts ! -name dist.log -print) docs/openapi.json

.PHONY: ui
ui: ui/dist/index.html ## Build the Workshop's page (needs npm)

ui/dist/index.html: $(UI_SOURCES)
	@command -v npm >/dev/null || { echo "» npm is not here: the Workshop's page is not built, its API works without"; exit 0; }; \
	echo "» building the Workshop's page"; cd ui && \
	{ [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent; } && npm run --silent build >dist.log 2>&1 && rm dist.log || \
	{ cat dist.log; exit 1; }

.PHONY: test
test: setup ui ## Run every test
	@echo "» tests"
	@$(BIN)/pytest -n auto --dist loadscope

.PHONY: test-trino
test-trino: setup ## Put the SQL to a real Trino (needs a JDK of 24 or newer and Maven; fetches half a gigabyte once)
	@MRS_TRINO=1 $(BIN)/pytest tests/trino -rs

.PHONY: layers
layers: setup ## Build the Lambda layers that a deployment needs
	@$(BIN)/python layers/build.py

# The newest aws-cdk command that reads what the locked library writes.
CDK := npx --yes aws-cdk@2.1148.1
STAGE ?= dev

.PHONY: deploy
deploy: layers ## Deploy STAGE=dev or prod to the AWS account of the environment
	@$(CDK) deploy mrs-$(STAGE) --context stage=$(STAGE) --require-approval never --outputs-file build/outputs-$(STAGE).json

.PHONY: deploy-site
deploy-site: setup ui ## Deploy the Workshop's page, after `make deploy`
	@$(CDK) deploy mrs-$(STAGE)-site --app "$(BIN)/python infra/site.py $(STAGE)" --require-approval never --outputs-file build/outputs-$(STAGE)-site.json

.PHONY: check
check: setup ## Lint, format, types, import contracts
	@echo "» ruff"; $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "» mypy"; $(BIN)/mypy
	@echo "» import contracts"; $(BIN)/lint-imports

.PHONY: format
format: setup ## Rewrite the code in the house format
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

.PHONY: lock
lock: ## Write requirements/*.txt anew from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements/runtime.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra local --extra test pyproject.toml -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra bench --extra local --extra test pyproject.toml -o requirements/bench.txt
