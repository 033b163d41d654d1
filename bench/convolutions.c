/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * convolutions.c: GFLOP/s of oneDNN's convolutions for the layers of a ResNet-18, direct against
 * Winograd, in each direction, the best of REPEATS, interleaved. Winograd's figure counts the
 * products of the direct sum, so it may exceed the machine's peak.
 *
 *   convolutions [BATCH=16] [IMAGE=224] [WIDTH=64] [REPEATS=7]
 *
 * Build: gcc -std=gnu11 -O2 -fopenmp -Iruntime bench/convolutions.c runtime/backends/onednn*.c \
 *            runtime/base/error.c -ldnnl -lm -o convolutions
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backends/onednn.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static float *floats(size_t count) {
    float *p = aligned_alloc(64, (count * sizeof *p + 63) / 64 * 64);
    if (p == NULL) exit(1);
    for (size_t i = 0; i < count; i++)
        p[i] = (float)(i * 2654435761u >> 16 & 1023) / 1024.0f - 0.5f;
    return p;
}

typedef struct side {
    ingot_onednn *context;
    double best, pack;
    const char *kernel;
} side;

/* Best seconds per call of each algorithm, its packing apart. */
static void measure(ingot_onednn_conv2d d, int repeats, side *out) {
    ingot_error error;
    size_t xs = (size_t)d.batch * (size_t)(d.in_channels + 16) * (size_t)(d.in_height * d.in_width);
    size_t ys =
        (size_t)d.batch * (size_t)(d.out_channels + 16) * (size_t)(d.out_height * d.out_width);
    size_t ws =
        (size_t)d.out_channels * (size_t)d.in_channels * (size_t)(d.kernel_height * d.kernel_width);
    float *x = floats(xs), *y = floats(ys), *w = floats(ws);
    double *times = malloc((size_t)repeats * 4 * sizeof *times);
    for (int a = 0; a < 2; a++) {
        d.algorithm = a == 0 ? INGOT_ONEDNN_DIRECT : INGOT_ONEDNN_WINOGRAD;
        if (ingot_onednn_new(&out[a].context, 1, "x86-64-v4", &error) != INGOT_OK ||
            ingot_onednn_open_conv2d(out[a].context, 0, &d, &error) != INGOT_OK) {
            fprintf(stderr, "%s\n", error.text);
            exit(1);
        }
        out[a].kernel = ingot_onednn_kernel(out[a].context, 0);
    }
    for (int r = -2; r < repeats; r++) {
        for (int a = 0; a < 2; a++) {
            ingot_onednn *c = out[a].context;
            double start = now();
            if (d.task != INGOT_ONEDNN_BACKWARD_WEIGHTS) ingot_onednn_conv2d_pack(c, 0, w);
            double packed = now();
            if (d.task == INGOT_ONEDNN_BACKWARD_DATA) {
                ingot_onednn_conv2d_backward_data(c, 0, y, w, x);
            } else if (d.task == INGOT_ONEDNN_BACKWARD_WEIGHTS) {
                ingot_onednn_conv2d_backward_weights(c, 0, x, y, w, NULL);
            } else {
                ingot_onednn_conv2d_forward(c, 0, x, w, NULL, y);
            }
            double end = now();
            if (r < 0) continue;
            times[(a * 2) * repeats + r] = packed - start;
            times[(a * 2 + 1) * repeats + r] = end - packed;
        }
    }
    for (int a = 0; a < 2; a++) {
        for (int i = 0; i < 2; i++) {
            qsort(times + (a * 2 + i) * repeats, (size_t)repeats, sizeof *times, by_value);
        }
        out[a].pack = times[(a * 2) * repeats];
        out[a].best = times[(a * 2 + 1) * repeats];
    }
    free(x), free(y), free(w), free(times);
}

