/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * signature.h: whether what was restored is what somebody signed. An artifact may have the member
 * <name>-<stamp12>.digests (docs/proof.md): a line `<sha256>  <path>` for every other member, and
 * beside it a signature, .sig of OpenSSH or .minisig of minisign, over that list. The tools of
 * these formats check it: ssh-keygen and minisign, found on PATH.
 */
#ifndef INGOT_ARCHIVE_SIGNATURE_H
#define INGOT_ARCHIVE_SIGNATURE_H

#include "archive/restore.h"

/* An ingot_restore_check. The list, where there is one, must name exactly the record's members with
 * their digests. With r->signers (OpenSSH's allowed_signers or a public key of OpenSSH or minisign)
 * or r->require_signature it must be there and signed by one of them. What was found goes into
 * r->summary as "signature": "none", "not checked", or "good". */
ingot_status ingot_signature_check(const ingot_archive_request *r, const json_t *record,
                                   const char *folder, ingot_error *error);

#endif
