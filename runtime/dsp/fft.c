/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * fft.c: see fft.h. Twiddle factors are computed in double with arguments reduced to the first
 * circle, once per plan.
 */
#include "dsp/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PASSES 24
/* Blocks of up to this many values (32 KiB of vectors) are finished before the next one begins. */
#define CACHED_POINTS 256

typedef struct pass {
    int32_t radix, rest;   /* a block of radix * rest values becomes radix blocks of rest */
    const double *twiddle; /* [rest][radix - 1][2]: exp(-2 pi i p k / (radix rest)), k >= 1 */
} pass;

struct ingot_fft {
    int32_t length, points, passes;
    pass pass[MAX_PASSES];
    double *twiddles; /* of all passes */
    double *roots;    /* generic radices: [radix][2] per pass, exp(-2 pi i j / radix) */
    const double *pass_roots[MAX_PASSES];
    double *split;               /* [points / 2 + 1][2]: exp(-2 pi i k / length), even lengths */
    int32_t *position;           /* [points]: where value k of the transform lies */
    ingot_lane_complex *scratch; /* generic radices: one butterfly */
};

static const double TAU = 6.283185307179586476925286766559;

static void root_of_unity(int64_t index, int64_t order, double to[2]) {
    const double angle = -TAU * (double)(index % order) / (double)order;
    to[0] = cos(angle);
    to[1] = sin(angle);
}

static int32_t next_radix(int32_t n) {
    /* Eights first, then what leaves a 16 for the end, which has a kernel of its own. */
    if (n % 128 == 0 || n % 16 == 8) return 8;
    if (n % 4 == 0) return 4;
    if (n % 2 == 0) return 2;
    for (int32_t p = 3; p <= n / p; p += 2) {
        if (n % p == 0) return p;
    }
    return n;
}

/* Where value k lies: its digits in mixed radix, each worth the size of its pass's blocks. */
static void fill_positions(ingot_fft *fft) {
    for (int32_t k = 0; k < fft->points; k++) {
        int32_t digits = k, at = 0;
        for (int32_t i = 0; i < fft->passes; i++) {
            at += digits % fft->pass[i].radix * fft->pass[i].rest;
            digits /= fft->pass[i].radix;
        }
        fft->position[k] = at;
    }
}

ingot_status ingot_fft_new(int32_t length, ingot_fft **to, ingot_error *error) {
    *to = NULL;
    if (length < 2 || length > 1 << 20) {
        return ingot_fail(error, INGOT_FAILED, "fft: length %d is outside 2 ... 1048576", length);
    }
    ingot_fft *fft = calloc(1, sizeof *fft);
    if (fft == NULL) return ingot_fail(error, INGOT_FAILED, "fft: out of memory");
    fft->length = length;
    fft->points = length % 2 == 0 ? length / 2 : length;
    size_t twiddles = 0, roots = 0;
    int32_t largest = 1;
    for (int32_t left = fft->points; left > 1;) {
        pass *ps = &fft->pass[fft->passes++];
        ps->radix = next_radix(left);
        ps->rest = left / ps->radix;
        left = ps->rest;
        twiddles += (size_t)(ps->radix - 1) * (size_t)ps->rest * 2;
        roots += (size_t)ps->radix * 2;
        if (ps->radix > largest) largest = ps->radix;
    }
    const size_t splits = (size_t)(fft->points / 2 + 1) * 2;
    fft->twiddles = malloc((twiddles + 1) * sizeof(double));
    fft->roots = malloc((roots + 1) * sizeof(double));
    fft->split = malloc(splits * sizeof(double));
    fft->position = malloc((size_t)fft->points * sizeof(int32_t));
    fft->scratch = aligned_alloc(64, ((size_t)largest * sizeof(ingot_lane_complex) + 63) / 64 * 64);
    if (!fft->twiddles || !fft->roots || !fft->split || !fft->position || !fft->scratch) {
        ingot_fft_free(fft);
        return ingot_fail(error, INGOT_FAILED, "fft: out of memory for length %d", length);
    }
    double *tw = fft->twiddles, *root = fft->roots;
    for (int32_t i = 0; i < fft->passes; i++) {
        pass *ps = &fft->pass[i];
        ps->twiddle = tw;
        fft->pass_roots[i] = root;
        const int64_t block = (int64_t)ps->radix * ps->rest;
        for (int64_t p = 0; p < ps->rest; p++) {
            for (int64_t k = 1; k < ps->radix; k++, tw += 2) root_of_unity(p * k, block, tw);
        }
        for (int64_t j = 0; j < ps->radix; j++, root += 2) root_of_unity(j, ps->radix, root);
    }
    for (int64_t k = 0; k <= fft->points / 2; k++) root_of_unity(k, length, fft->split + 2 * k);
    fill_positions(fft);
    *to = fft;
    return INGOT_OK;
}

