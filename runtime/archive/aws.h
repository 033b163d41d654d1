/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * aws.h: who asks an S3 service and where it is, from what AWS's own tools read:
 *
 *   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN    before any file
 *   AWS_PROFILE (or AWS_DEFAULT_PROFILE; "default")                which section of the files
 *   AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE                   ~/.aws/credentials,
 * ~/.aws/config AWS_REGION, AWS_DEFAULT_REGION, region                         us-east-1 where none
 * says AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, endpoint_url (also of   AWS itself where none says
 *     services NAME / s3)
 *   AWS_MAX_ATTEMPTS, max_attempts                                 5
 *   AWS_CA_BUNDLE, ca_bundle                                       the system's certificates
 *   multipart_chunksize (below s3)                                 8 MiB
 */
#ifndef INGOT_ARCHIVE_AWS_H
#define INGOT_ARCHIVE_AWS_H

#include <stddef.h>

#include "base/error.h"

typedef struct ingot_aws {
    char access_key[256], secret_key[256], session_token[4096];
    char region[64];
    char endpoint[512]; /* "" : AWS's */
    char ca_bundle[512];
    int attempts;
    size_t part;      /* bytes of a part of a large upload */
    char source[320]; /* where the keys came from, for messages */
} ingot_aws;

/* INGOT_FAILED where there are no credentials, or a file cannot be read. */
ingot_status ingot_aws_configure(ingot_aws *aws, ingot_error *error);

#endif
