/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * yaml.c: see yaml.h.
 */
#include "base/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

typedef struct source {
    yaml_parser_t parser;
    const char *name;
    ingot_error *error;
} source;

static ingot_status refuse(source *from, size_t line, const char *what) {
    return ingot_fail(from->error, INGOT_FAILED, "%s:%zu: %s", from->name, line + 1, what);
}

/* The next event, which the caller deletes on success. What no event may have is refused here. */
static ingot_status next(source *from, yaml_event_t *event) {
    if (yaml_parser_parse(&from->parser, event) != 1) {
        const yaml_parser_t *parser = &from->parser;
        return refuse(from, parser->problem_mark.line,
                      parser->problem != NULL ? parser->problem : "is not YAML");
    }
    const char *what = NULL;
    if (event->type == YAML_ALIAS_EVENT) {
        what = "an alias, which is not read here";
    } else if (event->type == YAML_SCALAR_EVENT) {
        if (event->data.scalar.anchor != NULL) what = "an anchor, which is not read here";
        if (event->data.scalar.tag != NULL) what = "a tag, which is not read here";
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        if (event->data.sequence_start.anchor != NULL) what = "an anchor, which is not read here";
        if (event->data.sequence_start.tag != NULL) what = "a tag, which is not read here";
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        if (event->data.mapping_start.anchor != NULL) what = "an anchor, which is not read here";
        if (event->data.mapping_start.tag != NULL) what = "a tag, which is not read here";
    }
    if (what == NULL) return INGOT_OK;
    const size_t line = event->start_mark.line;
    yaml_event_delete(event);
    return refuse(from, line, what);
}

static int is_whole_number(const char *text, size_t length) {
    const size_t from = text[0] == '-' ? 1 : 0, digits = length - from;
    if (digits < 1 || digits > 18 || (digits > 1 && text[from] == '0')) return 0;
    return strspn(text + from, "0123456789") == digits;
}

static json_t *scalar(const yaml_event_t *event) {
    const char *text = (const char *)event->data.scalar.value;
    const size_t length = event->data.scalar.length;
    if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && strlen(text) == length) {
        if (strcmp(text, "true") == 0) return json_true();
        if (strcmp(text, "false") == 0) return json_false();
        if (length == 0 || strcmp(text, "~") == 0 || strcmp(text, "null") == 0) return json_null();
        if (is_whole_number(text, length)) return json_integer(strtoll(text, NULL, 10));
    }
    return json_stringn(text, length);
}

static ingot_status node(source *from, yaml_event_t *event, int depth, json_t **value);

static ingot_status sequence(source *from, int depth, json_t *list) {
    for (;;) {
        yaml_event_t event;
        json_t *item;
        ingot_status status = next(from, &event);
        if (status != INGOT_OK) return status;
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return INGOT_OK;
        }
        status = node(from, &event, depth, &item);
        if (status != INGOT_OK) return status;
        if (json_array_append_new(list, item) != 0) {
            return ingot_fail(from->error, INGOT_FAILED, "%s: out of memory", from->name);
        }
    }
}

/* A key's text, from malloc. */
static ingot_status key_of(source *from, yaml_event_t *event, const json_t *map, char **key) {
    const char *what = NULL;
    const size_t line = event->start_mark.line;
    *key = NULL;
    if (event->type != YAML_SCALAR_EVENT) {
        what = "a key that is not text";
    } else {
        *key = strdup((const char *)event->data.scalar.value);
        if (*key == NULL) {
            what = "out of memory";
        } else if (strlen(*key) != event->data.scalar.length || strcmp(*key, "<<") == 0) {
            what = "a key that is not read here";
        } else if (json_object_get(map, *key) != NULL) {
            what = "a key that is there already";
        }
    }
    yaml_event_delete(event);
    if (what == NULL) return INGOT_OK;
    free(*key);
    *key = NULL;
    return refuse(from, line, what);
}

static ingot_status mapping(source *from, int depth, json_t *map) {
    for (;;) {
        yaml_event_t event;
        json_t *item;
        char *key;
        ingot_status status = next(from, &event);
        if (status != INGOT_OK) return status;
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            return INGOT_OK;
        }
        status = key_of(from, &event, map, &key);
        if (status != INGOT_OK) return status;
        status = next(from, &event);
        if (status == INGOT_OK) status = node(from, &event, depth, &item);
        if (status == INGOT_OK && json_object_set_new(map, key, item) != 0) {
            status = ingot_fail(from->error, INGOT_FAILED, "%s: out of memory", from->name);
        }
        free(key);
        if (status != INGOT_OK) return status;
    }
}

/* The value that begins with an event, which is deleted. */
static ingot_status node(source *from, yaml_event_t *event, int depth, json_t **value) {
    const yaml_event_type_t type = event->type;
    const size_t line = event->start_mark.line;
    *value = type == YAML_SCALAR_EVENT           ? scalar(event)
             : type == YAML_SEQUENCE_START_EVENT ? json_array()
                                                 : json_object();
    yaml_event_delete(event);
    if (*value == NULL) return refuse(from, line, "not UTF-8, or out of memory");
    ingot_status status = INGOT_OK;
    if (type != YAML_SCALAR_EVENT && depth >= INGOT_YAML_DEPTH) {
        status = refuse(from, line, "nested too deeply");
    } else if (type == YAML_SEQUENCE_START_EVENT) {
        status = sequence(from, depth + 1, *value);
    } else if (type == YAML_MAPPING_START_EVENT) {
        status = mapping(from, depth + 1, *value);
    }
    if (status != INGOT_OK) {
        json_decref(*value);
        *value = NULL;
    }
    return status;
}

/* Takes events of kinds that carry nothing up to one of another kind, which the caller deletes. */
static ingot_status skip(source *from, yaml_event_t *event) {
    for (;;) {
        const ingot_status status = next(from, event);
        if (status != INGOT_OK) return status;
        if (event->type != YAML_STREAM_START_EVENT && event->type != YAML_DOCUMENT_START_EVENT &&
            event->type != YAML_DOCUMENT_END_EVENT) {
            return INGOT_OK;
        }
        yaml_event_delete(event);
    }
}

static ingot_status document(source *from, json_t **value) {
    yaml_event_t event;
    ingot_status status = skip(from, &event);
    if (status != INGOT_OK) return status;
    if (event.type == YAML_STREAM_END_EVENT) {
        yaml_event_delete(&event);
        return ingot_fail(from->error, INGOT_FAILED, "%s: is empty", from->name);
    }
    status = node(from, &event, 0, value);
    if (status != INGOT_OK) return status;
    status = skip(from, &event);
    if (status == INGOT_OK) {
        const int ended = event.type == YAML_STREAM_END_EVENT;
        const size_t line = event.start_mark.line;
        yaml_event_delete(&event);
        if (ended) return INGOT_OK;
        status = refuse(from, line, "a second document");
    }
    json_decref(*value);
    *value = NULL;
    return status;
}

ingot_status ingot_yaml_parse(const char *bytes, size_t size, const char *name, json_t **value,
                              ingot_error *error) {
    source from = {.name = name, .error = error};
    *value = NULL;
    if (size > INGOT_YAML_BYTES) {
        return ingot_fail(error, INGOT_FAILED, "%s: more than %d bytes", name, INGOT_YAML_BYTES);
    }
    if (yaml_parser_initialize(&from.parser) != 1) {
        return ingot_fail(error, INGOT_FAILED, "%s: out of memory", name);
    }
    yaml_parser_set_input_string(&from.parser, (const unsigned char *)bytes, size);
    const ingot_status status = document(&from, value);
    yaml_parser_delete(&from.parser);
    return status;
}