void ingot_fft_free(ingot_fft *fft) {
    if (fft == NULL) return;
    free(fft->twiddles);
    free(fft->roots);
    free(fft->split);
    free(fft->position);
    free(fft->scratch);
    free(fft);
}

int32_t ingot_fft_points(const ingot_fft *fft) {
    return fft->points;
}

/* ------------------------------------------------------------------ butterflies
 * Each takes one block x[radix * rest] and leaves in x[k * rest + p] value k of the butterfly over
 * x[p], x[p + rest], ... times its twiddle factor. */

#define STORE_TWIDDLED(to, value, w)                                                               \
    do {                                                                                           \
        const ingot_lane re_ = (value).re, im_ = (value).im;                                       \
        (to).re = re_ * (w)[0] - im_ * (w)[1];                                                     \
        (to).im = re_ * (w)[1] + im_ * (w)[0];                                                     \
    } while (0)

#define ADD(a, b)                                                                                  \
    { (a).re + (b).re, (a).im + (b).im }
#define SUB(a, b)                                                                                  \
    { (a).re - (b).re, (a).im - (b).im }
/* a - i b and a + i b */
#define SUB_I(a, b)                                                                                \
    { (a).re + (b).im, (a).im - (b).re }
#define ADD_I(a, b)                                                                                \
    { (a).re - (b).im, (a).im + (b).re }

static void radix2(ingot_lane_complex *x, int32_t rest, int32_t from, int32_t to, const double *w) {
    w += (size_t)from * 2;
    for (int32_t p = from; p < to; p++, w += 2) {
        const ingot_lane_complex a = x[p], b = x[p + rest];
        const ingot_lane_complex d = SUB(a, b);
        x[p] = (ingot_lane_complex)ADD(a, b);
        STORE_TWIDDLED(x[p + rest], d, w);
    }
}

static inline void radix4_last(ingot_lane_complex *x) {
    const ingot_lane_complex s02 = ADD(x[0], x[2]), d02 = SUB(x[0], x[2]);
    const ingot_lane_complex s13 = ADD(x[1], x[3]), d13 = SUB(x[1], x[3]);
    x[0] = (ingot_lane_complex)ADD(s02, s13);
    x[1] = (ingot_lane_complex)SUB_I(d02, d13);
    x[2] = (ingot_lane_complex)SUB(s02, s13);
    x[3] = (ingot_lane_complex)ADD_I(d02, d13);
}

static inline void radix4(ingot_lane_complex *x, int32_t rest, int32_t from, int32_t to,
                          const double *w) {
    ingot_lane_complex *x1 = x + rest, *x2 = x1 + rest, *x3 = x2 + rest;
    w += (size_t)from * 6;
    for (int32_t p = from; p < to; p++, w += 6) {
        const ingot_lane_complex s02 = ADD(x[p], x2[p]), d02 = SUB(x[p], x2[p]);
        const ingot_lane_complex s13 = ADD(x1[p], x3[p]), d13 = SUB(x1[p], x3[p]);
        const ingot_lane_complex y2 = SUB(s02, s13), y1 = SUB_I(d02, d13), y3 = ADD_I(d02, d13);
        x[p] = (ingot_lane_complex)ADD(s02, s13);
        STORE_TWIDDLED(x1[p], y1, w);
        STORE_TWIDDLED(x2[p], y2, w + 2);
        STORE_TWIDDLED(x3[p], y3, w + 4);
    }
}

