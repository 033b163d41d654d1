/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * xml.h: the XML that an S3 service answers with, through expat, as texts of elements by their
 * path: "ListBucketResult/Contents/Key".
 */
#ifndef INGOT_ARCHIVE_XML_H
#define INGOT_ARCHIVE_XML_H

#include <stddef.h>

#include "base/error.h"

/* Called at the end of each element: its path, and the text that stood directly in it. Another
 * status than INGOT_OK ends the parsing. */
typedef ingot_status (*ingot_xml_visit)(void *user, const char *path, const char *text,
                                        ingot_error *error);

/* Entities of a DTD are refused: no answer has one. */
ingot_status ingot_xml_read(const char *bytes, size_t size, ingot_xml_visit visit, void *user,
                            ingot_error *error);

#endif
