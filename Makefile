# Needs make and a Python >= 3.11 with venv. Everything else is installed here, from the locks.
# Another interpreter: make PYTHON=python3.12 …; another on which `decide` must give the same bytes: OTHER_PYTHON=…

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
OTHER := .venv-other
PEERS := .venv-peers
BIN := $(VENV)/bin
LOCKER := .venv-lock
UV := uv==0.13.8
PIP := -m pip --disable-pip-version-check --no-input
SNAPSHOTS := fixtures/snapshots
INTERPRETERS := python3 python3.13 python3.12 python3.11

# Whether an interpreter will do; given a version, whether it is of another one.
FIT := import ensurepip, sys, venv; version = "%d.%d" % sys.version_info[:2]; sys.exit(sys.version_info < (3, 11) or version in sys.argv)

.PHONY: help
help: ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | while IFS='	' read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done

.PHONY: demo
demo: environment ## decide a calm Thursday and a level-2 day, and print what the law says
	$(BIN)/alluse evaluate $(SNAPSHOTS)/calm_thursday.yaml
	$(BIN)/alluse evaluate $(SNAPSHOTS)/level_two.yaml

.PHONY: test
test: environment $(OTHER)/.tried ## run every test, on up to four cores
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

.PHONY: lint
lint: environment ## style, types, layers, the schemas; that every item of the law is carried out, and shown by cases
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/alluse schema --check
	$(BIN)/alluse index --cases --totals
	$(BIN)/alluse cover --totals --threshold 99.2

.PHONY: agree
agree: environment ## hold every reader of a law against the others, on 2,000 generated laws; plant faults, each to be caught
	$(BIN)/python -m tests.agree laws --state .agree
	$(BIN)/python -m tests.agree planted
	ALLUSE_AGREE=1 $(BIN)/python -m pytest tests/test_second.py

.PHONY: mutate
mutate: environment ## try every slip of a hand in the law on the golden cases, and write docs/mutation.md
	$(BIN)/alluse mutate --write docs/mutation.md

.PHONY: format
format: environment ## write the code as the formatter wants it
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# An editable install has the whole checkout on its path; only a wheel elsewhere shows what ships.
.PHONY: wheel-check
wheel-check: environment ## build the wheel, install it outside the checkout, decide with it
	@set -eu; \
	there=$$(mktemp -d); trap 'rm -rf "$$there"' EXIT; \
	$(BIN)/python $(PIP) wheel --quiet --no-deps --no-build-isolation --wheel-dir "$$there" .; \
	$(BIN)/python -m zipfile --list "$$there"/alluse-*.whl >"$$there/contents"; \
	if grep -E '^(tests|fixtures|bench|docs|requirements)/' "$$there/contents"; then echo 'wheel check: the wheel carries the lines above, which do not belong in it'; exit 1; fi; \
	grep -q '^constitution/.*\.yaml ' "$$there/contents" || { echo 'wheel check: the law is not in the wheel'; exit 1; }; \
	grep -q '^constitution/schema/.*\.schema\.json ' "$$there/contents" || { echo 'wheel check: the schemas are not in the wheel'; exit 1; }; \
	$(BIN)/python -m venv "$$there/environment"; \
	"$$there/environment/bin/python" $(PIP) install --quiet --require-hashes -r requirements/alluse.lock; \
	"$$there/environment/bin/python" $(PIP) install --quiet --no-deps "$$there"/alluse-*.whl; \
	"$$there/environment/bin/python" $(PIP) check; \
	cp -R $(SNAPSHOTS) "$$there/snapshots"; \
	cd "$$there"; unset PYTHONPATH; \
	environment/bin/alluse evaluate snapshots/calm_thursday.yaml >verdict || { status=$$?; cat verdict; echo "wheel check: evaluate ended with $$status"; exit 1; }; \
	echo "wheel check: the wheel decides outside the checkout ($$(wc -l <verdict | tr -d ' ') lines)"

.PHONY: environment
environment: $(VENV)/.installed $(VENV)/.second ## install the locked environment (every target above does)

$(VENV)/.locked: requirements/dev.lock
	@set -eu; \
	for python in $(or $(PYTHON),$(INTERPRETERS)); do \
	  if "$$python" -c '$(FIT)' >/dev/null 2>&1; then break; else python=; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo 'No Python >= 3.11 with venv and ensurepip among: $(or $(PYTHON),$(INTERPRETERS)).'; \
	  echo 'Install one (on Debian: apt-get install python3 python3-venv) or name it: make PYTHON=/path/to/python3.12'; \
	  exit 1; \
	fi; \
	echo "environment: $(VENV), with $$("$$python" --version)"; \
	rm -rf $(VENV); "$$python" -m venv $(VENV)
	$(BIN)/python $(PIP) install --quiet --require-hashes -r requirements/dev.lock
	@touch $@

$(VENV)/.installed: $(VENV)/.locked pyproject.toml
	$(BIN)/python $(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# Tried once for each environment; `make second` tries again. Its build fails where there is no compiler, and the rest goes on.
$(VENV)/.second: requirements/second.lock $(VENV)/.locked
	@if $(BIN)/python $(PIP) install --quiet --require-hashes -r requirements/second.lock >$(VENV)/second.log 2>&1 \
	  && $(BIN)/python -c 'import durable_rules_engine' 2>>$(VENV)/second.log; \
	then echo 'second opinion: durable-rules is installed'; \
	else echo 'second opinion: durable-rules cannot be had here (it needs Python < 3.13 and a C compiler); all else works, but live trading would open nothing ($(VENV)/second.log)'; \
	fi
	@touch $@

.PHONY: second
second: $(VENV)/.locked ## try again to install the second opinion, durable-rules
	@rm -f $(VENV)/.second
	@$(MAKE) --no-print-directory $(VENV)/.second

# Another minor version of Python with the runtime lock: `decide` must give the same bytes there. Tried once; `make other` tries again.
$(OTHER)/.tried: requirements/alluse.lock $(VENV)/.locked
	@set -eu; rm -rf $(OTHER); \
	ours=$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	for python in $(or $(OTHER_PYTHON),$(INTERPRETERS) "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.1[1-9]*/bin/python3); do \
	  if "$$python" -c '$(FIT)' "$$ours" >/dev/null 2>&1; then break; else python=; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "other python: none beside $$ours on this machine; what compares two versions is skipped"; \
	elif "$$python" -m venv $(OTHER) && $(OTHER)/bin/python $(PIP) install --quiet --require-hashes -r requirements/alluse.lock; then \
	  echo '$(CURDIR)' >"$$($(OTHER)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/alluse.pth"; \
	  echo "other python: $(OTHER), with $$("$$python" --version)"; \
	else \
	  rm -rf $(OTHER); echo "other python: $$python cannot install the lock; what compares two versions is skipped"; \
	fi; \
	mkdir -p $(OTHER); touch $@

.PHONY: other
other: $(VENV)/.locked ## try again to install another Python version, on which to compare
	@rm -f $(OTHER)/.tried
	@$(MAKE) --no-print-directory $(OTHER)/.tried

# What rule engines there are, to race against. One that cannot be built here does not keep the others away.
.PHONY: peers
peers: $(PEERS)/.installed ## install the engines that `alluse bench --peers` races against, in an environment of their own

$(PEERS)/.installed: requirements/peers.lock requirements/second.lock $(VENV)/.locked
	rm -rf $(PEERS); $(BIN)/python -m venv $(PEERS)
	$(PEERS)/bin/python $(PIP) install --quiet --require-hashes -r requirements/peers.lock
	@$(PEERS)/bin/python $(PIP) install --quiet --require-hashes -r requirements/second.lock >$(PEERS)/second.log 2>&1 \
	  || echo 'peers: durable-rules cannot be had here (it needs Python < 3.13 and a C compiler); the others run without it ($(PEERS)/second.log)'
	@touch $@

.PHONY: lock
lock: $(LOCKER)/.installed ## write the locks anew (make lock UPGRADE=--upgrade takes newer releases)
	$(COMPILE) --output-file requirements/alluse.lock pyproject.toml
	$(COMPILE) --constraint requirements/alluse.lock --group dev --output-file requirements/dev.lock pyproject.toml
	$(COMPILE) --constraint requirements/alluse.lock --extra second --output-file requirements/second.lock pyproject.toml
	$(COMPILE) --constraint requirements/alluse.lock --group peers --output-file requirements/peers.lock pyproject.toml

# One version of everything for every Python and system; no index address and no path of this machine.
COMPILE := $(LOCKER)/bin/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-config --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(UPGRADE)

$(LOCKER)/.installed: Makefile
	@rm -rf $(LOCKER)
	$(or $(PYTHON),python3) -m venv $(LOCKER)
	$(LOCKER)/bin/python $(PIP) install --quiet '$(UV)'
	@touch $@

.PHONY: clean
clean: ## remove the environments and what the tools leave behind
	rm -rf .agree $(VENV) $(OTHER) $(PEERS) $(LOCKER) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
