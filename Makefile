# Two commands: `make quickstart` shows the pipeline at work, `make test` runs everything that CI runs.
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)

.PHONY: quickstart test realdata calibrate lock clean

quickstart: $(VENV)/.installed
	$(BIN)/python tests/sample_web/pack.py build/sample_web
	$(BIN)/yuliao run configs/quickstart.yaml

realdata: $(VENV)/.installed
	$(BIN)/yuliao run configs/realdata.yaml

calibrate: $(VENV)/.installed
	$(BIN)/python -m tests.benchmarks.calibration_data ../shared/data build/calibration
	$(BIN)/yuliao calibrate configs/languages/calibration.yaml --report build/calibration/report

test: $(VENV)/.tested
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

lock: $(UV)
	$(UV) pip compile -q pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements.lock
	$(UV) pip compile -q pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -c requirements.lock -o requirements-dev.lock

$(VENV)/.installed: requirements.lock pyproject.toml | $(UV)
	test -x $(BIN)/python || $(UV) venv -q $(VENV)
	$(UV) pip install -q --compile-bytecode --python $(BIN)/python --require-hashes --no-deps -r requirements.lock
	$(UV) pip install -q --python $(BIN)/python --no-deps --editable .
	$(BIN)/yuliao compile
	touch $@

$(VENV)/.tested: requirements-dev.lock $(VENV)/.installed
	$(UV) pip install -q --compile-bytecode --python $(BIN)/python --require-hashes --no-deps -r requirements-dev.lock
	touch $@

.tools/bin/uv:
	python3 -m venv .tools
	.tools/bin/python -m pip install -q uv

clean:
	rm -rf $(VENV) .tools build out
