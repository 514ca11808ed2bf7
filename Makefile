# Every target installs what it needs: uv by itself where it is missing, then the locked packages.
PYTHON ?= python3
BOOTSTRAP := .venv-uv
UV := $(shell command -v uv 2>/dev/null || echo $(BOOTSTRAP)/bin/uv)
RUN := $(UV) run --locked
# A Node.js from PyPI where there is none that is new enough.
NODE := $(RUN) $(shell node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a * 100 + +b < 2019 ? 1 : 0)' 2>/dev/null || echo --extra dashboard)
# The pages are built by `make dashboard`, or behind the running demo, but not with the package.
export GUILDBASE_DASHBOARD ?= skip

# Hundreds of processes that tests start would each compile all that they import.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo story test browser dashboard pgbouncer check checkpython checkdashboard fmt bench generate install

help: ## Show what there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: install ## Run a local Discord with the bot in it, and talk to it
	@$(RUN) env -u GUILDBASE_DASHBOARD guildbase demo

story: install ## Play the demo's scripted story and check every step of it
	$(RUN) guildbase demo --headless --check

test: browser pgbouncer dashboard ## Run all tests (in CI with coverage and its floors)
	$(RUN) $(if $(CI),python -m tools.coverage,pytest -n 2)

browser: install ## Install a Chromium for the tests of the chat page, if there is none
	@$(RUN) python -m tools.browser $(if $(CI),,|| echo "Going on without: the tests in a browser will be skipped.")

dashboard: install ## Build the dashboard, if it has changed
	@$(NODE) python -m tools.dashboard

pgbouncer: install ## Install PgBouncer for the tests of connections, if there is none
	@$(RUN) python -m tools.pgbouncer $(if $(CI),,|| echo "Going on without: the tests through it will be skipped.")

check: checkpython checkdashboard ## Lint, types, layers, lock and generated files, as CI does

checkpython: install
	$(UV) lock --check
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) python -m tools.generate --check

checkdashboard: install
	$(NODE) python -m tools.dashboard check

fmt: install ## Format and mend what can be mended by itself
	$(RUN) ruff check --fix
	$(RUN) ruff format

bench: install ## Measure speed as ratios against named limits
	$(RUN) python -m benchmarks

generate: install ## Make the generated files anew
	$(RUN) python -m tools.generate

install: $(UV)
	@$(UV) sync --locked $(if $(wildcard .venv),--quiet)

$(BOOTSTRAP)/bin/uv:
	$(PYTHON) -m venv $(BOOTSTRAP)
	$(BOOTSTRAP)/bin/pip install --quiet --disable-pip-version-check uv
