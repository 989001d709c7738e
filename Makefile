# Preceptor. `make help` lists the targets. `make demo` and `make test` work as the first command on a fresh machine.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format unit integration e2e smoke smoke-image smoke-record bench-phi bench-training bench-gpu test-gpu \
        generate cluster-up cluster-down cluster-status \
        images sbom clean

# uv is fetched into .cache when the machine has none; everything else comes from uv.lock.
UV := $(shell command -v uv 2>/dev/null || echo $(CURDIR)/.cache/uv/bin/uv)
RUN := $(UV) run --no-sync
LOCAL := $(RUN) python -m preceptor_local
IMAGE ?= preceptor-trainer:smoke
export UV_SYSTEM_CERTS := 1
export PYTHONUNBUFFERED := 1
# What Python compiled is kept, even where the machine says that it should not be: starting torch takes a third of the time then.
# Beside the caches, so that no folder of sources gets any of it.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.cache/python
export PYTHONDONTWRITEBYTECODE :=

help: ## List every target with a sentence.
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  \033[1m%-16s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.synced ## Install uv (from PyPI) and the locked Python environment, once.

# Rust compiles the PHI scanner's native part. A machine that has none, or one that is too old, gets Debian's newest.
export PATH := $(PATH):$(HOME)/.cargo/bin
RUST_NEEDED := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' phi_native/Cargo.toml)
RUST = has() { v="$$(rustc --version 2>/dev/null | cut -d' ' -f2)"; [ -n "$$v" ] && cargo --version >/dev/null 2>&1 \
	  && [ "$$(printf '%s\n' $(RUST_NEEDED) "$$v" | sort -V | head -n1)" = $(RUST_NEEDED) ]; }; \
	has || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Debian's Rust (cargo-web) …"; \
	    { apt-get update -qq && apt-get install -y -qq cargo-web; } >/dev/null 2>&1 || true; hash -r; \
	  fi; \
	  has || { echo "Rust $(RUST_NEEDED) or newer is needed, which compiles the PHI scanner's native part: install it by rustup (https://rustup.rs)."; exit 64; }; \
	}
NATIVE := phi_native/pyproject.toml phi_native/preceptor_phi_native.pyi phi_native/Cargo.toml phi_native/Cargo.lock $(shell find phi_native/src -name '*.rs')

.venv/.synced: uv.lock pyproject.toml core/pyproject.toml operator/pyproject.toml trainer_image/pyproject.toml \
               eval_image/pyproject.toml local/pyproject.toml $(NATIVE)
	@$(RUST)
	@if ! [ -x "$(UV)" ] && ! command -v uv >/dev/null; then \
	  echo "Installing uv into .cache/uv …"; \
	  python3 -m venv .cache/uv 2>/dev/null || { \
	    [ "$$(id -u)" = 0 ] || { echo "Python's venv module is missing: install python3-venv, or uv."; exit 64; }; \
	    apt-get update -qq && apt-get install -y -qq python3-venv; python3 -m venv .cache/uv; }; \
	  .cache/uv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9; \
	fi
	@echo "Installing the locked Python environment …"
	@$(UV) sync --frozen --all-packages $$([ -t 2 ] || echo --quiet)
	@touch $@

demo: setup ## Show the whole path on real Kubernetes: five claims, each checked.
	@$(LOCAL) packages
	@$(RUN) python -m preceptor_local.demo

test: setup lint unit integration e2e ## Run everything that CI runs: lint, unit, integration and end-to-end tests.

lint: setup ## Check style, types, import arrows, spelling, policies, and that generated files are current.
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) codespell
	$(RUN) python -m preceptor.api.crd --out crds --out charts/preceptor/files/crds --check
	$(RUN) python -m preceptor.api.reference --check
	$(LOCAL) locks --check
	opa="$$($(LOCAL) tools --only opa | cut -f2)"; "$$opa" check --strict policies/promotion \
	  && "$$opa" fmt --diff --fail policies/promotion && "$$opa" test --timeout=60s policies/promotion
	$(LOCAL) gazetteer --check
	$(RUN) python -m preceptor.phi.write_plans --check
	$(RUN) python -m benchmarks.phi.evidence --check
	$(RUN) python -m benchmarks.phi.context --check
	@if cargo clippy --version >/dev/null 2>&1 && cargo fmt --version >/dev/null 2>&1; then \
	  cd phi_native && cargo fmt --check && cargo clippy --quiet --locked --all-targets -- -D warnings; \
	else echo "phi_native was not linted: this machine's Rust has no clippy and rustfmt (rustup's has)."; fi

