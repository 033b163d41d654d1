/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * check.c: runs the generated cases with one and with two threads, compares the bits of the two and
 * the values with sums written out in double. Prints one line per failure; exit status 1 where
 * there is one.
 */
#include "check.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;
static uint32_t random_state;

static double uniform(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (double)(random_state >> 8) / 16777216.0 - 0.5;
}

static void *get(size_t bytes) { /* exactly so many: the sanitizer sees one byte too far */
    void *p = NULL;
    if (posix_memalign(&p, 64, bytes == 0 ? 1 : bytes) != 0) abort();
    return p;
}

/* A buffer whose first bytes are random, then what the case does with it twice. */
typedef struct buffer {
    real *p, *first; /* first: the bits of the run with one thread */
    size_t count;
} buffer;

static buffer fresh(size_t count) {
    buffer b = {get(count * sizeof(real)), get(count * sizeof(real)), count};
    for (size_t i = 0; i < count; i++) b.p[i] = (real)1e30;
    return b;
}

static void release(buffer *b) {
    free(b->p);
    free(b->first);
}

static size_t blocked_size(int n, int c, int h, int w) {
    return (size_t)n * (size_t)((c + block - 1) / block * block) * (size_t)h * (size_t)w;
}

static size_t at(int c, int h, int w, int n, int k, int i, int j) {
    size_t blocks = (size_t)((c + block - 1) / block);
    return ((((size_t)n * blocks + (size_t)(k / block)) * (size_t)h + (size_t)i) * (size_t)w +
            (size_t)j) *
               (size_t)block +
           (size_t)(k % block);
}

static void fill_image(real *p, int n, int c, int h, int w, double offset, double scale,
                       int steps) {
    memset(p, 0, blocked_size(n, c, h, w) * sizeof *p);
    for (int s = 0; s < n; s++)
        for (int k = 0; k < c; k++)
            for (int i = 0; i < h * w; i++) {
                double v = uniform();
                if (steps) v = floor(v * steps) / steps; /* equal values occur */
                p[at(c, h, w, s, k, 0, i)] = (real)(offset * (k % 3) + scale * v);
            }
}

static void near(const test_case *t, const char *what, const real *got, const double *want,
                 size_t count, double tolerance) {
    double scale = 0, worst = 0;
    size_t where = 0;
    for (size_t i = 0; i < count; i++) scale = fmax(scale, fabs(want[i]));
    for (size_t i = 0; i < count; i++) {
        double d = fabs((double)got[i] - want[i]);
        if (!(d <= worst) && !(isnan((double)got[i]) && isnan(want[i]))) worst = d, where = i;
    }
    if (worst <= tolerance * (scale > 0 ? scale : 1)) return;
    printf("%s: %s: at %zu of %zu: %.9g, expected %.9g (scale %g)\n", t->name, what, where, count,
           (double)got[where], want[where], scale);
    failures++;
}

/* Runs with one thread, keeps the bits, runs with two. `again` holds what a run changes. */
static void run_twice(const test_case *t, ports *q, buffer **out, int outputs, buffer **again,
                      int changed) {
    real *before[4];
    for (int i = 0; i < changed; i++) {
        before[i] = get(again[i]->count * sizeof(real));
        memcpy(before[i], again[i]->p, again[i]->count * sizeof(real));
    }
    omp_set_num_threads(1);
    t->run(q);
    for (int i = 0; i < outputs; i++) {
        memcpy(out[i]->first, out[i]->p, out[i]->count * sizeof(real));
    }
    for (int i = 0; i < changed; i++) {
        memcpy(again[i]->p, before[i], again[i]->count * sizeof(real));
        free(before[i]);
    }
    omp_set_num_threads(2);
    t->run(q);
    for (int i = 0; i < outputs; i++) {
        if (memcmp(out[i]->first, out[i]->p, out[i]->count * sizeof(real)) == 0) continue;
        printf("%s: output %d: other bits with two threads\n", t->name, i);
        failures++;
    }
}

#define EACH_POSITION                                                                              \
    for (int n = 0; n < t->n; n++)                                                                 \
        for (int k = 0; k < t->c; k++)                                                             \
            for (int i = 0; i < t->h; i++)                                                         \
                for (int j = 0; j < t->w; j++)

#define HERE at(t->c, t->h, t->w, n, k, i, j)

/* ------------------------------------------------------------------ batch norm */

static const double eps = 1e-5, momentum = 0.1;

