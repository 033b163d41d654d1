/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Errors are values. Every function of the runtime that can fail returns an ingot_status and takes
 * an `ingot_error *` as its last parameter, which it fills with one line for a person: the file or
 * field, what was found, what was expected. Nothing in the runtime prints an error or exits; the
 * command line does, once. The numbers are the executable's exit codes (README, "Exit codes").
 */
#ifndef INGOT_BASE_ERROR_H
#define INGOT_BASE_ERROR_H

typedef enum ingot_status {
    INGOT_OK = 0,
    INGOT_FAILED = 1,        /* bad data, bad weights, full disk, non-finite loss ... */
    INGOT_USAGE = 2,         /* the command line is wrong */
    INGOT_GATE = 3,          /* the run finished; the gate of the spec was not met */
    INGOT_LOCK_MISMATCH = 4, /* the data is not the data of the lock */
    INGOT_ENVIRONMENT = 5    /* CPU, driver or library is not what the executable needs */
} ingot_status;

typedef struct ingot_error {
    char text[2048]; /* one line, no newline at its end; always terminated */
} ingot_error;

/* Formats the message (truncating, never overflowing) and returns `status`, so that a function can
 * say `return ingot_fail(error, INGOT_FAILED, "%s: %s", path, strerror(errno));`.
 * `error` may be NULL: then only the status is kept. */
ingot_status ingot_fail(ingot_error *error, ingot_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the message that is there and returns `status` unchanged. */
ingot_status ingot_fail_in(ingot_error *error, ingot_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __clang_analyzer__
/* A static analyser sees one file at a time: it must be told that the status comes back as it was
 * given, or else it follows paths on which a failure went by as INGOT_OK. */
#define ingot_fail(error, status, ...) ((void)(ingot_fail)(error, status, __VA_ARGS__), (status))
#define ingot_fail_in(error, status, ...)                                                          \
    ((void)(ingot_fail_in)(error, status, __VA_ARGS__), (status))
#endif

#endif
