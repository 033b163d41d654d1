#!/bin/sh
# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# What `make bench` compares with, in a virtual environment of its own: .venv/. Never part of a build
# or of a test.
set -eu
cd "$(dirname "$0")/.."

scripts/deps.sh python3 python3-venv
[ -x .venv/bin/python ] || python3 -m venv .venv
if .venv/bin/python -c 'import torch, torchaudio, torchvision, librosa, sklearn, safetensors, onnx, onnxruntime, transformers' 2>/dev/null; then
    echo "peers: .venv has all of them"
    exit 0
fi
.venv/bin/pip install --quiet --upgrade pip
.venv/bin/pip install --quiet torch torchaudio torchvision librosa scikit-learn safetensors \
    onnx onnxruntime onnxscript transformers
.venv/bin/python -c 'import torch, torchaudio, torchvision, librosa, sklearn, safetensors, onnxruntime
print("peers: torch", torch.__version__, "torchaudio", torchaudio.__version__, "librosa", librosa.__version__,
      "onnxruntime", onnxruntime.__version__)'