static void check_batch_norm(const test_case *t) {
    const size_t size = blocked_size(t->n, t->c, t->h, t->w), channels = (size_t)t->c;
    const double total = (double)t->n * t->h * t->w;
    buffer x = fresh(size), r = fresh(size), dy = fresh(size), y = fresh(size), dx = fresh(size);
    buffer keep = fresh(size), gamma = fresh(channels), beta = fresh(channels);
    buffer rm = fresh(channels), rv = fresh(channels), mean = fresh(channels);
    buffer inv = fresh(channels), dgamma = fresh(channels), dbeta = fresh(channels);
    fill_image(x.p, t->n, t->c, t->h, t->w, 40, 1, 0);
    fill_image(r.p, t->n, t->c, t->h, t->w, 0, 1, 0);
    fill_image(dy.p, t->n, t->c, t->h, t->w, 0.1, 1, 0);
    for (int k = 0; k < t->c; k++) {
        gamma.p[k] = (real)(1 + uniform()), beta.p[k] = (real)uniform();
        rm.p[k] = (real)uniform(), rv.p[k] = (real)(1 + uniform());
    }
    double *m = calloc(channels, sizeof *m), *v = calloc(channels, sizeof *v);
    double *want_rm = calloc(channels, sizeof *m), *want_rv = calloc(channels, sizeof *m);
    double *want_inv = calloc(channels, sizeof *m), *want = calloc(size, sizeof *want);
    double *want_g = calloc(channels, sizeof *m), *want_b = calloc(channels, sizeof *m);
    double *g = calloc(size, sizeof *g);
    EACH_POSITION m[k] += (double)x.p[HERE] / total;
    EACH_POSITION v[k] += ((double)x.p[HERE] - m[k]) * ((double)x.p[HERE] - m[k]) / total;
    for (int k = 0; k < t->c; k++) {
        want_inv[k] = 1 / sqrt(v[k] + eps);
        want_rm[k] = (1 - momentum) * (double)rm.p[k] + momentum * m[k];
        want_rv[k] = (1 - momentum) * (double)rv.p[k] + momentum * v[k] * total / (total - 1);
    }
    EACH_POSITION {
        double z = ((double)x.p[HERE] - m[k]) * want_inv[k] * (double)gamma.p[k] +
                   (double)beta.p[k] + (t->residual ? (double)r.p[HERE] : 0);
        want[HERE] = t->relu && z < 0 ? 0 : z;
    }
    ports q = {.x = x.p,
               .residual = r.p,
               .gamma = gamma.p,
               .beta = beta.p,
               .running_mean = rm.p,
               .running_var = rv.p,
               .y = y.p,
               .mean = mean.p,
               .invstd = inv.p,
               .dy = dy.p,
               .y_in = y.p,
               .mean_in = mean.p,
               .invstd_in = inv.p,
               .dx = dx.p,
               .dgamma = dgamma.p,
               .dbeta = dbeta.p,
               .dresidual = keep.p};
    if (strcmp(t->kind, "batch_norm") == 0) {
        run_twice(t, &q, (buffer *[]){&y, &mean, &inv, &rm, &rv}, 5, (buffer *[]){&rm, &rv}, 2);
        near(t, "y", y.p, want, size, 4e-6);
        near(t, "mean", mean.p, m, channels, 1e-7);
        near(t, "invstd", inv.p, want_inv, channels, 1e-5);
        near(t, "running mean", rm.p, want_rm, channels, 2e-7);
        near(t, "running var", rv.p, want_rv, channels, 2e-6);
    } else if (strcmp(t->kind, "batch_norm_inference") == 0) {
        EACH_POSITION {
            double z = ((double)x.p[HERE] - (double)rm.p[k]) / sqrt((double)rv.p[k] + eps) *
                           (double)gamma.p[k] +
                       (double)beta.p[k];
            want[HERE] = t->relu && z < 0 ? 0 : z;
        }
        run_twice(t, &q, (buffer *[]){&y}, 1, NULL, 0);
        near(t, "y", y.p, want, size, 1e-6);
    } else { /* the gradients, from the forward pass's own values */
        for (int k = 0; k < t->c; k++) {
            m[k] = (double)(mean.p[k] = (real)m[k]);
            want_inv[k] = (double)(inv.p[k] = (real)want_inv[k]);
        }
        EACH_POSITION {
            double z = ((double)x.p[HERE] - m[k]) * want_inv[k] * (double)gamma.p[k] +
                       (double)beta.p[k] + (t->residual ? (double)r.p[HERE] : 0);
            want[HERE] = t->relu && z < 0 ? 0 : z;
        }
        for (size_t i = 0; i < size; i++) y.p[i] = (real)want[i];
        EACH_POSITION {
            g[HERE] = t->mask && want[HERE] <= 0 ? 0 : (double)dy.p[HERE];
            want_b[k] += g[HERE];
            want_g[k] += g[HERE] * ((double)x.p[HERE] - m[k]) * want_inv[k];
        }
        memset(want, 0, size * sizeof *want);
        EACH_POSITION {
            double xhat = ((double)x.p[HERE] - m[k]) * want_inv[k];
            want[HERE] = (double)gamma.p[k] * want_inv[k] *
                         (g[HERE] - want_b[k] / total - xhat * want_g[k] / total);
        }
        run_twice(t, &q, (buffer *[]){&dx, &dgamma, &dbeta}, 3, NULL, 0);
        near(t, "dx", dx.p, want, size, 2e-5);
        near(t, "dgamma", dgamma.p, want_g, channels, 1e-5);
        near(t, "dbeta", dbeta.p, want_b, channels, 1e-6);
        if (t->residual) near(t, "dresidual", keep.p, g, size, 0);
        q.dx = dy.p; /* in place */
        if (t->residual) q.dx = x.p, q.dresidual = dy.p;
        t->run(&q);
        near(t, "dx in place", q.dx, want, size, 2e-5);
    }
    buffer *all[] = {&x,    &r,  &dy, &y,    &dx,  &keep,   &gamma,
                     &beta, &rm, &rv, &mean, &inv, &dgamma, &dbeta};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) release(all[i]);
    void *sums[] = {m, v, want_rm, want_rv, want_inv, want, want_g, want_b, g};
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) free(sums[i]);
}

