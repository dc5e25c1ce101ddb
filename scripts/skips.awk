# Passes on what `swift test` says; before its summary come the tests that were skipped, why, and what is left to others.
# Usage: swift test 2>&1 | awk -v left="make check: sanitizers" -f scripts/skips.awk
/ skipped(:|\.|$)/ {
  words = $0
  sub(/^[^"]*/, "", words)
  sub(/ skipped: /, ": ", words)
  skipped[++count] = words
}
/Test run with [0-9]+ test/ {
  for (i = 1; i <= count; i++) print "Skipped: " skipped[i]
  print "Left to " left
  tests += $5
}
{ print; fflush() }
END { if (!tests) { print "no test was run" > "/dev/stderr"; exit 1 } }
