#!/bin/sh
# Feeds every fuzz target (Tests/Fuzz/Targets.swift) with mutated files: scripts/fuzz.sh [RUNS [SECONDS [TARGET...]]].
# Found files grow .build/fuzz/corpus/TARGET; a finding ends the script and lies in .build/fuzz/finding-TARGET-*.
# FUZZ_SEED picks another course; the same one gives the same inputs only on an empty corpus.
set -eu
cd "$(dirname "$0")/.."
runs=${1:-20000}
seconds=${2:-600}
[ $# -le 2 ] && set -- "$runs" "$seconds" parse read inflate plan infer network checkpoint pickle description
shift 2
swift=${SWIFT:-swift}
FERM_FUZZ=1 $swift build -c release --sanitize=fuzzer --product ferm-fuzz --scratch-path .build/fuzz
total=0
for target; do
  case $target in
    inflate | checkpoint | pickle) seeds=Tests/Fuzz/seeds/$target ;;
    network) seeds= ;;
    description) seeds=Examples/networks ;;
    *) seeds="spec/conformance/accept spec/conformance/reject spec/conformance/1.1/accept spec/conformance/1.1/reject" ;;
  esac
  corpus=.build/fuzz/corpus/$target
  mkdir -p "$corpus"
  log=.build/fuzz/$target.log
  # Swift's own backtracer would wait for a terminal.
  # shellcheck disable=SC2086
  SWIFT_BACKTRACE=enable=no .build/fuzz/release/ferm-fuzz --target="$target" "$corpus" $seeds \
    -runs="$runs" -max_total_time="$seconds" -seed="${FUZZ_SEED:-1}" -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix=".build/fuzz/finding-$target-" -print_final_stats=1 >"$log" 2>&1 || {
    tail -40 "$log"
    echo "fuzz: $target: a finding; the input lies in .build/fuzz/finding-$target-*" >&2
    exit 1
  }
  count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
  echo "fuzz: $target: $count runs without a finding, $rate a second"
  total=$((total + count))
done
echo "fuzz: $total runs"
