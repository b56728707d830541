# Two commands: `make quickstart` shows the pipeline at work, `make test` runs what CI runs.
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)

INSTALL = $(UV) pip install -q --compile-bytecode --python $(BIN)/python
LOCK = $(UV) pip compile -q pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --no-annotate
WORKERS = -n auto --maxprocesses 4 --dist loadfile
PYTEST = $(BIN)/pytest $(WORKERS)
FAST = -m "not slow and not processes"
EXTRAS = grib,science

.PHONY: quickstart domains negatives test damage campaign realdata calibrate extras dev check fmt generate fresh test-fast test-pythons lock clean

quickstart: $(VENV)/.compiled
	$(BIN)/python tests/sample_web/pack.py build/sample_web
	$(BIN)/yuliao run configs/quickstart.yaml || test $$? -eq 3 # a file of the sample web breaks off: it is named

realdata: $(VENV)/.installed
	$(BIN)/yuliao run configs/realdata.yaml

DOMAINS = life_health materials meteorology fluid_mechanics

# The data sets of the four domains on the development data, and beside each what has no licence: docs/domain-sets.md
domains: $(VENV)/.installed
	$(BIN)/python -m tests.benchmarks.domain_data ../shared/data build/domains
	for domain in $(DOMAINS); do \
		$(BIN)/yuliao run configs/domains/$$domain.yaml || test $$? -eq 3 || exit 1; \
		$(BIN)/yuliao run configs/domains/unlicensed.yaml -p domain=$$domain || test $$? -eq 3 || exit 1; \
	done

# What the training of domains takes for near misses and for the web: texts about software (of packages under BSD), and pages that were read.
negatives: $(VENV)/.installed
	$(UV) pip install -q --no-deps --target build/software Django==5.2.19 Sphinx==9.0.4
	$(BIN)/python -m tests.benchmarks.software_texts build/software build/software.jsonl.gz
	$(BIN)/python -m tests.benchmarks.web_pages ../shared/data build/web_pages.jsonl.gz

calibrate: $(VENV)/.installed
	$(BIN)/python -m tests.benchmarks.calibration_data ../shared/data build/calibration
	$(BIN)/yuliao calibrate configs/languages/calibration.yaml --report build/calibration/report

# Optional kinds of source, with versions and hashes from the locks: make extras EXTRAS=grib,science
extras: $(VENV)/.installed
	$(INSTALL) -c requirements.lock -c requirements-extras.lock --editable '.[$(EXTRAS)]'

test: check
	$(PYTEST) --cov --cov-report=
	$(BIN)/coverage report --include='filters/*'
	$(BIN)/coverage report --include='dedup/*'

# What tests and checks need (the extra `perplexity`, which wants a C++ compiler, is not tested).
dev: $(VENV)/.dev

check: $(VENV)/.dev fresh
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	git ls-files -z | xargs -0 $(BIN)/python .ci/files.py
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

fmt: $(VENV)/.dev
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

generate: $(VENV)/.installed
	$(BIN)/yuliao schema > configs/schema.json
	$(BIN)/yuliao filters --markdown > docs/filters.md
	rm -rf docs/reference
	$(BIN)/yuliao schema --markdown docs/reference

# Whether what `make generate` writes is what it would write.
fresh: $(VENV)/.installed
	$(BIN)/yuliao schema | cmp - configs/schema.json
	$(BIN)/yuliao filters --markdown | cmp - docs/filters.md
	rm -rf build/reference
	$(BIN)/yuliao schema --markdown build/reference
	diff -r build/reference docs/reference

test-fast: $(VENV)/.dev
	$(PYTEST) $(FAST)

# Damaged files of every format, many more than the tests try; DAMAGED is how many of each.
damage: $(VENV)/.dev
	DAMAGED=$(or $(DAMAGED),300) $(PYTEST) tests/pipeline/sources/test_damage.py

# Runs that are killed at random moments, until there are KILLS kills in all; it goes on from its tally.
campaign: $(VENV)/.dev
	$(BIN)/python -m tests.campaign --kills $(or $(KILLS),1000) --seed $(or $(SEED),1)

# The fast tests on every other Python that this project supports and this machine has.
test-pythons: $(VENV)/.dev
	.ci/pythons $(UV) $(WORKERS) $(FAST)

# Locks keep the versions they have; `make lock UPGRADE=--upgrade` takes the newest.
lock: | $(UV)
	$(LOCK) $(UPGRADE) -o requirements.lock
	$(LOCK) $(UPGRADE) --all-extras -c requirements.lock -o requirements-extras.lock
	$(call without,requirements.lock,requirements-extras.lock)
	$(LOCK) $(UPGRADE) --group dev -c requirements.lock -c requirements-extras.lock -o requirements-dev.lock
	$(call without,requirements.lock requirements-extras.lock,requirements-dev.lock)

# A lock without the packages that are in others.
define without
cat $(1) | awk 'NR == FNR {if (/^[^ ]/) known[$$0]; next} /^[^ ]/ {new = !($$0 in known)} new' - $(2) > $(2).new
mv $(2).new $(2)
endef

$(VENV)/.installed: requirements.lock pyproject.toml | $(UV)
	test -x $(BIN)/python || $(UV) venv -q $(VENV)
	$(UV) pip install -q --compile-bytecode --python $(BIN)/python --require-hashes --no-deps -r requirements.lock
	$(UV) pip install -q --python $(BIN)/python --no-deps --editable .
	touch $@

# The loops of the quickstart, side by side; those of other runs are compiled when they are first needed.
$(VENV)/.compiled: $(VENV)/.installed
	$(BIN)/yuliao compile configs/quickstart.yaml --set stages.documents.sources.sample_web.pdf=skip # it has no PDF
	touch $@

$(VENV)/.dev: requirements-dev.lock requirements-extras.lock $(VENV)/.installed
	$(INSTALL) -c requirements.lock -c requirements-extras.lock --editable '.[grib,science]'
	$(INSTALL) --require-hashes --no-deps -r requirements-dev.lock
	touch $@

.tools/bin/uv:
	python3 -m venv .tools
	.tools/bin/python -m pip install -q uv

clean:
	rm -rf $(VENV) .tools build out
