/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * yaml.h: YAML as jansson values, through libyaml: what DVC's files need and no more. Plain scalars
 * `true`, `false`, `null`, `~`, nothing, and decimal whole numbers of up to 18 digits are what they
 * look like; every other scalar is text. Anchors, aliases, tags, merge keys, keys that are no text,
 * a key twice, several documents, and more than 32 levels are refused, with the line. Only the
 * scanner is linked with this.
 */
#ifndef INGOT_BASE_YAML_H
#define INGOT_BASE_YAML_H

#include <jansson.h>
#include <stddef.h>

#include "base/error.h"

enum { INGOT_YAML_DEPTH = 32, INGOT_YAML_BYTES = 64 << 20 };

/* The only document of a text; `name` is for messages. On success the caller owns *value. */
ingot_status ingot_yaml_parse(const char *bytes, size_t size, const char *name, json_t **value,
                              ingot_error *error);

#endif
