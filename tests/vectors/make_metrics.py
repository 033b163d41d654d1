# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# Writes tests/vectors/metrics.json: labels, float32 probabilities and what scikit-learn makes of
# them, per sample and per item (the mean of an item's samples, rounded to float32); and
# tests/vectors/metrics_regression.json: targets, predicted numbers and what it makes of those. The
# expected calibration error, which scikit-learn lacks, is computed from its definition.
# Run from the repository root: python3 tests/vectors/make_metrics.py  (numpy, scikit-learn 1.9)
import json
import warnings

import numpy as np
from sklearn.metrics import (accuracy_score, average_precision_score, balanced_accuracy_score,
                             brier_score_loss, confusion_matrix, log_loss, mean_absolute_error,
                             mean_squared_error, precision_recall_curve,
                             precision_recall_fscore_support, r2_score, roc_auc_score, roc_curve,
                             root_mean_squared_error, top_k_accuracy_score)

warnings.filterwarnings("ignore")  # classes that never occur are part of the test


BINS = 15


def calibration(labels, probabilities):
    confidence, right = probabilities.max(1).astype(np.float64), probabilities.argmax(1) == labels
    edges = np.ceil(confidence * BINS)
    bins = [edges <= 1] + [edges == i for i in range(2, BINS)] + [edges >= BINS]
    error = sum(inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
                for inside in bins if inside.any())
    return float(error), [int(inside.sum()) for inside in bins]


def one_against_rest(labels, probabilities, classes):
    auc, precision, curves = [], [], []
    for c in range(classes):
        truth, score = labels == c, probabilities[:, c]
        both = truth.any() and not truth.all()
        auc.append(float(roc_auc_score(truth, score)) if both else None)
        precision.append(float(average_precision_score(truth, score)) if truth.any() else None)
        if both:
            x, y, _ = roc_curve(truth, score, drop_intermediate=False)
            p, r, _ = precision_recall_curve(truth, score)
            # theirs goes on to a recall of 0 at the end, and backwards
            curves.append({"roc": [x.tolist(), y.tolist()],
                           "pr": [r[:-1][::-1].tolist(), p[:-1][::-1].tolist()]})
        else:
            curves.append(None)
    return auc, precision, curves


def mean(values):
    return None if None in values else float(np.mean(values))


def measure(labels, probabilities, classes):
    every = list(range(classes))
    predicted = probabilities.argmax(1)
    # scikit-learn clips by the eps of the type it is given, then takes logarithms in that type:
    # clip as for float32, compute in double, so that the vectors hold more than seven digits.
    eps = np.finfo(np.float32).eps
    clipped = np.clip(probabilities, eps, 1 - eps).astype(np.float64)
    p, r, f, s = precision_recall_fscore_support(labels, predicted, labels=every, zero_division=0)
    mp, mr, mf, _ = precision_recall_fscore_support(labels, predicted, labels=every,
                                                    average="macro", zero_division=0)
    wp, wr, wf, _ = precision_recall_fscore_support(labels, predicted, labels=every,
                                                    average="weighted", zero_division=0)
    up, ur, uf, _ = precision_recall_fscore_support(labels, predicted, labels=every,
                                                    average="micro", zero_division=0)
    auc, precision, curves = one_against_rest(labels, probabilities, classes)
    error, bins = calibration(labels, probabilities)
    double = probabilities.astype(np.float64)
    double /= double.sum(1, keepdims=True)  # what brier_score_loss asks for, to 1e-7 the same
    brier = ((probabilities.astype(np.float64) - np.eye(classes)[labels]) ** 2).sum(1).mean()
    brier = brier / 2 if classes == 2 else brier
    theirs = (brier_score_loss(labels, double[:, 1], labels=every) if classes == 2
              else brier_score_loss(labels, double, labels=every))
    assert abs(brier - theirs) < 1e-6, (brier, theirs)
    top = (float(top_k_accuracy_score(labels, probabilities, k=5, labels=every))
           if classes > 5 else None)
    return {
        "micro_precision": float(up), "micro_recall": float(ur), "micro_f1": float(uf),
        "weighted_precision": float(wp), "weighted_recall": float(wr), "weighted_f1": float(wf),
        "brier": float(brier), "calibration_error": error, "bins": bins, "top5": top,
        "roc_auc": auc, "macro_roc_auc": mean(auc), "average_precision": precision,
        "macro_average_precision": mean(precision), "curves": curves,
        "accuracy": float(accuracy_score(labels, predicted)),
        "balanced_accuracy": float(balanced_accuracy_score(labels, predicted)),
        "log_loss": float(log_loss(labels, clipped, labels=every)),
        "macro_precision": float(mp), "macro_recall": float(mr), "macro_f1": float(mf),
        "precision": p.tolist(), "recall": r.tolist(), "f1": f.tolist(), "support": s.tolist(),
        "confusion": confusion_matrix(labels, predicted, labels=every).tolist(),
    }


