/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * xml.c: see xml.h.
 */
#include "archive/xml.h"

#include <expat.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 512, TEXT = 65536 };

typedef struct reading {
    XML_Parser parser;
    ingot_xml_visit visit;
    void *user;
    ingot_error *error;
    ingot_status status;
    char path[PATH];
    size_t path_used;
    char *text;
    size_t text_used;
} reading;

static void stop(reading *r, const char *why) {
    if (r->status == INGOT_OK) r->status = ingot_fail(r->error, INGOT_FAILED, "XML: %s", why);
    XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL begin(void *user, const XML_Char *name, const XML_Char **attributes) {
    reading *r = user;
    const size_t length = strlen(name), slash = r->path_used > 0;
    (void)attributes;
    if (r->path_used + slash + length >= PATH) {
        stop(r, "elements nested too deeply");
        return;
    }
    if (slash) r->path[r->path_used++] = '/';
    memcpy(r->path + r->path_used, name, length + 1);
    r->path_used += length;
    r->text_used = 0;
}

static void XMLCALL text(void *user, const XML_Char *bytes, int size) {
    reading *r = user;
    if (r->text_used + (size_t)size >= TEXT) {
        stop(r, "an element's text is too long");
        return;
    }
    memcpy(r->text + r->text_used, bytes, (size_t)size);
    r->text_used += (size_t)size;
}

static void XMLCALL end(void *user, const XML_Char *name) {
    reading *r = user;
    const size_t length = strlen(name);
    r->text[r->text_used] = 0;
    if (r->status == INGOT_OK) r->status = r->visit(r->user, r->path, r->text, r->error);
    if (r->status != INGOT_OK) XML_StopParser(r->parser, XML_FALSE);
    r->path_used -= length;
    if (r->path_used > 0) r->path_used--;
    r->path[r->path_used] = 0;
    r->text_used = 0;
}

static void XMLCALL doctype(void *user, const XML_Char *name, const XML_Char *system,
                            const XML_Char *public, int internal) {
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(user, "a document type is not expected");
}

ingot_status ingot_xml_read(const char *bytes, size_t size, ingot_xml_visit visit, void *user,
                            ingot_error *error) {
    reading r = {.visit = visit, .user = user, .error = error};
    if (size > INT_MAX) return ingot_fail(error, INGOT_FAILED, "XML: too long");
    r.parser = XML_ParserCreate(NULL);
    r.text = malloc(TEXT);
    if (!r.parser || !r.text) {
        if (r.parser) XML_ParserFree(r.parser);
        free(r.text);
        return ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, begin, end);
    XML_SetCharacterDataHandler(r.parser, text);
    XML_SetStartDoctypeDeclHandler(r.parser, doctype);
    const enum XML_Status parsed = XML_Parse(r.parser, bytes, (int)size, 1);
    if (parsed != XML_STATUS_OK && r.status == INGOT_OK) {
        r.status = ingot_fail(error, INGOT_FAILED, "XML: line %lu: %s",
                              (unsigned long)XML_GetCurrentLineNumber(r.parser),
                              XML_ErrorString(XML_GetErrorCode(r.parser)));
    }
    XML_ParserFree(r.parser);
    free(r.text);
    return r.status;
}