/* ------------------------------------------------------------------ pools */

static void check_pool(const test_case *t) {
    const int max = strcmp(t->kind, "max_pool") == 0 || strcmp(t->kind, "max_pool_dx") == 0;
    const int backward = strstr(t->kind, "_dx") != NULL;
    const size_t size = blocked_size(t->n, t->c, t->h, t->w);
    const size_t small = blocked_size(t->n, t->c, t->oh, t->ow);
    buffer x = fresh(size), dx = fresh(size), y = fresh(small), dy = fresh(small);
    uint8_t *index = get(small);
    double *want = calloc(small, sizeof *want), *want_dx = calloc(size, sizeof *want_dx);
    memset(index, 0, small);
    fill_image(x.p, t->n, t->c, t->h, t->w, 0.3, 2, 8);
    fill_image(dy.p, t->n, t->c, t->oh, t->ow, 0.1, 1, 0);
    if (max && !backward) x.p[at(t->c, t->h, t->w, 0, 0, t->h / 2, t->w / 2)] = NAN;
    for (int n = 0; n < t->n; n++)
        for (int k = 0; k < t->c; k++)
            for (int i = 0; i < t->oh; i++)
                for (int j = 0; j < t->ow; j++) {
                    size_t here = at(t->c, t->oh, t->ow, n, k, i, j), from = 0;
                    double best = -INFINITY, sum = 0;
                    for (int u = 0; u < t->kh; u++)
                        for (int v = 0; v < t->kw; v++) {
                            int r = i * t->sh - t->ph + u, s = j * t->sw - t->pw + v;
                            if (r < 0 || r >= t->h || s < 0 || s >= t->w) continue;
                            size_t there = at(t->c, t->h, t->w, n, k, r, s);
                            double value = (double)x.p[there];
                            sum += value;
                            if (value > best || isnan(value)) {
                                best = value, from = there;
                                if (backward) index[here] = (uint8_t)(u * t->kw + v);
                            }
                            if (!max) want_dx[there] += (double)dy.p[here] / (t->kh * t->kw);
                        }
                    want[here] = max ? best : sum / (t->kh * t->kw);
                    if (max) want_dx[from] += (double)dy.p[here];
                }
    ports q = {.x = x.p, .y = y.p, .dy = dy.p, .dx = dx.p, .index = index};
    if (backward) {
        run_twice(t, &q, (buffer *[]){&dx}, 1, NULL, 0);
        near(t, "dx", dx.p, want_dx, size, 1e-6);
    } else {
        run_twice(t, &q, (buffer *[]){&y}, 1, NULL, 0);
        near(t, "y", y.p, want, small, max ? 0 : 1e-6);
        for (int n = 0; max && n < t->n; n++)
            for (int k = 0; k < t->c; k++)
                for (int i = 0; i < t->oh; i++)
                    for (int j = 0; j < t->ow;
                         j++) { /* the index points at the value, and the first such */
                        size_t here = at(t->c, t->oh, t->ow, n, k, i, j);
                        int r = i * t->sh - t->ph + index[here] / t->kw;
                        int s = j * t->sw - t->pw + index[here] % t->kw;
                        int good = r >= 0 && r < t->h && s >= 0 && s < t->w;
                        if (good && isnan(want[here])) {
                            good = isnan((double)x.p[at(t->c, t->h, t->w, n, k, r, s)]);
                        } else if (good) {
                            good = (double)x.p[at(t->c, t->h, t->w, n, k, r, s)] == want[here];
                            for (int e = 0; e < index[here]; e++) {
                                int u = i * t->sh - t->ph + e / t->kw,
                                    v = j * t->sw - t->pw + e % t->kw;
                                if (u < 0 || u >= t->h || v < 0 || v >= t->w) continue;
                                if ((double)x.p[at(t->c, t->h, t->w, n, k, u, v)] == want[here])
                                    good = 0;
                            }
                        }
                        if (good) continue;
                        printf("%s: index %d at %zu is not the first maximum\n", t->name,
                               index[here], here);
                        failures++;
                    }
    }
    release(&x), release(&dx), release(&y), release(&dy);
    free(index), free(want), free(want_dx);
}

