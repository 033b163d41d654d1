#!/usr/bin/env python3
# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# What tests/runtime/test_text.c compares with, in tests/vectors/text/:
#   porter.tsv.zst  word TAB stem: the words of the Snowball project's test vocabulary for the Porter
#                   stemmer (Debian's snowball-data, /usr/share/snowball/data/porter/voc.txt; BSD
#                   licence, copyright 2001 Dr Martin Porter, 2004-2005 Richard Boulton), stemmed by
#                   NLTK's PorterStemmer with its author's departures (MARTIN_EXTENSIONS). 30,428 words,
#                   among them all of the published vocabulary.
#   utf8.tsv        bytes TAB what they are decoded to with errors="replace", both in hexadecimal
#   nfc.tsv         UTF-8 TAB its NFC by unicodedata 14.0.0, both in hexadecimal
#   unicode.sha256  of one line per assigned code point that says all the library knows of it
#
#   python3 tests/vectors/make_text.py [--voc FILE]
# Needs Python 3.11 (Unicode 14.0.0), nltk and the command zstd.

import argparse
import hashlib
import os
import random
import subprocess
import unicodedata

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "text")


def write(name, text):
    with open(os.path.join(HERE, name), "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def porter(vocabulary):
    from nltk.stem.porter import PorterStemmer
    stemmer = PorterStemmer(PorterStemmer.MARTIN_EXTENSIONS)
    with open(vocabulary, encoding="ascii") as file:
        words = [word for word in file.read().split("\n") if word]
    text = "".join("%s\t%s\n" % (word, stemmer.stem(word)) for word in words)
    subprocess.run(["zstd", "-19", "--single-thread", "-q", "-f", "-o", os.path.join(HERE, "porter.tsv.zst")],
                   input=text.encode("ascii"), check=True)


def utf8(draw):
    lines = []
    good = [c.encode("utf-8") for c in ("a", "\u00e9", "\u07ff", "\u0800", "\ud7ff", "\uffff", "\U00010000",
                                         "\U0010ffff")]
    for _ in range(3000):
        data = b""
        for _ in range(draw.randint(1, 8)):
            way = draw.random()
            piece = draw.choice(good)
            if way < 0.3:
                data += piece
            elif way < 0.6:
                data += piece[:draw.randint(1, len(piece))]
            else:
                data += bytes([draw.choice([0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED,
                                            0xEF, 0xF0, 0xF4, 0xF5, 0xFF, 0x41])])
        lines.append("%s\t%s\n" % (data.hex(), data.decode("utf-8", "replace").encode("utf-8").hex()))
    write("utf8.tsv", "".join(lines))


def nfc(draw):
    marks = [cp for cp in range(0x110000) if unicodedata.combining(chr(cp))]
    changing = [cp for cp in range(0x110000)
                if not 0xD800 <= cp < 0xE000 and unicodedata.normalize("NFD", chr(cp)) != chr(cp)]
    plain = [ord(c) for c in "aeioAEOsn\u03b1\u03c9\u1100\u1161\u11a8\uac00\u0b47\u0b3e\u0dd9\u0dca\u0dcf\u1025\u102e"]
    lines = []
    for _ in range(4000):
        text = ""
        for _ in range(draw.randint(1, 9)):
            text += chr(draw.choice(draw.choice([marks, marks, changing, plain, plain])))
        lines.append("%s\t%s\n" % (text.encode("utf-8").hex(),
                                   unicodedata.normalize("NFC", text).encode("utf-8").hex()))
    write("nfc.tsv", "".join(lines))


def database():
    digest = hashlib.sha256()
    for cp in [*range(0x32000), *range(0xE0000, 0xE0200)]:
        c = chr(cp)
        category = unicodedata.category(c)
        space = cp in (9, 10, 13) or (c.isspace() and category[0] != "C")
        drop = not space and (category[0] == "C" or cp == 0xFFFD)
        punctuation = category[0] == "P" or (33 <= cp <= 126 and not c.isalnum())
        parts = [cp] if category == "Cs" else [ord(part) for part in unicodedata.normalize("NFD", c)]
        digest.update(("%d %d %d %d %d %d %d %d %d %s\n" % (
            cp, drop, space, punctuation, category[0] in "LN", category == "Mn", category[0] == "M",
            unicodedata.combining(c), ord(c.lower()[0]), " ".join(str(part) for part in parts))).encode("ascii"))
    write("unicode.sha256", digest.hexdigest() + "\n")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--voc", default="/usr/share/snowball/data/porter/voc.txt")
    assert unicodedata.unidata_version == "14.0.0", "needs a Python with Unicode 14.0.0"
    porter(options.parse_args().voc)
    utf8(random.Random("utf8"))
    nfc(random.Random("nfc"))
    database()


main()
