#!/usr/bin/env python3
# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# Writes runtime/text/unicode_tables.c from Python's unicodedata, which is what the reference
# tokenizers ask, so that both agree on every code point. The tables are those of Unicode 14.0.0,
# the version of Debian 12's Python 3.11; another version is refused, because tokens would then
# depend on the machine that ran this script.
#
#   python3 scripts/unicode_tables.py > runtime/text/unicode_tables.c

import sys
import unicodedata

VERSION = "14.0.0"
COUNT = 0x110000
PROPERTY_BLOCK = 128
MAPPING_BLOCK = 64

# The bits of runtime/text/unicode.h.
DROP, SPACE, PUNCTUATION, CJK, WORD, MARK, UNSTABLE, JOINS = (1 << i for i in range(8))

CJK_RANGES = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
              (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)]


def is_hangul(cp):
    return 0xAC00 <= cp <= 0xD7A3


def flags_of(cp, second_parts):
    c = chr(cp)
    category = unicodedata.category(c)
    flags = 0
    if cp in (9, 10, 13) or category == "Zs":
        flags |= SPACE
    elif cp in (0, 0xFFFD) or category[0] == "C":
        flags |= DROP
    elif c.isspace():
        flags |= SPACE  # the separators of lines and paragraphs
    if category[0] == "P" or 33 <= cp <= 47 or 58 <= cp <= 64 or 91 <= cp <= 96 or 123 <= cp <= 126:
        flags |= PUNCTUATION
    if any(first <= cp <= last for first, last in CJK_RANGES):
        flags |= CJK
    if category[0] in "LN":
        flags |= WORD
    if category == "Mn":
        flags |= MARK
    if category[0] == "M":
        flags |= JOINS
    if category != "Cs" and (unicodedata.combining(c) or unicodedata.normalize("NFC", c) != c
                             or cp in second_parts):
        flags |= UNSTABLE
    return flags


def blocks(values, size):
    """The values of all code points as (index of block per code point / size, the distinct blocks)."""
    seen, index, rows = {}, [], []
    for start in range(0, COUNT, size):
        block = tuple(values[start:start + size])
        if block not in seen:
            seen[block] = len(rows)
            rows.append(block)
        index.append(seen[block])
    return index, rows


def rows_of(numbers, out):
    line = "   "
    for number in numbers:
        word = " %d," % number
        if len(line) + len(word) > 100:
            out.append(line)
            line = "   "
        line += word
    if line.strip():
        out.append(line)


def array(out, kind, name, numbers):
    out.append("const %s %s[%d] = {" % (kind, name, len(numbers)))
    rows_of(numbers, out)
    out.append("};")


def main():
    if unicodedata.unidata_version != VERSION:
        sys.exit("unicode_tables.py: this Python has Unicode %s; the tables are those of %s"
                 % (unicodedata.unidata_version, VERSION))
    # Compositions: pairs whose NFC is one code point.
    pairs = []
    for cp in range(COUNT):
        text = unicodedata.decomposition(chr(cp))
        if text and text[0] != "<" and " " in text:
            first, second = (int(word, 16) for word in text.split())
            if unicodedata.normalize("NFC", chr(first) + chr(second)) == chr(cp):
                pairs.append((first, second, cp))
    pairs.sort()
    # What may compose with what stands before it: NFC_Quick_Check is Maybe.
    second_parts = {second for _, second, _ in pairs}
    second_parts |= set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))

    properties, property_of = {}, []
    mappings, mapping_of = {(0, 0, 0): 0}, []
    pool, pool_at = [], {}
    for cp in range(COUNT):
        c = chr(cp)
        key = (flags_of(cp, second_parts), unicodedata.combining(c))
        property_of.append(properties.setdefault(key, len(properties)))
        lower = c.lower()
        delta = ord(lower[0]) - cp
        if len(lower) > 1 and cp != 0x130:
            sys.exit("unicode_tables.py: U+%04X has a long lower case" % cp)
        parts = unicodedata.normalize("NFD", c)
        offset = length = 0
        if parts != c and not is_hangul(cp):
            if parts not in pool_at:
                pool_at[parts] = len(pool)
                pool.extend(ord(part) for part in parts)
            offset, length = pool_at[parts], len(parts)
        mapping_of.append(mappings.setdefault((delta, offset, length), len(mappings)))
    assert len(properties) <= 256 and len(mappings) <= 65536 and len(pool) <= 65536

    property_index, property_rows = blocks(property_of, PROPERTY_BLOCK)
    mapping_index, mapping_rows = blocks(mapping_of, MAPPING_BLOCK)
    assert len(property_rows) <= 256 and len(mapping_rows) <= 256

    out = ["/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0",
           " *",
           " * Facts of Unicode %s per code point, as unicode.h reads them. Written by" % VERSION,
           " * scripts/unicode_tables.py; do not edit. Made from the Unicode Character Database, copyright",
           " * Unicode, Inc., distributed under the Unicode License v3 (https://www.unicode.org/license.txt).",
           " */", "/* clang-format off */", '#include "text/unicode.h"', ""]
    array(out, "uint8_t", "ingot_unicode_property_index", property_index)
    array(out, "uint8_t", "ingot_unicode_property_blocks", [v for row in property_rows for v in row])
    out.append("const ingot_unicode_property ingot_unicode_properties[%d] = {" % len(properties))
    line = "   "
    for flags, combining in properties:
        word = " {%d, %d}," % (flags, combining)
        if len(line) + len(word) > 100:
            out.append(line)
            line = "   "
        line += word
    out += [line, "};"]
    array(out, "uint8_t", "ingot_unicode_mapping_index", mapping_index)
    array(out, "uint16_t", "ingot_unicode_mapping_blocks", [v for row in mapping_rows for v in row])
    out.append("const ingot_unicode_mapping ingot_unicode_mappings[%d] = {" % len(mappings))
    line = "   "
    for delta, offset, length in mappings:
        word = " {%d, %d, %d}," % (delta, offset, length)
        if len(line) + len(word) > 100:
            out.append(line)
            line = "   "
        line += word
    out += [line, "};"]
    array(out, "uint32_t", "ingot_unicode_parts", pool)
    out.append("const size_t ingot_unicode_pair_count = %d;" % len(pairs))
    array(out, "uint32_t", "ingot_unicode_pairs", [value for pair in pairs for value in pair])
    print("\n".join(out))


main()
