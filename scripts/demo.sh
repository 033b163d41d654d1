#!/bin/sh
# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# The demo: from spec to trained model. Builds specs/resnet18_sgd.lua and runs it. Where this CPU
# lacks AVX-512, the spec's target is overridden, which changes the stamp, and the demo says so.
set -eu
cd "$(dirname "$0")/.."

set --
for flag in avx512f avx512bw avx512cd avx512dq avx512vl; do
    if ! grep -qw "$flag" /proc/cpuinfo; then
        echo "demo: this CPU lacks $flag, so the target is x86-64-v3 instead of the spec's x86-64-v4"
        set -- --set target.isa=x86-64-v3
        break
    fi
done

lua5.4 build.lua specs/resnet18_sgd.lua "$@"
exec out/resnet18_sgd run
