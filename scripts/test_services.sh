#!/bin/sh
# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# Servers that tests start and talk to, as Debian packages: OpenStack Swift, which is an S3 service that
# checks signatures, and what shifts a program's clock. A test whose server is not there is skipped and
# says so.
set -eu
cd "$(dirname "$0")/.."
exec scripts/deps.sh swift-account swift-container swift-object swift-proxy memcached faketime
