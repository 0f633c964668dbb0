#!/usr/bin/env bash
# Fuzzes every target for a while, from the seeds here and the fixtures of the tests:
#
#   fuzz/run.sh [SECONDS [TARGET…]]      300 seconds and all targets by default
#
# Needs cargo-fuzz (`cargo install cargo-fuzz`) and any toolchain. A find is written to fuzz/artifacts/TARGET and ends the
# run. SEEDS names a further directory of inputs; SANITIZER=address adds the address sanitizer (there is no unsafe code in
# newswatch, so it looks at libraries only).
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-300}
shift || true
targets=("$@")
[ "${#targets[@]}" -gt 0 ] || targets=(feed opml headers query matching)
sanitizer=${SANITIZER:-none}
# The fuzzer's instrumentation is an unstable option of the compiler.
export RUSTC_BOOTSTRAP=1

for target in "${targets[@]}"; do
	corpus=fuzz/corpus/$target
	mkdir -p "$corpus"
	seeds=("fuzz/seeds/$target")
	[ "$target" != feed ] || seeds+=(tests/data/feeds)
	[ -z "${SEEDS:-}" ] || seeds+=("$SEEDS")
	cargo fuzz run --sanitizer "$sanitizer" "$target" "$corpus" "${seeds[@]}" -- \
		-dict="fuzz/dict/$target.dict" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384
done
