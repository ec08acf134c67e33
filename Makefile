# What a newcomer needs: git, make, and Python 3.11 or newer with pip or ensurepip. Nothing else; no root.
# Everything is put into .venv, from hashed requirements. Pip and uv settings of this machine are inherited.

SHELL = /bin/sh
VENV = .venv
PY = $(VENV)/bin/python
UV = $(VENV)/bin/uv
LOCKS = requirements/run.txt requirements/test.txt requirements/dev.txt
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

.PHONY: image site release demo test serve check bench bench-extraction bench-gate bench-verify bench-redaction bench-record bench-faults bench-evidence bench-names bench-overlaps bench-service bench-scale bench-api bench-upgrade requirements clean

demo: $(VENV)/.run
	$(PY) -m tools.demo

test: $(VENV)/.test
	$(PY) -m pytest $(PYTEST_ARGS)

serve: $(VENV)/.run
	$(PY) -m api serve

bench: $(VENV)/.test
	$(PY) -m tools.bench $(BENCH_ARGS)

bench-extraction: $(VENV)/.test
	$(PY) -m tools.bench_extraction --write docs/bench/extraction.md

bench-hook: $(VENV)/.run
	$(PY) -m tools.bench_hook $(BENCH_ARGS)

bench-overlaps: $(VENV)/.test
	$(PY) -m tools.bench_overlaps

bench-gate: $(VENV)/.test
	$(PY) -m tools.bench_gate $(BENCH_ARGS)

bench-verify: $(VENV)/.test
	$(PY) -m tools.bench_verify $(BENCH_ARGS)

bench-ledger: $(VENV)/.test
	$(PY) -m tools.bench_ledger $(BENCH_ARGS)

bench-redaction: $(VENV)/.test
	$(PY) -m tools.bench_redaction $(BENCH_ARGS)

bench-record: $(VENV)/.test
	$(PY) -m tools.bench_record $(BENCH_ARGS)

bench-faults: $(VENV)/.test
	$(PY) -m tools.bench_faults $(BENCH_ARGS)

bench-evidence: $(VENV)/.test
	$(PY) -m tools.bench_evidence --write docs/bench/evidence.md $(BENCH_ARGS)

bench-names: $(VENV)/.test
	$(PY) -m tools.bench_names $(BENCH_ARGS)

bench-service: $(VENV)/.test
	$(PY) -m tools.bench_service --write docs/bench/service.md $(BENCH_ARGS)

bench-scale: $(VENV)/.test
	$(PY) -m tools.bench_scale --write docs/bench/scale.md $(BENCH_ARGS)

bench-api: $(VENV)/.test
	$(PY) -m tools.bench_api --write docs/bench/api.md $(BENCH_ARGS)

bench-upgrade: $(VENV)/.test
	$(PY) -m tools.bench_upgrade --write docs/bench/upgrade.md $(BENCH_ARGS)

check: $(VENV)/.dev
	$(PY) -m tools.check

requirements: $(VENV)/.uv
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --no-annotate requirements/uv.in -o requirements/uv.txt
	$(COMPILE) --extra server --group pyproject.toml:build pyproject.toml -o requirements/run.txt
	$(COMPILE) --extra server --group pyproject.toml:build --group pyproject.toml:test pyproject.toml \
	    -c requirements/run.txt -o requirements/test.txt
	$(COMPILE) --extra server --group pyproject.toml:build --group pyproject.toml:test --group pyproject.toml:lint \
	    pyproject.toml -c requirements/test.txt -o requirements/dev.txt
	$(PY) -m tools.gate_requirements
	$(PY) tools/lint_requirements.py

$(VENV)/.uv: requirements/uv.txt tools/make_venv.sh
	@sh tools/make_venv.sh $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.uv requirements/run.txt pyproject.toml
	@sh tools/install.sh $(VENV) requirements/run.txt
	@touch $@

$(VENV)/.test: $(VENV)/.uv requirements/test.txt pyproject.toml
	@sh tools/install.sh $(VENV) requirements/test.txt
	@touch $@ $(VENV)/.run

$(VENV)/.dev: $(VENV)/.uv requirements/dev.txt pyproject.toml
	@sh tools/install.sh $(VENV) requirements/dev.txt
	@touch $@ $(VENV)/.test $(VENV)/.run

# Two builds of one commit give one image. Needs buildah; BASE names another base.
image: $(VENV)/.run
	sh deploy/image/build.sh whereof:$$(git rev-parse --short=12 HEAD) $(BASE)

# Wheel and source archive, built twice to the same bytes, with bill of materials and signed provenance, into dist.
release: $(VENV)/.run
	$(PY) -m tools.release

# The documents as a site of plain files that open from disk.
site: $(VENV)/.test
	$(PY) -m tools.site build/site

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
