/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * metrics.c: see metrics.h for the definitions; sklearn.metrics is the reference
 * (tests/vectors/make_metrics.py).
 */
#include "train/metrics.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

ingot_status ingot_tally_new(int32_t classes, ingot_tally *tally, ingot_error *error) {
    memset(tally, 0, sizeof *tally);
    tally->classes = classes;
    tally->confusion = calloc((size_t)classes * (size_t)classes, sizeof *tally->confusion);
    if (!tally->confusion) {
        return ingot_fail(error, INGOT_FAILED, "out of memory for a confusion matrix of %d classes",
                          classes);
    }
    return INGOT_OK;
}

void ingot_tally_free(ingot_tally *tally) {
    free(tally->confusion);
    memset(tally, 0, sizeof *tally);
}

int32_t ingot_argmax(const float *values, int32_t count) {
    int32_t best = 0;
    for (int32_t i = 1; i < count; i++) {
        /* The negated test lets any number replace a NaN that stood first. */
        if (values[i] > values[best] || (isnan(values[best]) && !isnan(values[i]))) best = i;
    }
    return best;
}

double ingot_clipped_log_loss(float probability) {
    float p = probability;
    if (p < FLT_EPSILON) p = FLT_EPSILON;
    if (p > 1.0f - FLT_EPSILON) p = 1.0f - FLT_EPSILON;
    return -log((double)p); /* NaN stays NaN: both tests above are false for it */
}

/* The bin of a confidence: (i / n, (i + 1) / n]. */
static int bin_of(double confidence) {
    const int bin = (int)ceil(confidence * INGOT_BINS) - 1;
    return bin < 0 ? 0 : bin >= INGOT_BINS ? INGOT_BINS - 1 : bin;
}

void ingot_tally_add(ingot_tally *tally, int32_t label, const float *probabilities) {
    const int32_t predicted = ingot_argmax(probabilities, tally->classes);
    int32_t ahead = 0;
    for (int32_t c = 0; c < tally->classes; c++) {
        const double miss = (double)probabilities[c] - (double)(c == label);
        tally->squared_sum += miss * miss;
        ahead += probabilities[c] > probabilities[label] ||
                 (c < label && probabilities[c] == probabilities[label]);
    }
    tally->near += ahead < INGOT_TOP;
    const double confidence = (double)probabilities[predicted];
    if (isfinite(confidence)) {
        const int bin = bin_of(confidence);
        tally->bin_rows[bin]++;
        tally->bin_correct[bin] += predicted == label;
        tally->bin_confidence[bin] += confidence;
    }
    tally->rows++;
    tally->correct += predicted == label;
    tally->loss_sum += ingot_clipped_log_loss(probabilities[label]);
    tally->confusion[(int64_t)label * tally->classes + predicted]++;
}

static double quotient(double numerator, double denominator) {
    return denominator > 0 ? numerator / denominator : 0;
}

static void calibrate(const ingot_tally *tally, ingot_metrics *metrics) {
    for (int i = 0; i < INGOT_BINS; i++) {
        const double rows = (double)tally->bin_rows[i];
        ingot_bin *bin = &metrics->bins[i];
        bin->rows = tally->bin_rows[i];
        bin->confidence = quotient(tally->bin_confidence[i], rows);
        bin->accuracy = quotient((double)tally->bin_correct[i], rows);
        metrics->calibration_error +=
            quotient(rows, (double)tally->rows) * fabs(bin->accuracy - bin->confidence);
    }
}

ingot_status ingot_tally_finish(const ingot_tally *tally, ingot_metrics *metrics,
                                ingot_error *error) {
    const int32_t classes = tally->classes;
    const size_t cells = (size_t)classes * (size_t)classes;
    memset(metrics, 0, sizeof *metrics);
    metrics->classes = classes;
    metrics->rows = tally->rows;
    metrics->by_class = calloc((size_t)classes, sizeof *metrics->by_class);
    metrics->confusion = malloc(cells * sizeof *metrics->confusion);
    if (!metrics->by_class || !metrics->confusion) {
        ingot_metrics_free(metrics);
        return ingot_fail(error, INGOT_FAILED, "out of memory for metrics of %d classes", classes);
    }
    memcpy(metrics->confusion, tally->confusion, cells * sizeof *metrics->confusion);

    double recall_of_present = 0, all_hits = 0;
    int32_t present = 0;
    for (int32_t c = 0; c < classes; c++) {
        int64_t support = 0, predicted = 0;
        for (int32_t other = 0; other < classes; other++) {
            support += tally->confusion[(int64_t)c * classes + other];
            predicted += tally->confusion[(int64_t)other * classes + c];
        }
        const double hits = (double)tally->confusion[(int64_t)c * classes + c];
        ingot_class_metrics *m = &metrics->by_class[c];
        m->support = support;
        m->precision = quotient(hits, (double)predicted);
        m->recall = quotient(hits, (double)support);
        m->f1 = quotient(2 * hits, (double)(support + predicted));
        metrics->macro_precision += m->precision;
        metrics->macro_recall += m->recall;
        metrics->macro_f1 += m->f1;
        metrics->weighted_precision += m->precision * (double)support;
        metrics->weighted_recall += m->recall * (double)support;
        metrics->weighted_f1 += m->f1 * (double)support;
        all_hits += hits;
        if (support > 0) {
            recall_of_present += m->recall;
            present++;
        }
    }
    metrics->macro_precision /= classes;
    metrics->macro_recall /= classes;
    metrics->macro_f1 /= classes;
    metrics->balanced_accuracy = quotient(recall_of_present, present);
    const double rows = (double)tally->rows;
    metrics->accuracy = quotient((double)tally->correct, rows);
    metrics->log_loss = quotient(tally->loss_sum, rows);
    metrics->brier = quotient(tally->squared_sum, classes == 2 ? 2 * rows : rows);
    metrics->top5_accuracy = classes > INGOT_TOP ? quotient((double)tally->near, rows) : NAN;
    metrics->weighted_precision = quotient(metrics->weighted_precision, rows);
    metrics->weighted_recall = quotient(metrics->weighted_recall, rows);
    metrics->weighted_f1 = quotient(metrics->weighted_f1, rows);
    /* A row has one class and one prediction: the counts over all classes are both `rows`. */
    metrics->micro_precision = metrics->micro_recall = metrics->micro_f1 = quotient(all_hits, rows);
    calibrate(tally, metrics);
    return INGOT_OK;
}

void ingot_metrics_free(ingot_metrics *metrics) {
    free(metrics->by_class);
    free(metrics->confusion);
    memset(metrics, 0, sizeof *metrics);
}