int main(int argc, char **argv) {
    int batch = argc > 1 ? atoi(argv[1]) : 16, image = argc > 2 ? atoi(argv[2]) : 224;
    int width = argc > 3 ? atoi(argv[3]) : 64, repeats = argc > 4 ? atoi(argv[4]) : 7;
    /* stem, then each distinct layer: input channels, output channels, input size, kernel, stride,
     * how often it occurs */
    int q = image >= 64 ? image / 4 : image;
    int s2 = (q + 1) / 2, s3 = (s2 + 1) / 2, s4 = (s3 + 1) / 2, w = width;
    int layers[][6] = {{3, w, image, image >= 64 ? 7 : 3, image >= 64 ? 2 : 1, 1},
                       {w, w, q, 3, 1, 4},
                       {w, 2 * w, q, 3, 2, 1},
                       {w, 2 * w, q, 1, 2, 1},
                       {2 * w, 2 * w, s2, 3, 1, 3},
                       {2 * w, 4 * w, s2, 3, 2, 1},
                       {2 * w, 4 * w, s2, 1, 2, 1},
                       {4 * w, 4 * w, s3, 3, 1, 3},
                       {4 * w, 8 * w, s3, 3, 2, 1},
                       {4 * w, 8 * w, s3, 1, 2, 1},
                       {8 * w, 8 * w, s4, 3, 1, 3}};
    static const char *tasks[] = {"inference", "forward", "back-data", "back-weights"};
    double sums[4][2] = {{0}}, flops[4] = {0};
    printf("batch %d image %d width %d; GFLOP/s (ms; packing ms)\n", batch, image, width);
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        int *l = layers[i], pad = l[3] / 2, out = (l[2] + 2 * pad - l[3]) / l[4] + 1;
        ingot_onednn_conv2d d = {.path = "layer",
                                 .batch = batch,
                                 .groups = 1,
                                 .in_channels = l[0],
                                 .out_channels = l[1],
                                 .in_height = l[2],
                                 .in_width = l[2],
                                 .out_height = out,
                                 .out_width = out,
                                 .kernel_height = l[3],
                                 .kernel_width = l[3],
                                 .stride_height = l[4],
                                 .stride_width = l[4],
                                 .dilation_height = 1,
                                 .dilation_width = 1,
                                 .pad_top = pad,
                                 .pad_left = pad,
                                 .pad_bottom = (out - 1) * l[4] + l[3] - pad - l[2],
                                 .pad_right = (out - 1) * l[4] + l[3] - pad - l[2],
                                 .x_layout = l[0] == 3 ? INGOT_ONEDNN_PLAIN : INGOT_ONEDNN_BLOCKED,
                                 .y_layout = INGOT_ONEDNN_BLOCKED};
        double flop = 2.0 * batch * l[0] * l[1] * out * out * l[3] * l[3];
        for (int t = 0; t < 4; t++) {
            if (l[0] == 3 && t == 2) continue; /* nobody wants the gradient of the image */
            d.task = (ingot_onednn_task)t;
            side s[2];
            measure(d, repeats, s);
            printf("%4d->%4d %3d k%d s%d x%d %-12s %-26s %6.0f (%6.2f; %4.2f)", l[0], l[1], l[2],
                   l[3], l[4], l[5], tasks[t], s[0].kernel, flop / s[0].best * 1e-9,
                   s[0].best * 1e3, s[0].pack * 1e3);
            if (strcmp(s[0].kernel, s[1].kernel) != 0) {
                printf("  %-26s %6.0f (%6.2f; %4.2f)  %.2fx", s[1].kernel, flop / s[1].best * 1e-9,
                       s[1].best * 1e3, s[1].pack * 1e3,
                       (s[0].best + s[0].pack) / (s[1].best + s[1].pack));
            } else {
                s[1].best = s[0].best, s[1].pack = s[0].pack;
            }
            printf("\n");
            for (int a = 0; a < 2; a++) {
                double pack = t == 0 ? 0 : s[a].pack;
                double better = s[0].best + (t == 0 ? 0 : s[0].pack);
                double mine = s[a].best + pack;
                sums[t][a] += l[5] * (a == 1 && better < mine ? better : mine);
                ingot_onednn_free(s[a].context);
            }
            flops[t] += l[5] * flop;
        }
    }
    for (int t = 0; t < 4; t++) {
        printf("%-12s direct %7.1f ms (%4.0f GFLOP/s), best of both %7.1f ms\n", tasks[t],
               sums[t][0] * 1e3, flops[t] / sums[t][0] * 1e-9, sums[t][1] * 1e3);
    }
    return 0;
}
