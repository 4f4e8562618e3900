# `make book` on a machine with Python 3.11, 3.12 or 3.13, and pip, does everything: see `make help`.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := book

VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed
PACKAGES := node_modules/.package-lock.json
SITE := _build/html
PORT ?= 8000
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONPATH := $(CURDIR)
FIND_DATA = $(PY) -c 'from d2lcompat.data.fashion_mnist import fashion_mnist; fashion_mnist()'

# The Pythons that all four frameworks and the lock have wheels for. `make PYTHON=python3.13` chooses;
# a .venv of another Python is then made anew.
WANTED := $(if $(LOCKED),3.11,3.11 3.12 3.13)
ifdef PYTHON
WANTED := $(filter $(WANTED),$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' \
    2>/dev/null))
endif
IS_WANTED = import sys; sys.exit("%d.%d" % sys.version_info[:2] not in "$(WANTED)".split())
ifdef PYTHON
ifneq ($(shell $(PY) -c '$(IS_WANTED)' 2>/dev/null && echo yes),yes)
.PHONY: $(STAMP)
endif
endif

# `make run PAGE=nin FRAMEWORK=torch` runs one notebook; without either, all of them.
SELECTED = $(if $(PAGE),--page $(PAGE)) $(if $(FRAMEWORK),--framework $(FRAMEWORK))

# CI takes the very files that requirements.lock names: `make test LOCKED=1`. It is for one platform.
# MXNet comes after all others, without what it asks for: its file says why.
REQUIREMENTS := $(if $(LOCKED),requirements.lock,requirements.txt)
MXNET := requirements-mxnet.txt
UNFIT = pip refused requirements.lock, see above: a file that it found is not the one that is locked, \
    or none is there. If the index lacks PyTorch for the CPU, set \
    PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu. If another file is meant, renew the \
    lock with `make lock` and read what changed. On other platforms and Pythons run make without LOCKED.

.PHONY: help setup lock book slides pdf serve run checkpoint stability bench lighthouse notebooks i18n check lint browser fresh data test clean

help: ## List what make can do
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

setup: $(STAMP) ## Make .venv with everything in requirements.txt [PYTHON=python3.13]

# The stamp goes first and comes back last: an interrupted installation is taken up again.
$(STAMP): $(REQUIREMENTS) $(MXNET) pyproject.toml
	@rm -f $@
	@if ! { $(PY) -c '$(IS_WANTED)' && $(PY) -m pip --version; } >/dev/null 2>&1; then \
	    for python in $(or $(PYTHON),python3.11 python3.12 python3.13 python3 python); do \
	        if "$$python" -c '$(IS_WANTED)' 2>/dev/null; then found=$$python; break; fi; \
	    done; \
	    if [ -z "$${found:-}" ]; then \
	        echo "This book needs Python $(if $(LOCKED),3.11,3.11, 3.12 or 3.13), found:" \
	            "$$($(or $(PYTHON),python3) --version 2>&1 | head -n 1 || true)." \
	            "Install it, or name it: make PYTHON=/path/to/python3.11" >&2; \
	        exit 1; \
	    fi; \
	    "$$found" -m venv --clear $(VENV); \
	fi
	@echo "Installing the book's tools and the four frameworks into $(VENV): some minutes, 4 GB."
	@$(PY) -m pip install --quiet $(if $(LOCKED),--require-hashes) -r $(REQUIREMENTS) || { \
	    $(if $(LOCKED),echo '$(UNFIT)' >&2;) exit 1; \
	}
	@$(PY) -m pip install --quiet --require-hashes --no-deps -r $(MXNET)
	@echo '$(CURDIR)' > "$$($(PY) -c 'import site; print(site.getsitepackages()[0])')/nin-book.pth"
	@touch $@

lock: $(STAMP) ## Write requirements.lock, what CI installs: versions and digests of all packages
	@$(PY) -m bookbuild.lock

# npm comes with requirements.txt. The packages hold scripts for the browser; none is run here.
$(PACKAGES): package.json package-lock.json $(STAMP)
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm ci --omit=dev --ignore-scripts --no-audit --no-fund --silent
	@touch $@

book: $(STAMP) $(PACKAGES) ## Build the site in all languages (the default)
	@$(PY) -m bookbuild build
	@echo "The book: $(SITE)/index.html"

slides: book ## A deck of slides per framework and page: part of the site
	@ls $(SITE)/chapters/*/*-slides.html

pdf: book browser ## A PDF of the whole book per framework and language, linked from the site
	@$(PY) -m bookbuild pdf --site $(SITE) $(if $(FRAMEWORK),--framework $(FRAMEWORK)) \
	    $(if $(LANGUAGE),--language $(LANGUAGE))

serve: book ## Serve the site on localhost [PORT=8000]
	@$(PY) -m bookbuild serve --site $(SITE) --port $(PORT)

run: $(STAMP) data ## Train in full and store the outputs [PAGE=nin] [FRAMEWORK=torch]
	@$(PY) -m bookbuild run $(SELECTED)

checkpoint: $(STAMP) data ## Train chapters/nin/nin.safetensors, hours on a CPU
	@$(PY) chapters/nin/train.py

stability: $(STAMP) data ## Train NiN from ten seeds in each framework, hours on a CPU
	@for key in $$($(PY) -c 'from d2lcompat import FRAMEWORKS; print(*FRAMEWORKS)'); do \
	    $(PY) benchmarks/stability.py --framework "$$key"; \
	done

bench: $(STAMP) data ## Measure against d2l 0.17.6, and write benchmarks/RESULTS.md
	@$(PY) -m benchmarks.bench

lighthouse: book browser ## Let Lighthouse rate every page of the site
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm install --ignore-scripts --no-audit --no-fund --no-save --silent
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" node benchmarks/lighthouse.mjs $(SITE)

notebooks: $(STAMP) ## Write the notebooks from their pages, keeping valid outputs
	@$(PY) -m bookbuild notebooks

i18n: $(STAMP) ## Bring the catalogues of translations up to the pages
	@$(PY) -m bookbuild i18n

check: $(STAMP) ## Fail on a notebook or a translation that is older than its page
	@$(PY) -m bookbuild check

lint: $(STAMP) ## Check style and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

# With fonts that have Chinese and Japanese characters, for PDFs and for what tests look at.
browser: ## Find Debian's Chromium and CJK fonts, or install them
	@{ command -v chromium && command -v fc-list && fc-list :lang=ja | grep CJK; } >/dev/null 2>&1 || { \
	    if command -v apt-get >/dev/null; then \
	        echo "Installing Debian's packages chromium, fontconfig and fonts-noto-cjk."; \
	        if [ "$$(id -u)" != 0 ]; then sudo=sudo; fi; \
	        { $${sudo:-} apt-get update -qq && \
	          $${sudo:-} apt-get install -y -qq chromium fontconfig fonts-noto-cjk >/dev/null; } || true; \
	    fi; \
	    command -v chromium >/dev/null || { \
	        echo "The tests of the site need the browser Chromium, as the command \`chromium\`." \
	            "Install it (Debian: apt install chromium) and run this again." >&2; \
	        exit 1; \
	    }; \
	}

# Every notebook installs what it needs into an environment of its own: an hour for each Python.
fresh: $(STAMP) data ## Run the notebooks on other Pythons, as Colab does [PYTHONS=...] [PAGE=nin]
	@$(PY) tests/fresh.py $(if $(PYTHONS),--python $(PYTHONS)) $(SELECTED) \
	    $(if $(REPORT),--report $(REPORT))

data: $(STAMP) ## Find Fashion-MNIST, or get it
	@$(FIND_DATA) 2>/dev/null || { \
	    if command -v apt-get >/dev/null; then \
	        echo "Installing Debian's package dataset-fashion-mnist."; \
	        if [ "$$(id -u)" != 0 ]; then sudo=sudo; fi; \
	        { $${sudo:-} apt-get update -qq && \
	          $${sudo:-} apt-get install -y -qq dataset-fashion-mnist >/dev/null; } || true; \
	    fi; \
	    $(FIND_DATA); \
	}

# Frameworks never share a process; two run at a time, and tell what they found when they are done.
# The last run holds the tests that need none, and those of the site, which is built from nothing in
# all languages, once for both of its processes.
test: lint check data browser $(PACKAGES) ## Everything that CI checks
	@targets=$$($(PY) -c 'from d2lcompat import FRAMEWORKS; print(*map("test-{}".format, FRAMEWORKS))'); \
	$(MAKE) --no-print-directory --jobs 2 --output-sync --keep-going $$targets
	@echo "Every notebook, in its small setting"
	@$(PY) -m bookbuild test-run --jobs 2 --out _build/test-notebooks
	@$(PY) -m pytest -q --framework none --numprocesses 2 --dist loadscope tests

# Two processes have a core each: more threads of tiny networks would wait for each other.
test-%:
	@echo "Tests of d2lcompat.$*"
	@OMP_NUM_THREADS=1 $(PY) -m pytest -q --framework $* tests/d2lcompat

clean: ## Remove what was built, but not .venv
	@rm -rf _build build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache
