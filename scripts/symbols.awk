# The functions of ferm.h, each after the version that stands behind it: "0.1 ferm_version" and so on.
# Usage: awk -f scripts/symbols.awk ferm.h
/^[a-z].*[ *]ferm_[a-z_]+\(/ && !/^typedef/ {
  name = $0
  sub(/\(.*/, "", name)
  sub(/.*[ *]/, "", name)
}
name && /;/ {
  if (!match($0, /; \/\* [0-9]+\.[0-9]+ \*\/$/)) {
    print FILENAME ": no version stands behind " name > "/dev/stderr"
    exit 1
  }
  print substr($0, RSTART + 5, RLENGTH - 8), name
  name = ""
}