/* The last two passes of a power of two, in blocks of 16: twiddle factors of the last are 1. */
static void radix4_twice(ingot_lane_complex *x, int32_t blocks, const double *w) {
    for (int32_t b = 0; b < blocks; b++, x += 16) {
        radix4(x, 4, 0, 4, w);
        for (int32_t k = 0; k < 16; k += 4) radix4_last(x + k);
    }
}

/* Two butterflies of four over sums and differences, the differences turned by eighths. */
static inline void radix8(ingot_lane_complex *x, int32_t rest, int32_t from, int32_t to,
                          const double *w) {
    const double half_sqrt2 = 0.70710678118654752440084436210485;
    const size_t r = (size_t)rest;
    w += (size_t)from * 14;
    x += from;
    for (int32_t p = from; p < to; p++, w += 14, x++) {
        const ingot_lane_complex a0 = ADD(x[0], x[4 * r]), b0 = SUB(x[0], x[4 * r]);
        const ingot_lane_complex a2 = ADD(x[2 * r], x[6 * r]), b2 = SUB(x[2 * r], x[6 * r]);
        const ingot_lane_complex a1 = ADD(x[r], x[5 * r]), d1 = SUB(x[r], x[5 * r]);
        const ingot_lane_complex a3 = ADD(x[3 * r], x[7 * r]), d3 = SUB(x[3 * r], x[7 * r]);
        const ingot_lane_complex s02 = ADD(a0, a2), d02 = SUB(a0, a2);
        const ingot_lane_complex s13 = ADD(a1, a3), d13 = SUB(a1, a3);
        const ingot_lane_complex y4 = SUB(s02, s13), y2 = SUB_I(d02, d13), y6 = ADD_I(d02, d13);
        x[0] = (ingot_lane_complex)ADD(s02, s13);
        STORE_TWIDDLED(x[2 * r], y2, w + 2);
        STORE_TWIDDLED(x[4 * r], y4, w + 6);
        STORE_TWIDDLED(x[6 * r], y6, w + 10);
        const ingot_lane_complex b1 = {(d1.re + d1.im) * half_sqrt2, (d1.im - d1.re) * half_sqrt2};
        const ingot_lane_complex b3 = {(d3.im - d3.re) * half_sqrt2, (d3.im + d3.re) * -half_sqrt2};
        const ingot_lane_complex t02 = SUB_I(b0, b2), u02 = ADD_I(b0, b2);
        const ingot_lane_complex t13 = ADD(b1, b3), u13 = SUB(b1, b3);
        const ingot_lane_complex y1 = ADD(t02, t13), y5 = SUB(t02, t13);
        const ingot_lane_complex y3 = SUB_I(u02, u13), y7 = ADD_I(u02, u13);
        STORE_TWIDDLED(x[r], y1, w);
        STORE_TWIDDLED(x[3 * r], y3, w + 4);
        STORE_TWIDDLED(x[5 * r], y5, w + 8);
        STORE_TWIDDLED(x[7 * r], y7, w + 12);
    }
}

static void radix3(ingot_lane_complex *x, int32_t rest, int32_t from, int32_t to, const double *w) {
    const double half_sqrt3 = 0.86602540378443864676372317075294;
    ingot_lane_complex *x1 = x + rest, *x2 = x1 + rest;
    w += (size_t)from * 4;
    for (int32_t p = from; p < to; p++, w += 4) {
        const ingot_lane_complex s = ADD(x1[p], x2[p]);
        ingot_lane_complex d = SUB(x1[p], x2[p]);
        const ingot_lane_complex m = {x[p].re - 0.5 * s.re, x[p].im - 0.5 * s.im};
        d.re *= half_sqrt3;
        d.im *= half_sqrt3;
        const ingot_lane_complex y1 = SUB_I(m, d), y2 = ADD_I(m, d);
        x[p] = (ingot_lane_complex)ADD(x[p], s);
        STORE_TWIDDLED(x1[p], y1, w);
        STORE_TWIDDLED(x2[p], y2, w + 2);
    }
}

