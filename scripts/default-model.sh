#!/bin/sh
# Makes models/default.ferm again, from the unpacked FER2013 to the file and its card:
#
#     scripts/default-model.sh FER2013 RUN            about two hours on two cores; writes RUN/default.ferm and RUN/README.md
#     scripts/default-model.sh FER2013 RUN --first 2  trains the first two epochs only, and compares them with models/run/results.csv
#
# The same processor family gives the same bits; another one rounds otherwise in the last digits.
set -eu
cd "$(dirname "$0")/.."
[ $# -eq 2 ] || { [ $# -eq 4 ] && [ "$3" = --first ]; } || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
data=$1
run=$2
bin=.build/release
command -v "$bin/fer-train" >/dev/null || { echo "default-model: $bin/fer-train is missing; make build first." >&2; exit 3; }

train() {
  exec "$bin/fer-train" --preset default --data "$data" --out "$run" --seed 1
}

if [ $# -eq 4 ]; then
  train & pid=$!
  trap 'kill $pid 2>/dev/null || true' EXIT
  until [ -f "$run/results.csv" ] && [ "$(wc -l <"$run/results.csv")" -gt "$4" ]; do
    kill -0 $pid 2>/dev/null || { echo "default-model: the training ended early." >&2; exit 3; }
    sleep 1
  done
  kill $pid
  wait $pid || true
  # All columns but the last, the seconds.
  first() { head -n "$((count + 1))" "$1" | cut -d, -f1-6; }
  count=$4
  first models/run/results.csv >"$run/kept.csv"
  if ! first "$run/results.csv" | diff "$run/kept.csv" -; then
    echo "default-model: the first $count epochs differ from models/run/results.csv." >&2
    exit 1
  fi
  echo "default-model: the first $4 epochs are those of models/run/results.csv."
  exit 0
fi

(train)
"$bin/fer-train" export "$run/best.ferm" -o "$run/int8.ferm" --weights int8 --license MIT --card models/card.md
"$bin/fer-train" calibrate "$run/int8.ferm" --data "$data" --split public -o "$run/default.ferm"
for views in none flip ten; do
  "$bin/fer-train" eval "$run/default.ferm" --data "$data" --split public --tta $views -o "$run/default.ferm"
done
"$bin/fer-train" eval "$run/default.ferm" --data "$data" --split public --drop-duplicates -o "$run/default.ferm"
"$bin/fer-train" eval "$run/default.ferm" --data "$data" --split public --tta ten --drop-duplicates -o "$run/default.ferm"
# Not compressed: 13 % more bytes, and it starts in two thirds of the time.
"$bin/fer-train" export "$run/default.ferm" -o "$run/default.ferm" --stored
"$bin/fer-inspect" --card "$run/default.ferm" >"$run/README.md"
