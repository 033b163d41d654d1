/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * sync.h: sends a run to its MLflow server while it goes on, in a thread of its own that reads
 * runs.db. The run never waits for it but at its end, and there for a limited time.
 */
#ifndef INGOT_TRACK_SYNC_H
#define INGOT_TRACK_SYNC_H

#include "track/record.h"

typedef struct ingot_sender ingot_sender;

/* `path` of runs.db and `recorder` must live until the sender ends. NULL: out of memory. */
ingot_sender *ingot_sender_start(const char *path, ingot_recorder *recorder);

/* The recorder is about to end. */
void ingot_sender_pause(ingot_sender *sender);

/* After the recorder has ended with `id` ("" where it recorded nothing): sends the rest, for at
 * most `wait` milliseconds. INGOT_FAILED where something is left; the message says why. Releases
 * the sender. */
ingot_status ingot_sender_end(ingot_sender *sender, const char *id, int wait, ingot_error *error);

#endif