static void check_global_avg_pool(const test_case *t) {
    const size_t size = blocked_size(t->n, t->c, t->h, t->w), small = (size_t)(t->n * t->c);
    buffer x = fresh(size), dx = fresh(size), y = fresh(small), dy = fresh(small);
    double *want = calloc(small, sizeof *want), *want_dx = calloc(size, sizeof *want_dx);
    fill_image(x.p, t->n, t->c, t->h, t->w, 3, 1, 0);
    for (size_t i = 0; i < small; i++) dy.p[i] = (real)uniform();
    EACH_POSITION {
        want[n * t->c + k] += (double)x.p[HERE] / (t->h * t->w);
        want_dx[HERE] = (double)dy.p[n * t->c + k] / (t->h * t->w);
    }
    ports q = {.x = x.p, .y = y.p, .dy = dy.p, .dx = dx.p};
    if (strcmp(t->kind, "global_avg_pool") == 0) {
        run_twice(t, &q, (buffer *[]){&y}, 1, NULL, 0);
        near(t, "y", y.p, want, small, 3e-7);
    } else {
        run_twice(t, &q, (buffer *[]){&dx}, 1, NULL, 0);
        near(t, "dx", dx.p, want_dx, size, 3e-7);
    }
    release(&x), release(&dx), release(&y), release(&dy);
    free(want), free(want_dx);
}

/* ------------------------------------------------------------------ products */

static void check_product(const test_case *t) {
    const int tn = strcmp(t->kind, "tn") == 0, nt = strcmp(t->kind, "nt") == 0;
    const size_t m = (size_t)t->m, n = (size_t)t->nn, depth = (size_t)t->k;
    buffer a = fresh(m * depth), b = fresh(depth * n), bias = fresh(n), y = fresh(m * n);
    double *want = calloc(m * n, sizeof *want);
    for (size_t i = 0; i < a.count; i++) a.p[i] = (real)uniform();
    for (size_t i = 0; i < b.count; i++) b.p[i] = (real)uniform();
    for (size_t i = 0; i < n; i++) bias.p[i] = (real)uniform();
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = t->residual ? (double)bias.p[j] : 0;
            for (size_t k = 0; k < depth; k++) {
                sum += (double)a.p[tn ? k * m + i : i * depth + k] *
                       (double)b.p[nt ? j * depth + k : k * n + j];
            }
            want[i * n + j] = t->relu && sum < 0 ? 0 : sum;
        }
    ports q = {.a = a.p, .b = b.p, .bias = bias.p, .y = y.p};
    run_twice(t, &q, (buffer *[]){&y}, 1, NULL, 0);
    near(t, "y", y.p, want, m * n, 2e-6);
    release(&a), release(&b), release(&bias), release(&y);
    free(want);
}

int main(void) {
    for (int i = 0; i < case_count; i++) {
        const test_case *t = &cases[i];
        random_state = (uint32_t)i + 1;
        if (strncmp(t->kind, "batch_norm", 10) == 0) {
            check_batch_norm(t);
        } else if (strncmp(t->kind, "global", 6) == 0) {
            check_global_avg_pool(t);
        } else if (strstr(t->kind, "pool") != NULL) {
            check_pool(t);
        } else {
            check_product(t);
        }
    }
    printf("%d cases, %d failures\n", case_count, failures);
    return failures > 0;
}
