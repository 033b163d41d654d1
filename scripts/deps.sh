#!/bin/sh
# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# Installs the Debian packages named as arguments that are missing. Where nothing is missing this is
# one dpkg-query (milliseconds) and apt is not called, so every make word can depend on it.
set -eu

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "deps: this is not Debian (no dpkg-query): install the equivalents of: $*" >&2
    exit 5
fi

installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii *//p') || true
missing=
for package in "$@"; do
    case "
$installed
" in
    *"
$package
"*) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1; then
    as_root=sudo
else
    echo "deps: missing:$missing" >&2
    echo "deps: become root, or install sudo, and run: apt-get install$missing" >&2
    exit 5
fi

echo "deps: installing$missing"
# The lists may be old or absent (a fresh container): try as it is, then update once.
install() {
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
}
if ! install >/dev/null 2>&1; then
    $as_root apt-get update -qq
    install
fi
