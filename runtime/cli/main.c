/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * main.c: where an executable starts. Compiled, as cpu.c and error.c, for the plainest x86-64: on a
 * CPU without the target's instructions everything else would end in SIGILL, without a word.
 */
#include <stdio.h>
#include <string.h>

#include "base/cpu.h"
#include "cli/cli.h"

int main(int argc, char **argv) {
    ingot_error error;
    const ingot_status status = ingot_cpu_check(ingot_the_program.isa, &error);
    if (status == INGOT_OK) return ingot_cli(&ingot_the_program, argc, argv);
    fprintf(stderr, "%s: %s\n", ingot_the_program.name, error.text);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            /* The message goes to standard error only: quoting it needs the JSON library. */
            printf(
                "{\"exit_code\":%d,\"name\":\"%s\",\"stamp\":\"%s\",\"status\":\"environment\"}\n",
                (int)status, ingot_the_program.name, ingot_the_program.stamp);
            break;
        }
    }
    return (int)status;
}
