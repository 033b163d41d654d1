# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# The words a person types. Building itself is `lua5.4 build.lua`, which needs no make.

SHELL := /bin/sh
LUA := lua5.4

# Everything that building, testing and checking needs, as Debian 12 names it. Nothing else may be
# relied on; `make deps` installs what is missing. No GPL library is among those linked.
BUILD_PACKAGES := gcc libc6-dev make binutils mold coreutils findutils tar zstd lua5.4 lua-filesystem \
	lua-argparse lua-dkjson libsndfile1-dev libsoxr-dev libjansson-dev libssl-dev \
	libjpeg62-turbo-dev libpng-dev libyaml-dev libexpat1-dev libinih-dev \
	libzstd-dev libsqlite3-dev libcurl4-openssl-dev zlib1g-dev libopenblas-dev libdnnl-dev
CHECK_PACKAGES := lua-unit lua-check libcmocka-dev clang libclang-rt-14-dev libomp-dev clang-format clang-tidy \
	cppcheck util-linux python3 python3-venv chromium git openssh-client minisign openssl debootstrap

.PHONY: help deps data runtime demo test lint docs golden peers bench bench-build clean

help: ## prints this
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

deps: ## installs the Debian packages that are missing
	@scripts/deps.sh $(BUILD_PACKAGES) $(CHECK_PACKAGES)

data: deps ## fetches the demo's data sets into data/ (Debian packages, unpacked, not installed)
	@scripts/data.sh

runtime: deps ## builds the runtime library and the scanner for this machine
	@$(LUA) build.lua runtime

demo: data ## builds specs/resnet18_sgd.lua, trains it and prints what it learnt
	@scripts/demo.sh

test: deps ## runs every test; the last line says how many passed
	@$(LUA) tests/run.lua $(TESTS)

lint: deps ## luacheck, clang-format, clang-tidy, cppcheck and strict warnings over the whole tree
	@scripts/lint.sh

docs: deps ## writes docs/spec.md and docs/ops.md again from the generator's tables
	@$(LUA) scripts/docs.lua

golden: deps ## rewrites tests/golden; by hand only, and its diff is read
	@$(LUA) tests/golden/make.lua

peers: ## installs PyTorch, torchaudio, librosa and others into .venv, for `make bench`
	@scripts/peers.sh

bench: deps ## prints measurements, against the peers where .venv has them
	@$(LUA) bench/run.lua $(BENCH)

bench-build: deps ## prints how long builds take: cold, one change, a sweep
	@$(LUA) bench/build.lua

clean: ## removes what was built (not data/, work/, .venv/)
	rm -rf out