def case(name, rng, classes, items, sharp, absent=None, hard=False):
    labels = rng.integers(0, classes, items)
    if absent is not None:
        labels[labels == absent] = (absent + 1) % classes
    segments = rng.integers(1, 4, items)
    sample_labels = np.repeat(labels, segments)
    logits = rng.normal(size=(len(sample_labels), classes)) * sharp
    logits[np.arange(len(sample_labels)), sample_labels] += 1.0
    if absent is not None:
        logits[:, absent] -= 100 * sharp
    e = np.exp(logits - logits.max(1, keepdims=True))
    probabilities = (e / e.sum(1, keepdims=True)).astype(np.float32)
    if hard:  # exact zeros and ones meet the clipping
        probabilities = np.eye(classes, dtype=np.float32)[probabilities.argmax(1)]
    firsts = np.concatenate([[0], np.cumsum(segments)[:-1]])
    means = np.stack([probabilities[a:a + n].astype(np.float64).mean(0)
                      for a, n in zip(firsts, segments)]).astype(np.float32)
    return {
        "name": name, "classes": classes, "labels": labels.tolist(), "segments": segments.tolist(),
        "probabilities": [float(v) for v in probabilities.ravel()],
        "per_sample": dict(measure(sample_labels, probabilities, classes), curves=None),
        "per_item": measure(labels, means, classes),
    }


rng = np.random.default_rng(20)
cases = [
    case("two classes", rng, 2, 60, 1.0),
    case("five classes", rng, 5, 80, 1.5),
    case("a class that never occurs", rng, 4, 40, 1.0, absent=2),
    case("certain and wrong", rng, 3, 30, 2.0, hard=True),
    case("nine classes", rng, 9, 60, 1.0),
]
with open("tests/vectors/metrics.json", "w") as out:
    json.dump(cases, out, sort_keys=True)
    out.write("\n")


def regression(name, rng, outputs, rows, offset=0.0, noise=0.5, constant=False, exact=False):
    targets = (rng.normal(size=(rows, outputs)) * 3 + offset).astype(np.float32)
    if constant:
        targets[:, 0] = targets[0, 0]
    predicted = (targets + rng.normal(size=targets.shape) * noise).astype(np.float32)
    if exact:
        predicted[:, 0] = targets[:, 0]
    t, p = targets.astype(np.float64), predicted.astype(np.float64)

    def numbers(multioutput):
        values = {"mae": mean_absolute_error, "mse": mean_squared_error,
                  "rmse": root_mean_squared_error, "r2": r2_score}
        return {key: f(t, p, multioutput=multioutput) for key, f in values.items()}
    each = numbers("raw_values")
    return {
        "name": name, "outputs": outputs, "targets": [float(v) for v in targets.ravel()],
        "predicted": [float(v) for v in predicted.ravel()],
        "all": {key: float(v) for key, v in numbers("uniform_average").items()},
        "by_output": [{key: float(each[key][i]) for key in each} for i in range(outputs)],
    }


cases = [
    regression("one output", rng, 1, 50),
    regression("three outputs far from zero", rng, 3, 40, offset=1e4),
    regression("targets that are all the same", rng, 2, 20, constant=True),
    regression("the same, met exactly", rng, 2, 20, constant=True, exact=True),
]
with open("tests/vectors/metrics_regression.json", "w") as out:
    json.dump(cases, out, sort_keys=True)
    out.write("\n")