static void radix5(ingot_lane_complex *x, int32_t rest, int32_t from, int32_t to, const double *w) {
    const double c1 = 0.30901699437494742410229341718282;  /* cos(2 pi / 5) */
    const double c2 = -0.80901699437494742410229341718282; /* cos(4 pi / 5) */
    const double s1 = 0.95105651629515357211643933337938;  /* sin(2 pi / 5) */
    const double s2 = 0.58778525229247312916870595463907;  /* sin(4 pi / 5) */
    ingot_lane_complex *x1 = x + rest, *x2 = x1 + rest, *x3 = x2 + rest, *x4 = x3 + rest;
    w += (size_t)from * 8;
    for (int32_t p = from; p < to; p++, w += 8) {
        const ingot_lane_complex x0 = x[p];
        const ingot_lane_complex a = ADD(x1[p], x4[p]), b = ADD(x2[p], x3[p]);
        const ingot_lane_complex c = SUB(x1[p], x4[p]), d = SUB(x2[p], x3[p]);
        const ingot_lane_complex m1 = {x0.re + c1 * a.re + c2 * b.re,
                                       x0.im + c1 * a.im + c2 * b.im};
        const ingot_lane_complex m2 = {x0.re + c2 * a.re + c1 * b.re,
                                       x0.im + c2 * a.im + c1 * b.im};
        const ingot_lane_complex n1 = {s1 * c.re + s2 * d.re, s1 * c.im + s2 * d.im};
        const ingot_lane_complex n2 = {s2 * c.re - s1 * d.re, s2 * c.im - s1 * d.im};
        const ingot_lane_complex y1 = SUB_I(m1, n1), y4 = ADD_I(m1, n1);
        const ingot_lane_complex y2 = SUB_I(m2, n2), y3 = ADD_I(m2, n2);
        x[p] = (ingot_lane_complex){x0.re + a.re + b.re, x0.im + a.im + b.im};
        STORE_TWIDDLED(x1[p], y1, w);
        STORE_TWIDDLED(x2[p], y2, w + 2);
        STORE_TWIDDLED(x3[p], y3, w + 4);
        STORE_TWIDDLED(x4[p], y4, w + 6);
    }
}

static void radix_any(ingot_lane_complex *x, const pass *ps, int32_t from, int32_t to,
                      const double *roots, ingot_lane_complex *in) {
    const int32_t radix = ps->radix, rest = ps->rest;
    const double *w = ps->twiddle + (size_t)from * (size_t)(radix - 1) * 2;
    for (int32_t p = from; p < to; p++) {
        for (int32_t j = 0; j < radix; j++) in[j] = x[(size_t)p + (size_t)j * (size_t)rest];
        for (int32_t k = 0; k < radix; k++) {
            ingot_lane_complex sum = in[0];
            int64_t index = 0; /* j * k mod radix */
            for (int32_t j = 1; j < radix; j++) {
                index += k;
                if (index >= radix) index -= radix;
                const double *r = roots + 2 * index;
                sum.re += in[j].re * r[0] - in[j].im * r[1];
                sum.im += in[j].re * r[1] + in[j].im * r[0];
            }
            ingot_lane_complex *out = &x[(size_t)p + (size_t)k * (size_t)rest];
            if (k == 0) {
                *out = sum;
            } else {
                STORE_TWIDDLED(*out, sum, w);
                w += 2;
            }
        }
    }
}

/* Butterflies from ... to - 1 of the rest of them that a block of pass i has. */
static void some_of_block(const ingot_fft *fft, int32_t i, ingot_lane_complex *x, int32_t from,
                          int32_t to) {
    const pass *ps = &fft->pass[i];
    switch (ps->radix) {
    case 2:
        radix2(x, ps->rest, from, to, ps->twiddle);
        break;
    case 3:
        radix3(x, ps->rest, from, to, ps->twiddle);
        break;
    case 4:
        radix4(x, ps->rest, from, to, ps->twiddle);
        break;
    case 8:
        radix8(x, ps->rest, from, to, ps->twiddle);
        break;
    case 5:
        radix5(x, ps->rest, from, to, ps->twiddle);
        break;
    default:
        radix_any(x, ps, from, to, fft->pass_roots[i], fft->scratch);
        break;
    }
}

