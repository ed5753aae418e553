# The front door. `make demo` and `make test` set up everything they need on a fresh Debian machine.
PYTHON ?= python3
BIN := .venv/bin
# The checkout itself, for the `guildhall` command; all it needs is in the lock already.
EDITABLE := --no-deps --no-build-isolation --editable .
# Where shell files lie. Those without a first line that says so are read in by another, or by `sh` itself.
SHELLS := .ci files images lab
SHELLCHECK := $(BIN)/shellcheck --external-sources --source-path=SCRIPTDIR
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host
# It asks nobody whether what it finds works. Words like "password" before a text are no secret here: names have them.
SCAN := $(BIN)/detect-secrets-hook --no-verify --disable-plugin KeywordDetector
# Its form is that of any UUID; of zeros or ones it is an example.
SCALEWAY_KEY := SCW_SECRET_KEY"?\s*[=:]\s*["\x27]?(?!0{8}|1{8})[0-9a-f]{8}-[0-9a-f]{4}-
UNIT := $(sort $(wildcard tests/unit/test_*.py tests/unit/onhost/test_*.py))
.DEFAULT_GOAL := help
# Else each of some hundred processes compiles the project anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help install demo test soak check fuzz golden lint mutants proof bench lock requirements scan clean

help: ## what can be typed
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

install: .venv/installed ## sets up .venv and the `guildhall` command in it, nothing else

demo: .venv/installed ## the whole job on three throwaway hosts on this machine
	$(BIN)/guildhall lab demo

test: .venv/installed ## every test, those on throwaway servers included; AREA=stacks: one area of those
	$(BIN)/pytest --numprocesses 4 --no-loadscope-reorder $(if $(AREA),-m "$(AREA)" tests/lab)

soak: .venv/installed ## sixty kills in the middle of a change, sixty plans held against what apply does, two operators, each fault of the lab; SEED=1
	KILLS=60 ROUNDS=60 TURNS=20 FAULTS=all $(BIN)/pytest $(addprefix tests/lab/isolated/test_,soak.py truth.py operators.py) tests/lab/test_runbooks.py

# Each of two processes takes half of the files, and says itself how they ended: results that are sent to a third one
# cost a third of all the time.
check: lint ## what takes seconds: lint, types, and the tests that need nothing
	printf '%s\n' $(UNIT) | xargs --max-procs 2 --max-args $$(($(words $(UNIT)) / 2 + 1)) $(BIN)/pytest --quiet -p no:logging

fuzz: .venv/installed ## two thousand damages to what people edit: each is taken, or refused in one line
	DAMAGES=2000 $(BIN)/pytest --quiet tests/unit/test_damages.py

golden: .venv/installed ## writes tests/plans, tests/golden, the table of rights and Grafana's dashboards anew; git diff shows what a change does
	GOLDEN=write $(BIN)/pytest --quiet tests/unit/test_dashboards.py tests/cli/test_plans.py tests/unit/test_golden.py tests/unit/test_rights.py

lint: .venv/installed ## ruff, mypy, shellcheck for every shell file, and what is wrong or unsafe in workflows
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(SHELLCHECK) $$(grep -rlIE '^#!.*\b(ba)?sh$$' $(SHELLS))
	$(SHELLCHECK) --shell=sh $$(grep -rLE '^#!' --include='*.sh' $(SHELLS))
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/zizmor --quiet --offline --no-progress --persona=auditor .github

scan: .venv/installed ## secrets that were committed, by their shape; in tests, made-up values but a provider's are let pass
	git ls-files -z -- ':!tests' ':!*.lock' | xargs -0 $(SCAN)
	git ls-files -z -- tests | xargs -0 $(SCAN) --disable-plugin HexHighEntropyString --disable-plugin Base64HighEntropyString --disable-plugin BasicAuthDetector
	! git grep -nP '$(SCALEWAY_KEY)'

mutants: .venv/installed ## which small changes of pure code tests/unit does not notice; PART='tasks.dns*': a part
	$(BIN)/python -c 'import mutmut' 2>/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-mutants.lock
	nice -n 19 $(BIN)/python -m tests.mutants $(if $(PART),'$(PART)')

proof: .venv/installed ## what contracts say of images, held against the real ones wherever they can be had
	$(BIN)/guildhall lab proof

bench: .venv/installed ## how long runs take, as ratios within one run
	$(BIN)/python -c 'import ansible' 2>/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-bench.lock
	$(BIN)/guildhall lab bench

lock: .venv/installed ## looks up the digest of each image of the catalogue, into images.lock
	$(BIN)/guildhall images lock

requirements: .venv/installed ## resolves pyproject.toml into requirements.lock, with hashes
	$(COMPILE) --extra dev --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --extra mutants --constraint requirements.lock --output-file requirements-mutants.lock pyproject.toml
	$(COMPILE) --extra bench --constraint requirements.lock --output-file requirements-bench.lock pyproject.toml

clean: ## stops the lab and deletes everything that was made here
	[ ! -x $(BIN)/guildhall ] || $(BIN)/guildhall lab reset
	rm -rf .venv .lab

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	if command -v uv >/dev/null; then uv venv --quiet --allow-existing --python $(PYTHON) .venv && uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock && \
		uv pip install --quiet --python $(BIN)/python $(EDITABLE); \
	else lab/venv.sh $(PYTHON) && $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock && \
		$(BIN)/pip install --quiet --quiet --disable-pip-version-check $(EDITABLE); fi
	@touch $@