format: setup ## Format the code and fix what can be fixed.
	$(RUN) ruff format .
	$(RUN) ruff check --fix .
	if cargo fmt --version >/dev/null 2>&1; then cd phi_native && cargo fmt; fi

unit: setup ## Run the unit tests.
	cd phi_native && cargo test --quiet --locked --no-default-features
	$(RUN) pytest tests/unit -q --numprocesses 2 --dist loadfile --no-loadscope-reorder

integration: setup ## Run the integration tests: real API server, OPA, databases.
	@$(LOCAL) tools
	$(RUN) pytest tests/integration -q

e2e: setup ## Run the end-to-end tests: the demo's claims as assertions, on real pods.
	@$(LOCAL) packages
	@$(LOCAL) prepare
	$(RUN) pytest tests/e2e -q

smoke: setup ## Train thirty rows twice and compare with the goldens (under a minute, warm).
	@trainer_image/run_repro.sh --allow-dirty

smoke-image: ## Build the trainer's image with docker, podman or buildah, and do the same inside it (IMAGE names it).
	@for engine in docker podman; do \
	  if "$$engine" info >/dev/null 2>&1; then \
	    "$$engine" build --file trainer_image/Dockerfile --target full --tag $(IMAGE) .; \
	    exec trainer_image/run_repro.sh --allow-dirty --engine "$$engine" --container $(IMAGE); \
	  fi; \
	done; \
	$(MAKE) --no-print-directory setup; \
	exec $(LOCAL) with-image trainer-full trainer_image/run_repro.sh --allow-dirty --engine buildah --container

smoke-record: setup ## Record the golden of this environment; on a clean tree only.
	@trainer_image/run_repro.sh --record

bench-phi: setup ## Measure the PHI scanner beside its peers: accuracy, speed, memory; one JSON line per figure.
	@$(RUN) python -m benchmarks.phi all

bench-training: setup ## Measure the trainer beside TRL's on one thread, in one run: real tokens per CPU second; minutes.
	@$(RUN) python -m benchmarks.training speed

bench-gpu: setup ## Measure training of a model of 8 billion parameters on this machine's GPU (80 GB), beside published figures.
	@$(UV) sync --frozen --all-packages --extra gpu --quiet
	@$(RUN) python -m benchmarks.training gpu

test-gpu: setup ## Run the tests that need a GPU: kernels, and whole trainings to the last bit; minutes.
	@$(UV) sync --frozen --all-packages --extra gpu --quiet
	$(RUN) pytest tests/gpu -q

generate: setup ## Write generated files anew: CRDs, the chart's copies, the reference page, requirement locks, the gazetteer, the scanner's plans and the weights of its evidence and contexts.
	$(RUN) python -m preceptor.api.crd --out crds --out charts/preceptor/files/crds
	$(RUN) python -m preceptor.api.reference
	cp policies/admission/*.yaml charts/preceptor/files/admission/
	$(LOCAL) locks
	$(LOCAL) gazetteer
	$(RUN) python -m preceptor.phi.write_plans
	$(RUN) python -m benchmarks.phi.evidence
	$(RUN) python -m benchmarks.phi.context

cluster-up: setup ## Start the local cluster (CLUSTER=current: use your current kube-context instead).
	@$(LOCAL) packages
	@$(LOCAL) cluster-up

cluster-down: setup ## Take the local cluster away with everything it made.
	@$(LOCAL) cluster-down

cluster-status: setup ## Say whether the local cluster runs.
	@$(LOCAL) cluster-status

images: setup ## Build the full production images from their Dockerfiles (and load or push them where a cluster is there).
	@$(LOCAL) images --full

sbom: setup ## Write the bill of materials of each image's packages, Python's and Rust's, into build/sbom, as CycloneDX.
	@mkdir -p build/sbom
	@for part in operator trainer eval; do \
	  extra=""; [ "$$part" = trainer ] && extra="--extra gpu"; \
	  $(UV) export --frozen --no-dev --package "preceptor-$$part" $$extra --format cyclonedx1.5 \
	    --preview-features sbom-export --output-file "build/sbom/$$part.cdx.json" --quiet; \
	  echo "build/sbom/$$part.cdx.json"; \
	done
	@# Of the Rust packages in the native library, as they were compiled into this environment's.
	@cp .venv/lib/python3.*/site-packages/preceptor_phi_native-*.dist-info/sboms/*.json build/sbom/phi_native.cdx.json
	@echo build/sbom/phi_native.cdx.json

clean: ## Delete build results; caches and the cluster stay.
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
