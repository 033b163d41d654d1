/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * environment.c: see environment.h. OpenBLAS is called through weak symbols: programs that do not
 * use it are not linked with it.
 */
#define _GNU_SOURCE /* the sets of CPUs of sched.h */

#include "cli/environment.h"

#include <errno.h>
#include <omp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <xmmintrin.h>

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

/* Set by the launcher of a bundle to its own path (templates/launcher.c): the file that the kernel
 * runs is then the loader, and starting that again would not start this program. */
static const char LAUNCHER[] = "INGOT_LAUNCHER";

/* How often libgomp looks before a waiting thread sleeps: some 50 us, longer than threads of an
 * even load wait for each other in a small network (with 300 looks they sleep, and waking them
 * takes three times as long as the step). libgomp's own default is some ms, and where another
 * process wants the same CPU a waiting thread then burns the very time the awaited one needs: on a
 * busy machine of 2 CPUs a step took 56 ms instead of 0.25. */
static const char SPINS[] = "1000";

static int other_core(const ingot_program *program) {
    return program->openblas_core && openblas_get_corename &&
           strcasecmp(openblas_get_corename(), program->openblas_core) != 0;
}

/* A person who has set either has chosen how threads wait. */
static int waits_by_default(int32_t threads) {
    return threads > 1 && !getenv("GOMP_SPINCOUNT") && !getenv("OMP_WAIT_POLICY");
}

/* With OMP_PROC_BIND libgomp has put this thread on one CPU, and the restarted program would find
 * no other: all of its places again. */
static void unbind(void) {
    cpu_set_t all;
    CPU_ZERO(&all);
    const int places = omp_get_num_places();
    for (int p = 0; p < places; p++) {
        int cpus[CPU_SETSIZE];
        const int count = omp_get_place_num_procs(p);
        if (count < 0 || count > CPU_SETSIZE) return;
        omp_get_place_proc_ids(p, cpus);
        for (int i = 0; i < count; i++) CPU_SET((size_t)cpus[i], &all);
    }
    if (places > 0) sched_setaffinity(0, sizeof all, &all);
}

static ingot_status restart(const ingot_program *program, int32_t threads, char **argv,
                            ingot_error *error) {
    unbind();
    char count[16];
    snprintf(count, sizeof count, "%d", threads);
    int failed = setenv(RESTARTED, "1", 1);
    if (waits_by_default(threads)) failed |= setenv("GOMP_SPINCOUNT", SPINS, 1);
    if (program->openblas_core) {
        failed |= setenv("OPENBLAS_CORETYPE", program->openblas_core, 1);
        failed |= setenv("OPENBLAS_NUM_THREADS", count, 1);
    }
    if (failed) {
        return ingot_fail(error, INGOT_FAILED, "cannot set the environment: %s", strerror(errno));
    }
    const char *launcher = getenv(LAUNCHER);
    execv(launcher ? launcher : "/proc/self/exe", argv);
    /* Without /proc: how threads wait is only a matter of speed, OpenBLAS's kernels are not. */
    const int why = errno;
    if (!other_core(program)) return INGOT_OK;
    return ingot_fail(error, INGOT_ENVIRONMENT,
                      "cannot restart with OPENBLAS_CORETYPE=%s (%s); set it in the environment",
                      program->openblas_core, strerror(why));
}

/* Values below 1.2e-38 become zero (FTZ and DAZ in MXCSR, in every thread). Averages of gradients
 * that have died out decay into that range, where each operation takes a hundred cycles more: the
 * epochs of a small network with Adam became 2.6 times slower. NaN and infinity are as ever. */
static void flush_denormals(void) {
    enum { FLUSH_TO_ZERO = 0x8000, DENORMALS_ARE_ZERO = 0x0040 };
#pragma omp parallel
    _mm_setcsr(_mm_getcsr() | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO);
}

ingot_status ingot_settle(const ingot_program *program, int32_t threads, char **argv,
                          ingot_error *error) {
    if (getenv(RESTARTED) || getenv(LAUNCHER)) {
        const char *slash = strrchr(argv[0], '/');
        /* or lists of processes would call it "exe", or by the loader's name */
        prctl(PR_SET_NAME, slash ? slash + 1 : argv[0], 0, 0, 0);
    }
    if (getenv(RESTARTED)) {
        if (other_core(program)) {
            return ingot_fail(error, INGOT_ENVIRONMENT,
                              "OpenBLAS uses its kernels for %s; this executable was made for %s",
                              openblas_get_corename(), program->openblas_core);
        }
    } else if (other_core(program) || waits_by_default(threads)) {
        ingot_status status = restart(program, threads, argv, error);
        if (status != INGOT_OK) return status;
    }
    unsetenv(RESTARTED); /* children are not the restarted one */
    unsetenv(LAUNCHER);
    omp_set_dynamic(0);
    omp_set_num_threads(threads);
    if (openblas_set_num_threads) openblas_set_num_threads(threads);
    flush_denormals();
    return INGOT_OK;
}
