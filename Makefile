# The commands a newcomer needs. Each one sets up what it needs; `make help` lists them.

CARGO ?= cargo
DEMO_CAPTURE := captures/demo/capture.pcapng
DEMO_ROOT    := captures/lab/trust/public-root.pem

.DEFAULT_GOAL := help
.PHONY: help setup demo test acceptance lint bench-guard

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what a fresh Debian or Ubuntu lacks: a C compiler and libpcap's headers
	@scripts/setup

# Findings make interloper exit 1 and that is what a demonstration of an interception should do,
# so 0 and 1 both count as success; 2 (could not do the job) does not.
demo: setup ## build, then show the verdict on a recorded interception
	$(CARGO) build --release --locked --bin interloper
	@$(CARGO) run --quiet --release --locked --bin interloper -- \
	    $(DEMO_CAPTURE) --trust-root $(DEMO_ROOT); \
	  status=$$?; test $$status -le 1 || exit $$status

test: setup ## all tests of a plain clone
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
	  set -x; $(CARGO) nextest run --workspace --locked; \
	else \
	  set -x; $(CARGO) test --workspace --locked --lib --bins --tests --examples; \
	fi
	$(CARGO) test --workspace --locked --doc

acceptance: setup ## compare with other tools' results over the shared captures (INTERLOPER_SHARED)
	$(CARGO) test --locked --test acceptance -- --ignored

lint: setup ## formatting, clippy, documentation, repository checks
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked --quiet
	scripts/check-repository

bench-guard: setup ## count instructions per packet, handshake and exchange; fail at 10 % more (valgrind)
	benches/instructions.sh
