#!/usr/bin/env python3
# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# The peers of bench/tokenizer.lua, on one thread: for each side and each file of texts a line of side, case,
# megabytes and millions of tokens a second, tab-separated. "Rust": the package tokenizers, one text a call and in
# one call; the best of three passes. "Python": BertTokenizer of transformers 4, the reference, on every tenth text.
#
#   tokenizers_peer.py VOCAB CASE=TEXTS …

import os
import struct
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"


def texts_of(path):
    with open(path, "rb") as file:
        data = file.read()
    at, texts = 0, []
    while at < len(data):
        (size,) = struct.unpack_from("<I", data, at)
        texts.append(data[at + 4:at + 4 + size].decode("utf-8", "replace"))
        at += 4 + size
    return texts


def measure(side, case, texts, run, passes):
    size = sum(len(text.encode("utf-8")) for text in texts)
    best = 1e9
    for _ in range(passes):
        begun = time.perf_counter()
        tokens = run(texts)
        best = min(best, time.perf_counter() - begun)
    print("%s\t%s\t%.2f\t%.3f" % (side, case, size / best / 1e6, tokens / best / 1e6), flush=True)


def main():
    from tokenizers import BertWordPieceTokenizer
    cases = [word.split("=", 1) for word in sys.argv[2:]]
    rust = BertWordPieceTokenizer(sys.argv[1], lowercase=True)
    for case, path in cases:
        texts = texts_of(path)
        measure("Rust, one by one", case, texts,
                lambda all: sum(len(rust.encode(text, add_special_tokens=False).ids) for text in all), 3)
        measure("Rust, batch", case, texts,
                lambda all: sum(len(one.ids) for one in rust.encode_batch(all, add_special_tokens=False)), 3)
    try:
        import transformers
        if int(transformers.__version__.split(".")[0]) > 4:
            raise ImportError("transformers %s has none in Python" % transformers.__version__)
        from transformers import BertTokenizer
    except ImportError as why:
        print("tokenizers_peer: no BertTokenizer: %s" % why, file=sys.stderr)
        return
    python = BertTokenizer(sys.argv[1], do_lower_case=True)
    for case, path in cases:
        measure("Python", case, texts_of(path)[::10],
                lambda all: sum(len(python.convert_tokens_to_ids(python.tokenize(text))) for text in all), 1)


main()
