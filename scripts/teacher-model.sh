#!/bin/sh
# Makes the network of models/teacher.ferm again, which teaches the models that are shipped:
#
#     scripts/teacher-model.sh FER2013 RUN            about three and a half hours on two cores; writes RUN/model.ferm
#     scripts/teacher-model.sh FER2013 RUN --first 2  the first two epochs of each run only, compared with those in models/run
#
# Three runs, one from the other: a teacher learns from faces that are varied strongly; a pupil from labels and teacher; the pupil ends
# at one size of crops. With --first, the second and third are compared only if RUN/teacher.ferm and RUN/pupil.ferm are there, as a
# whole run leaves them. The same processor family gives the same bits; another one rounds otherwise in the last digits.
set -eu
cd "$(dirname "$0")/.."
[ $# -eq 2 ] || { [ $# -eq 4 ] && [ "$3" = --first ]; } || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
data=$1
run=$2
bin=.build/release
command -v "$bin/fer-train" >/dev/null || { echo "teacher-model: $bin/fer-train is missing; make build first." >&2; exit 3; }
tool=teacher-model
. scripts/epochs.sh

# Each trains in folder $1.
teacher() {
  exec "$bin/fer-train" --preset default --precision fp32 --data "$data" --out "$1" --seed 1 --mixup 0.5:0.2 --scale 0.75:1 \
    --ratio 0.85:1.18 --shift 0.5:0.1 --rotate 0.5:12 --light 0.5:0.3 --erase 0.25:0.02:0.33 --dropout 0.4 --calm-epochs 4
}

pupil() {
  exec "$bin/fer-train" --preset default --precision fp32 --data "$data" --out "$1" --seed 1 --calm-epochs 0 \
    --teacher "$run/teacher.ferm"
}

end() {
  exec "$bin/fer-train" --preset default --precision fp32 --data "$data" --out "$1" --seed 2 --epochs 20 --lr 0.008 --warmup 0.25 \
    --sizes 40 --calm-epochs 0 --init "$run/pupil.ferm" --teacher "$run/teacher.ferm"
}

if [ $# -eq 4 ]; then
  compare_epochs "$run/first/teacher" "$4" teacher
  for way in teacher:pupil pupil:end; do
    if [ -f "$run/${way%:*}.ferm" ]; then
      compare_epochs "$run/first/${way#*:}" "$4" "${way#*:}"
    else
      echo "teacher-model: $run/${way#*:} is not compared, since $run/${way%:*}.ferm is missing."
    fi
  done
  exit 0
fi

# Teacher and pupil were stopped at these epochs of their schedules of 80.
train_epochs "$run/teacher" 65 teacher
cp "$run/teacher/best.ferm" "$run/teacher.ferm"
train_epochs "$run/pupil" 60 pupil
cp "$run/pupil/best.ferm" "$run/pupil.ferm"
(end "$run/end")
"$bin/fer-train" export "$run/end/best.ferm" -o "$run/int8.ferm" --weights int8 --license MIT --card models/card-teacher.md
"$bin/fer-train" calibrate "$run/int8.ferm" --data "$data" --split public -o "$run/model.ferm"
