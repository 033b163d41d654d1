#!/bin/sh
# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# The programs that tests talk to, in a virtual environment of their own: .venv-test/. A test whose
# program is not there is skipped and says so. Each is tried by itself: one that cannot be installed
# does not keep the others away.
set -u
cd "$(dirname "$0")/.." || exit 1

scripts/deps.sh python3 python3-venv || exit 5
[ -x .venv-test/bin/python ] || python3 -m venv .venv-test || exit 1
status=0
for peer in mlflow; do
    [ -x ".venv-test/bin/$peer" ] || .venv-test/bin/pip install --quiet "$peer" || {
        echo "test peers: $peer cannot be installed: its tests are skipped" >&2
        status=1
    }
done
exit $status
