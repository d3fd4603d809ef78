# SPDX-License-Identifier: Apache-2.0
# Completion of elector's command line for bash. elector computes the candidates itself
# (`elector __complete WORD...`); this passes it the words and shows its answer.

_elector() {
  local words=() word answer last prefix=''
  # readline also breaks words at = and :, which have no special meaning here: join them again.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if ((${#words[@]})) && [[ $word == [=:]* || ${words[-1]} == -*= || ${words[-1]} == *: ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  answer=$("${COMP_WORDS[0]/#\~/$HOME}" __complete "${words[@]}" 2> /dev/null) || return
  last=${answer##*$'\n'}

  if [[ $last == ':command '* ]]; then
    _elector_command "${last#:command }" "${#words[@]}"
    return
  fi
  # For readline, the current word begins after the last break.
  word=${words[-1]}
  case $COMP_WORDBREAKS in *=*) [[ $word == -*=* ]] && prefix=${word%%=*}= ;; esac
  case $COMP_WORDBREAKS in *:*) [[ $word == *:* ]] && prefix=${word%:*}: ;; esac

  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    [[ $word == :* || -z $word ]] || COMPREPLY+=("$(printf %q "${word#"$prefix"}")")
  done <<< "$answer"
  ((${last#:} & 2)) && compopt -o nospace
  if ! ((${last#:} & 4)); then
    compopt -o filenames
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "${words[-1]#"$prefix"}")
  fi
}

# _elector_command PLACE COUNT: completes as if the line began at word PLACE of COUNT.
_elector_command() {
  if (($1 == $2 - 1)); then
    mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
  elif declare -F _comp_command_offset > /dev/null; then
    _comp_command_offset $((COMP_CWORD - $2 + 1 + $1))
  elif declare -F _command_offset > /dev/null; then
    _command_offset $((COMP_CWORD - $2 + 1 + $1))
  else
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
  fi
}

complete -F _elector elector kubectl-elector
