# make test: everything that must hold before a change lands, on a fresh machine with Rust.
.PHONY: all build test setup fmt clippy check bench fuzz clean

CARGO ?= cargo

all: build

build:
	$(CARGO) build --release --locked

# What the tests need besides Rust and a C compiler: see the script.
setup:
	bash scripts/setup.sh

fmt:
	$(CARGO) fmt --check

clippy:
	$(CARGO) clippy --locked --all-targets -- -D warnings

test: setup fmt clippy
	$(CARGO) test --locked

bench:
	$(CARGO) bench --locked

# Every fuzz target, five minutes each; needs cargo-fuzz.
fuzz:
	fuzz/run.sh

clean:
	$(CARGO) clean
