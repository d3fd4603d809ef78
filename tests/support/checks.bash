# SPDX-License-Identifier: Apache-2.0
# What test scripts assert with. To be sourced; the script ends with `finish WHAT`.
# shellcheck shell=bash
failures=0 passed=0

ok() { passed=$((passed + 1)); }
bad() { echo "FAILED: $*" >&2; failures=$((failures + 1)); }
expect() { # WHAT GOT WANTED
  if [ "$2" = "$3" ]; then ok; else bad "$1: got '$2' instead of '$3'"; fi
}
contains() { # WHAT GOT PART
  case $2 in *"$3"*) ok ;; *) bad "$1: '$3' is not in '$2'" ;; esac
}
eventually() { # CONDITION...: within 20 seconds
  for _ in $(seq 200); do
    if "$@" > /dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  return 1
}
finish() { # WHAT
  echo "$1: $passed checks passed, $failures failed"
  [ "$failures" = 0 ]
}
