#!/bin/sh
# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# debian_root.sh RELEASE DIR: a minimal system of that Debian release (its required packages, unpacked
# and not configured) to chroot into, from the archive this machine's apt uses. Where DIR is there
# already nothing is done. Needs root and debootstrap; exit code 5 where it cannot be had.
set -eu
release=$1
folder=$2
[ ! -d "$folder" ] || exit 0
[ "$(id -u)" = 0 ] || { echo "debian_root: needs root" >&2; exit 5; }
PATH=$PATH:/usr/sbin:/sbin
command -v debootstrap >/dev/null || { echo "debian_root: needs debootstrap" >&2; exit 5; }
archive=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    sed -n -e 's/^URIs: *\([^ ]*\).*/\1/p' -e 's/^deb \(\[[^]]*\] *\)\?\([a-z+]*:[^ ]*\).*/\2/p' | head -n 1)
mkdir -p "$(dirname "$folder")"
part=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$part"' EXIT
if ! debootstrap --foreign --variant=minbase --arch=amd64 "$release" "$part" "$archive" >"$part.log" 2>&1; then
    tail -n 3 "$part.log" >&2
    rm -f "$part.log"
    exit 5
fi
rm -rf "$part.log" "$part/debootstrap" "$part/var/cache/apt/archives"
chmod 755 "$part"
mv "$part" "$folder"
