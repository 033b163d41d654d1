/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * carried.h: the archive of sources that an executable carries: a tar file (ustar) packed with
 * Zstandard (RFC 8878), read as a stream in bounded memory.
 */
#ifndef INGOT_CLI_CARRIED_H
#define INGOT_CLI_CARRIED_H

#include "program.h"

/* Told the next piece of the unpacked stream. Non-OK stops it. */
typedef ingot_status (*ingot_bytes_sink)(void *user, const unsigned char *bytes, size_t size,
                                         ingot_error *error);

/* Unpacks a blob piece by piece. INGOT_FAILED where it is damaged or ends early. */
ingot_status ingot_unpack(ingot_blob packed, ingot_bytes_sink sink, void *user, ingot_error *error);

/* Told each regular file of an archive: its path and the hex SHA-256 of its content. */
typedef ingot_status (*ingot_archived_sink)(void *user, const char *path, const char *sha256,
                                            ingot_error *error);

/* Lists the regular files of a packed archive, in its order. */
ingot_status ingot_archive_list(ingot_blob packed, ingot_archived_sink sink, void *user,
                                ingot_error *error);

#endif
