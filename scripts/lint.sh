#!/bin/sh
# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# Every static check, over every source of the tree. All of them run; the exit status says whether
# one complained.
set -u
cd "$(dirname "$0")/.."
status=0

# Files of the tree by pattern, without what is built, fetched or generated, and without templates,
# which are C only when their holes are filled.
sources() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files -- "$@"
    else
        for pattern in "$@"; do
            find . -type f -path "./$pattern" -print
        done | sed 's|^\./||' | LC_ALL=C sort
    fi | grep -Ev '^(out|data|work|\.venv|templates|tests/golden/.*)/|^tests/vectors/.*\.[ch]$' |
        while read -r file; do [ ! -f "$file" ] || printf '%s\n' "$file"; done
}

fail() {
    echo "lint: $1" >&2
    status=1
}

lua_files=$(sources '*.lua')
c_files=$(sources '*.c')
c_and_h=$(sources '*.c' '*.h')
shell_files=$(sources '*.sh' '.ci/run')

[ -z "$lua_files" ] || printf '%s\n' "$lua_files" | xargs luacheck --no-color -q || fail "luacheck"

[ -z "$c_and_h" ] || printf '%s\n' "$c_and_h" | xargs clang-format --dry-run -Werror || fail "clang-format"

for file in $shell_files; do
    sh -n "$file" || fail "$file: not a shell script"
done

# Every source says whose it is and under which licence. Specs are what users write: theirs do not.
for file in $(printf '%s\n' "$lua_files" | grep -Ev '^(bench/)?specs/') $c_and_h $shell_files; do
    head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || fail "$file: no licence header"
done

headers="-I runtime -I tests/support"
runtime_files=$(printf '%s\n' "$c_files" | grep '^runtime/' || true)
if [ -n "$runtime_files" ]; then
    # shellcheck disable=SC2086
    printf '%s\n' "$c_files" | xargs cppcheck --quiet --std=c11 --language=c --inline-suppr -j 2 \
        --enable=warning,performance,portability --error-exitcode=1 --suppress=missingIncludeSystem \
        --suppress=normalCheckLevelMaxBranches --suppress=unknownMacro $headers || fail "cppcheck"

    # The strict warnings of the rules, as errors, by gcc without making code.
    flags=$(lua5.4 -e 'package.path = "./?.lua;" .. package.path
        print(table.concat(require("generator.toolchain.libraries").header_flags(), " "))')
    # shellcheck disable=SC2086
    printf '%s\n' "$runtime_files" | xargs -P 2 -n 8 gcc -std=gnu11 -fsyntax-only -fopenmp -march=x86-64-v4 \
        -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Iruntime $flags || fail "gcc warnings"

    # .clang-tidy says what it looks for. What it counts on standard error is of no use.
    # shellcheck disable=SC2086
    printf '%s\n' "$runtime_files" | xargs -P 2 -n 4 sh -c 'clang-tidy --quiet "$@" 2>/dev/null -- \
        -std=gnu11 -fopenmp -march=x86-64-v4 -Iruntime '"$flags" clang-tidy || fail "clang-tidy"
fi

[ $status = 0 ] && echo "lint: clean"
exit $status
