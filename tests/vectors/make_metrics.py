# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# Writes tests/vectors/metrics.json: labels, float32 probabilities and what scikit-learn makes of
# them, per sample and per item (the mean of an item's samples, rounded to float32).
# Run from the repository root: python3 tests/vectors/make_metrics.py  (numpy, scikit-learn 1.9)
import json
import warnings

import numpy as np
from sklearn.metrics import (accuracy_score, balanced_accuracy_score, confusion_matrix, log_loss,
                             precision_recall_fscore_support)

warnings.filterwarnings("ignore")  # classes that never occur are part of the test


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
    return {
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
        "per_sample": measure(sample_labels, probabilities, classes),
        "per_item": measure(labels, means, classes),
    }


rng = np.random.default_rng(20)
cases = [
    case("two classes", rng, 2, 60, 1.0),
    case("five classes", rng, 5, 80, 1.5),
    case("a class that never occurs", rng, 4, 40, 1.0, absent=2),
    case("certain and wrong", rng, 3, 30, 2.0, hard=True),
]
with open("tests/vectors/metrics.json", "w") as out:
    json.dump(cases, out, sort_keys=True)
    out.write("\n")