static void one_block(const ingot_fft *fft, int32_t i, ingot_lane_complex *x) {
    some_of_block(fft, i, x, 0, fft->pass[i].rest);
}

/* Passes i, i + 1, ... of one block. Large blocks depth first; small ones pass by pass. */
static void transform(const ingot_fft *fft, int32_t i, ingot_lane_complex *x) {
    if (i == fft->passes) return;
    const int32_t size = fft->pass[i].radix * fft->pass[i].rest;
    if (size > CACHED_POINTS) {
        one_block(fft, i, x);
        for (int32_t k = 0; k < fft->pass[i].radix; k++) {
            transform(fft, i + 1, x + (size_t)k * (size_t)fft->pass[i].rest);
        }
        return;
    }
    for (; i < fft->passes; i++) {
        const int32_t block = fft->pass[i].radix * fft->pass[i].rest;
        if (block == 16 && fft->pass[i].radix == 4) {
            radix4_twice(x, size / 16, fft->pass[i].twiddle);
            return;
        }
        for (int32_t b = 0; b < size; b += block) one_block(fft, i, x + b);
    }
}

/* Real spectra from the transform Z of the pairs: with E = Z[k] + conj Z[n-k] and
 * O = -i (Z[k] - conj Z[n-k]), 2 X[k] = E + w^k O and 2 conj X[n-k] = E - w^k O. */
static void power_even(const ingot_fft *fft, const ingot_lane_complex *z, ingot_lane_f32 *power) {
    const int32_t n = fft->points;
    const ingot_lane first = z[0].re + z[0].im, last = z[0].re - z[0].im;
    power[0] = __builtin_convertvector(first * first, ingot_lane_f32);
    power[n] = __builtin_convertvector(last * last, ingot_lane_f32);
    for (int64_t k = 1; k <= n / 2; k++) {
        const ingot_lane_complex *a = &z[fft->position[k]], *b = &z[fft->position[n - k]];
        const ingot_lane e_re = a->re + b->re, e_im = a->im - b->im;
        const ingot_lane o_re = a->im + b->im, o_im = b->re - a->re;
        const double *w = fft->split + 2 * k;
        const ingot_lane t_re = o_re * w[0] - o_im * w[1], t_im = o_re * w[1] + o_im * w[0];
        const ingot_lane x_re = e_re + t_re, x_im = e_im + t_im;
        const ingot_lane y_re = e_re - t_re, y_im = e_im - t_im;
        power[k] = __builtin_convertvector(0.25 * (x_re * x_re + x_im * x_im), ingot_lane_f32);
        power[n - k] = __builtin_convertvector(0.25 * (y_re * y_re + y_im * y_im), ingot_lane_f32);
    }
}

int32_t ingot_fft_strand(const ingot_fft *fft) {
    return fft->passes > 0 ? fft->pass[0].rest : 1;
}

void ingot_fft_begin(const ingot_fft *fft, ingot_lane_complex *work, int32_t from, int32_t to) {
    if (fft->passes > 0) some_of_block(fft, 0, work, from, to);
}

void ingot_fft_power(const ingot_fft *fft, ingot_lane_complex *work, ingot_lane_f32 *power) {
    if (fft->passes > 0) {
        const int32_t rest = fft->pass[0].rest;
        for (int32_t k = 0; k < fft->pass[0].radix; k++) {
            transform(fft, 1, work + (size_t)k * (size_t)rest);
        }
    }
    if (fft->length % 2 == 0) {
        power_even(fft, work, power);
        return;
    }
    for (int32_t k = 0; k <= fft->length / 2; k++) {
        const ingot_lane_complex *z = &work[fft->position[k]];
        power[k] = __builtin_convertvector(z->re * z->re + z->im * z->im, ingot_lane_f32);
    }
}
