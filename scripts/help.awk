# Turns what a tool prints for --help into a man page (mode=man) or a bash completion (mode=bash), so that neither can differ
# from it. Usage: fer-infer --help | awk -v tool=fer-infer -v version="$(cat VERSION)" -v mode=man -f scripts/help.awk
#
# A help text is: one sentence; examples, indented by two; "usage:" lines; options, indented by two, several on a line if two
# spaces part them, with headings indented by one; paragraphs, in one of which "Exit status:" begins the last section.

function roff(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  gsub(/'/, "\\(aq", text)
  sub(/^\./, "\\\\\\&.", text)
  return text
}

function trimmed(text) {
  sub(/^ +/, "", text)
  sub(/ +$/, "", text)
  return text
}

# An option's words and their explanation.
function item(text,    at) {
  at = match(text, /   *[^ ]/)
  tag[++items] = at ? substr(text, 1, at - 1) : text
  body[items] = at ? trimmed(substr(text, at)) : ""
  kind[items] = "option"
}

# What completion has to know: the options, and the words that may follow one of them.
function learn(tag, body,    words, parts, i, n, last) {
  n = split(tag, parts, /[ ,]+/)
  for (i = 1; i <= n; i++) {
    if (parts[i] ~ /^-/) {
      last = parts[i]
      if (last in known) continue # two subcommands may have an option of one name: what is known of it stays
      order[++options] = last
      known[last] = ""
    } else if (parts[i] ~ /^[a-z0-9]+(\|[a-z0-9]+)+$/) {
      words = parts[i]
      gsub(/\|/, " ", words)
      known[last] = words
    } else if (parts[i] == "NAME" && match(body, /^[a-z0-9-]+(, [a-z0-9-]+)+/)) {
      words = substr(body, 1, RLENGTH)
      gsub(/,/, "", words)
      known[last] = words
    }
  }
}

# The options of a line that has several: each begins with two spaces and a hyphen.
function option_line(text,    at) {
  text = trimmed(text)
  while (at = match(text, /  +-[-0-9a-zA-Z]/)) {
    item(substr(text, 1, at - 1))
    text = trimmed(substr(text, at))
  }
  item(text)
}

NR == 1 { summary = $0; next }
/^usage:/ { state = "usage" }
/^ +-/ { if (state != "examples") state = "options" }
/^$/ { if (state == "examples") state = ""; if (state == "usage") state = "after"; blank = 1; next }
NR > 1 && /^  / && !seen_usage && !/^usage:/ { state = "examples" }

state == "examples" { example[++examples] = trimmed($0); next }
state == "usage" {
  seen_usage = 1
  line = $0
  sub(/^usage: |^       /, "", line)
  # What goes on with the line before has more spaces.
  if (line ~ /^ /) line = "    " trimmed(line)
  usage[++usages] = line
  # Commands have their options in their own usage.
  if (match(line, "^" tool " [a-z]+")) commands = commands " " substr(line, length(tool) + 2, RLENGTH - length(tool) - 1)
  rest = line
  while (match(rest, /--[a-z-]+( [a-z0-9]+(\|[a-z0-9]+)+)?/)) {
    found = substr(rest, RSTART, RLENGTH)
    rest = substr(rest, RSTART + RLENGTH)
    split(found, pair, " ")
    if (!(pair[1] in known)) learn(found, "")
  }
  next
}
/^ [^ ]/ { kind[++items] = "heading"; body[items] = trimmed($0); next }
/^ +-/ { option_line($0); blank = 0; next }
/^ / {
  if (kind[items] == "option" && !blank) body[items] = trimmed(body[items] " " trimmed($0))
  else { kind[++items] = "text"; body[items] = trimmed($0) }
  blank = 0
  next
}
{
  at = index($0, "Exit status:")
  if (at) { before = substr($0, 1, at - 1); exits = trimmed(substr($0, at + 12)); in_exits = 1 }
  else if (in_exits && !blank) { exits = exits " " $0; before = "" }
  else before = $0
  if (before != "") paragraph[blank || !paragraphs ? ++paragraphs : paragraphs] = trimmed(paragraph[paragraphs] " " before)
  blank = 0
}

END {
  for (i = 1; i <= items; i++) if (kind[i] == "option") learn(tag[i], body[i])
  if (!("--version" in known)) learn("--version", "")
  if (!("--help" in known)) learn("--help", "")
  if (mode == "bash") bash_completion(); else man_page()
}

function man_page(    i) {
  name = toupper(tool)
  gsub(/-/, "\\-", name)
  printf ".TH %s 1 \"\" \"ferm %s\" \"ferm\"\n", name, version
  summary = tolower(substr(summary, 1, 1)) substr(summary, 2)
  sub(/\.$/, "", summary)
  printf ".SH NAME\n%s \\- %s\n", roff(tool), roff(summary)
  print ".SH SYNOPSIS\n.nf"
  for (i = 1; i <= usages; i++) print roff(usage[i])
  print ".fi\n.SH DESCRIPTION"
  for (i = 1; i <= paragraphs; i++) print (i > 1 ? ".PP\n" : "") roff(paragraph[i])
  print ".SH OPTIONS"
  for (i = 1; i <= items; i++) {
    if (kind[i] == "heading") print ".SS " roff(body[i])
    else if (kind[i] == "text") print ".PP\n" roff(body[i])
    else {
      print ".TP\n\\fB" roff(tag[i]) "\\fR"
      print body[i] == "" ? "\\&" : roff(body[i])
    }
  }
  print ".SH EXAMPLES\n.nf"
  for (i = 1; i <= examples; i++) print roff(example[i])
  print ".fi"
  if (exits != "") printf ".SH EXIT STATUS\n%s\n", roff(exits)
  print ".SH SEE ALSO"
  others = ""
  split("fer-infer fer-inspect fer-train", tools, " ")
  for (i = 1; i <= 3; i++)
    if (tools[i] != tool) others = others (others == "" ? "" : ", ") "\\fB" roff(tools[i]) "\\fR(1)"
  print others
}

function bash_completion(    i, name, all) {
  name = "_" tool
  gsub(/-/, "_", name)
  for (i = 1; i <= options; i++) all = all (i > 1 ? " " : "") order[i]
  printf "# bash completion for %s\n%s() {\n", tool, name
  print "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words="
  print "  case $before in"
  for (i = 1; i <= options; i++)
    if (known[order[i]] != "") printf "    %s) words='%s' ;;\n", order[i], known[order[i]]
  printf "    *) [[ $word == -* ]] && words='%s' ;;\n  esac\n", all
  if (commands != "") printf "  (( COMP_CWORD == 1 )) && [[ $word != -* ]] && words='%s'\n", trimmed(commands)
  print "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}"
  printf "complete -o bashdefault -o default -F %s %s\n", name, tool
}
