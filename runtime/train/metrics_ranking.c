/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * metrics_ranking.c: see metrics_ranking.h.
 */
#include "train/metrics_ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct ranked {
    float score;
    int32_t positive;
} ranked;

static int higher_first(const void *a, const void *b) {
    const float x = ((const ranked *)a)->score, y = ((const ranked *)b)->score;
    return (x < y) - (x > y); /* the order within one score does not matter */
}

static ingot_status curve_new(int32_t points, ingot_curve *curve, ingot_error *error) {
    curve->count = 0;
    curve->x = malloc((size_t)points * sizeof *curve->x);
    curve->y = malloc((size_t)points * sizeof *curve->y);
    return curve->x && curve->y ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
}

static void put(ingot_curve *curve, int32_t room, double x, double y) {
    if (curve->count == room) return;
    curve->x[curve->count] = (float)x;
    curve->y[curve->count++] = (float)y;
}

/* Walks down the thresholds of one class. A point is kept where the curve has moved on by 1/points:
 * a ROC curve goes up or right only, 2 in all; along the other the recall goes from 0 to 1. */
static void walk(const ranked *rows, int64_t count, int64_t positives, int32_t points,
                 ingot_class_ranking *to) {
    const double all = (double)positives, rest = (double)(count - positives);
    const int32_t room = points + 2;
    double area = 0, precise = 0;
    double kept_x = 0, kept_y = 0, kept_recall = -1;
    int64_t hits = 0, alarms = 0;
    put(&to->roc, room, 0, 0);
    for (int64_t i = 0; i < count;) {
        const int64_t hits_before = hits, alarms_before = alarms;
        const float score = rows[i].score;
        for (; i < count && rows[i].score == score; i++) {
            hits += rows[i].positive;
            alarms += !rows[i].positive;
        }
        area += (double)(alarms - alarms_before) * (double)(hits + hits_before) / 2;
        const double precision = (double)hits / (double)(hits + alarms);
        if (positives > 0) precise += (double)(hits - hits_before) / all * precision;
        const double x = rest > 0 ? (double)alarms / rest : 0;
        const double y = all > 0 ? (double)hits / all : 0;
        const int last = i == count;
        if (last || x - kept_x + (y - kept_y) >= 2.0 / points) {
            put(&to->roc, room, x, y);
            kept_x = x;
            kept_y = y;
        }
        if (last || kept_recall < 0 || y - kept_recall >= 1.0 / points) {
            put(&to->pr, room, y, precision);
            kept_recall = y;
        }
    }
    to->roc_auc = positives > 0 && positives < count ? area / (all * rest) : NAN;
    to->average_precision = positives > 0 ? precise : NAN;
    if (!isfinite(to->roc_auc)) to->roc.count = 0;
    if (positives == 0) to->pr.count = 0;
}

static ingot_status rank_class(const ingot_scores *scores, int32_t c, ranked *rows, int32_t points,
                               ingot_class_ranking *to, ingot_error *error) {
    int64_t positives = 0;
    for (int64_t r = 0; r < scores->rows; r++) {
        rows[r].score = scores->values[r * scores->columns + c];
        rows[r].positive = scores->labels[r] == c;
        positives += rows[r].positive;
    }
    qsort(rows, (size_t)scores->rows, sizeof *rows, higher_first);
    ingot_status status = curve_new(points + 2, &to->roc, error);
    if (status == INGOT_OK) status = curve_new(points + 2, &to->pr, error);
    if (status == INGOT_OK) walk(rows, scores->rows, positives, points, to);
    return status;
}

ingot_status ingot_rank(const ingot_scores *scores, int32_t points, ingot_ranking *ranking,
                        ingot_error *error) {
    memset(ranking, 0, sizeof *ranking);
    ranking->classes = scores->columns;
    ranking->by_class = calloc((size_t)scores->columns, sizeof *ranking->by_class);
    ranked *rows = malloc(((size_t)scores->rows + 1) * sizeof *rows);
    ingot_status status = ranking->by_class && rows
                              ? INGOT_OK
                              : ingot_fail(error, INGOT_FAILED, "out of memory for ROC curves");
    for (int32_t c = 0; status == INGOT_OK && c < scores->columns; c++) {
        ingot_class_ranking *one = &ranking->by_class[c];
        status = rank_class(scores, c, rows, points, one, error);
        ranking->roc_auc += one->roc_auc / scores->columns; /* NaN stays NaN */
        ranking->average_precision += one->average_precision / scores->columns;
    }
    free(rows);
    if (status != INGOT_OK) ingot_ranking_free(ranking);
    return status;
}

void ingot_ranking_free(ingot_ranking *ranking) {
    for (int32_t c = 0; ranking->by_class && c < ranking->classes; c++) {
        free(ranking->by_class[c].roc.x);
        free(ranking->by_class[c].roc.y);
        free(ranking->by_class[c].pr.x);
        free(ranking->by_class[c].pr.y);
    }
    free(ranking->by_class);
    memset(ranking, 0, sizeof *ranking);
}
