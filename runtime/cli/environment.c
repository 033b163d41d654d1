/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * environment.c: see environment.h. OpenBLAS is called through weak symbols: programs that do not
 * use it are not linked with it.
 */
#include "cli/environment.h"

#include <errno.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

extern char *openblas_get_corename(void) __attribute__((weak));
extern void openblas_set_num_threads(int threads) __attribute__((weak));

volatile sig_atomic_t ingot_stop;

static void on_signal(int signal) {
    (void)signal;
    ingot_stop = 1;
}

void ingot_catch_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    /* No SA_RESTART: a read of standard input is to end too. */
    action.sa_flags = (int)SA_RESETHAND;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* Writing past a file size limit is to be an error that is told, not the end (base/file.h). */
    action.sa_handler = SIG_IGN;
    action.sa_flags = 0;
    sigaction(SIGXFSZ, &action, NULL);
}

static const char RESTARTED[] = "INGOT_RESTARTED";

static ingot_status settle_openblas(const ingot_program *program, int32_t threads, char **argv,
                                    ingot_error *error) {
    if (!program->openblas_core || !openblas_get_corename) return INGOT_OK;
    const char *chosen = openblas_get_corename();
    if (strcasecmp(chosen, program->openblas_core) == 0) return INGOT_OK;
    if (getenv(RESTARTED)) {
        return ingot_fail(error, INGOT_ENVIRONMENT,
                          "OpenBLAS uses its kernels for %s; this executable was made for %s",
                          chosen, program->openblas_core);
    }
    char count[16];
    snprintf(count, sizeof count, "%d", threads);
    if (setenv("OPENBLAS_CORETYPE", program->openblas_core, 1) != 0 ||
        setenv("OPENBLAS_NUM_THREADS", count, 1) != 0 || setenv(RESTARTED, "1", 1) != 0) {
        return ingot_fail(error, INGOT_FAILED, "cannot set the environment: %s", strerror(errno));
    }
    execv("/proc/self/exe", argv);
    return ingot_fail(error, INGOT_ENVIRONMENT,
                      "cannot restart with OPENBLAS_CORETYPE=%s (%s); set it in the environment",
                      program->openblas_core, strerror(errno));
}

ingot_status ingot_settle(const ingot_program *program, int32_t threads, char **argv,
                          ingot_error *error) {
    ingot_status status = settle_openblas(program, threads, argv, error);
    if (status != INGOT_OK) return status;
    unsetenv(RESTARTED); /* children are not the restarted one */
    omp_set_dynamic(0);
    omp_set_num_threads(threads);
    if (openblas_set_num_threads) openblas_set_num_threads(threads);
    return INGOT_OK;
}
