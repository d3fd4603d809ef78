# SPDX-License-Identifier: Apache-2.0
# Completion of elector's command line for fish. elector computes the candidates itself
# (`elector __complete WORD...`); this passes it the words and shows its answer.

function __elector_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --cut-at-cursor --current-token)
    set -l answer ($words[1] __complete $words[2..] "$current" 2>/dev/null)
    or return
    set -l last $answer[-1]
    if string match --quiet ':command *' -- $last
        set -l place (math (string replace ':command ' '' -- $last) + 2)
        set -l line (string join ' ' -- (string escape -- $words[$place..]) "$current")
        complete --do-complete "$line"
        return
    end
    string match --invert ':*' -- $answer
    if test (math "bitand($(string sub --start 2 -- $last), 4)") -eq 0
        set -l prefix (string match --regex -- '^-.*?=' "$current")
        __fish_complete_path (string replace --regex -- '^-.*?=' '' "$current") | string replace --regex -- '^' "$prefix"
    end
end

complete --command elector --no-files --arguments '(__elector_complete)'
complete --command kubectl-elector --no-files --arguments '(__elector_complete)'
