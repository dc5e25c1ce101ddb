# For scripts that train the models of models/run; they read it with `.` and set tool, the word before their messages.

# Trains in folder $1 for $2 epochs, where no run is yet: by the command behind them, whose last word will be the folder.
train_epochs() {
  folder=$1 epochs=$2
  shift 2
  if [ -e "$folder/results.csv" ]; then
    echo "$tool: $folder has a run already; name another folder." >&2
    exit 3
  fi
  "$@" "$folder" & pid=$!
  trap 'kill $pid 2>/dev/null || true' EXIT
  until [ -f "$folder/results.csv" ] && [ "$(wc -l <"$folder/results.csv")" -gt "$epochs" ]; do
    kill -0 $pid 2>/dev/null || { echo "$tool: the training of $folder ended early." >&2; exit 3; }
    sleep 1
  done
  kill $pid 2>/dev/null || true
  wait $pid || true
  trap - EXIT
}

# Trains a run in folder $1, which is emptied, for $2 epochs, by a command as above, and compares them with those of models/run: all columns but
# the last, the seconds. The folder's name is the run's.
compare_epochs() {
  kept=models/run/$(basename "$1")/results.csv
  rm -rf "$1"
  train_epochs "$@"
  first_epochs "$2" "$kept" >"$1/kept.csv"
  if ! first_epochs "$2" "$1/results.csv" | diff "$1/kept.csv" -; then
    echo "$tool: the first $2 epochs of $1 differ from $kept." >&2
    exit 1
  fi
  echo "$tool: the first $2 epochs of $1 are those of $kept."
}

first_epochs() { head -n "$(($1 + 1))" "$2" | cut -d, -f1-6; }
