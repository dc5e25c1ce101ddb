#!/bin/sh
# Trains the models again, from the unpacked FER2013 to a file and its card:
#
#     scripts/models.sh FER2013 RUNS              ten to twelve hours on two cores; stopped, it goes on where it was
#     scripts/models.sh FER2013 RUNS --first 2    the first two epochs of each run only, compared with those in models/run
#     MODELS="small default" scripts/models.sh    these alone: vgg needs a processor with bf16
#
# Every run goes to the end of its schedule, its last weights count, and PublicTest is looked at when the model is there. The teachers are
# files of models; scripts/teacher-model.sh makes the first of them. The same processor family gives the same bits; another one rounds
# otherwise in the last digits.
set -eu
cd "$(dirname "$0")/.."
[ $# -eq 2 ] || { [ $# -eq 4 ] && [ "$3" = --first ]; } || { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
data=$1
runs=$2
bin=.build/release
for program in fer-train fer-inspect; do
  command -v "$bin/$program" >/dev/null || { echo "models: $bin/$program is missing; make build first." >&2; exit 3; }
done
tool=models
. scripts/epochs.sh

models=${MODELS:-small default vgg}
for run in $models; do
  case $run in
    small | default | vgg) ;;
    *) echo "models: there is no model '$run'; MODELS may name small, default and vgg." >&2; exit 2 ;;
  esac
done

# What run $1 is trained with.
options() {
  case $1 in
    small) echo --network models/small.net --sizes 44 --epochs 75 --seed 1 --scale 0.75:1.25 --small 0.2:0.5 --precision fp32 --teacher models/teacher.ferm ;;
    default) echo --network models/default.net --sizes 40 --epochs 150 --seed 3 --scale 0.7:1.35 --small 0.3:0.5 --precision fp32 \
      --teacher models/teacher.ferm --teacher models/small.ferm --calm-epochs 0 ;;
    vgg) echo --network vgg --sizes 40 --epochs 150 --seed 1 --scale 0.7:1.35 --small 0.3:0.5 --precision bf16 \
      --block-dropout 0.1 --dropout 0.4 --correct-labels 0.5:0.3:0.9 --calm-epochs 0 ;;
  esac
  echo --beyond edge --val none
}

# Begins run $1 in folder $2.
begin() {
  # shellcheck disable=SC2046 # Options are words.
  exec "$bin/fer-train" $(options "$1") --data "$data" --out "$2" --overwrite
}

# The file of run $1: int8, with its figures and card inside.
finish() {
  made=$runs/$1
  "$bin/fer-train" export "$made/last.ferm" -o "$made/int8.ferm" --weights int8 --license MIT --card "models/card-$1.md" \
    --crop blazeface-short:1.12,0,-0.06
  case $1 in
    # What they say is better calibrated as it is: a fitted temperature lowered the loss by 0.001 to 0.002 and raised the error by 0.01.
    small | default) cp "$made/int8.ferm" "$made/measured.ferm" ;;
    *) "$bin/fer-train" calibrate "$made/int8.ferm" --data "$data" --split public --tta none,flip -o "$made/measured.ferm" ;;
  esac
  for views in none flip ten; do
    "$bin/fer-train" eval "$made/measured.ferm" --data "$data" --split public --tta $views -o "$made/measured.ferm"
    "$bin/fer-train" eval "$made/measured.ferm" --data "$data" --split public --tta $views --drop-duplicates -o "$made/measured.ferm"
  done
  "$bin/fer-train" eval "$made/measured.ferm" --data "$data" --split public --framings --svg "$made/confusion.svg" \
    -o "$made/measured.ferm"
  "$bin/fer-train" export "$made/measured.ferm" -o "$runs/$1.ferm"
  "$bin/fer-inspect" --card "$runs/$1.ferm" >"$runs/$1.md"
}

if [ $# -eq 4 ]; then
  for run in $models; do compare_epochs "$runs/first/$run" "$4" begin "$run"; done
  exit 0
fi
for run in $models; do
  if [ -f "$runs/$run/last.ferm" ]; then
    "$bin/fer-train" --resume --out "$runs/$run"
  else
    (begin "$run" "$runs/$run")
  fi
  finish "$run"
done
