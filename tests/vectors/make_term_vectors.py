# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/term_vectors.json: texts, and what scikit-learn's CountVectorizer and TfidfVectorizer make of them.

    python tests/vectors/make_term_vectors.py [--check]

{"texts": {"train": [...], "test": [...]}, "cases": [{"features": a spec's features as Lua text, "documents": {term: texts
of the training split that have it}, "train": [{term: value}], "test": [{term: value}]}]}. The vocabulary is that of the
training texts. Words are what Ingot's are: runs of letters and digits; scikit-learn's own pattern takes an underscore for
a letter. --check writes nothing and fails where the committed file differs (beyond 1e-12 relative).
"""

import argparse
import json
import pathlib
import sys

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

PATH = pathlib.Path(__file__).parent / "term_vectors.json"
NOUNS = "engine sail harbour wind mast anchor rope deck caf\u00e9 stra\u00dfe na\u00efve \u0441\u0443\u0434\u043d\u043e x1".split()
VERBS = "turns pulls breaks holds drops lifts".split()
CASES = [
    ("count_vectors {}", CountVectorizer, {}),
    ("count_vectors { binary = true, min_characters = 1 }", CountVectorizer, {"binary": True, "least": 1}),
    ("count_vectors { min_documents = 4, max_documents = 0.5 }", CountVectorizer, {"min_df": 4, "max_df": 0.5}),
    ("count_vectors { ngrams = { 1, 2 }, min_documents = 2 }", CountVectorizer, {"ngram_range": (1, 2), "min_df": 2}),
    ("tf_idf {}", TfidfVectorizer, {}),
    ("tf_idf { sublinear_tf = true, norm = \"l1\" }", TfidfVectorizer, {"sublinear_tf": True, "norm": "l1"}),
    ("tf_idf { smooth_idf = false, norm = \"none\" }", TfidfVectorizer, {"smooth_idf": False, "norm": None}),
    ("tf_idf { use_idf = false, ngrams = 2 }", TfidfVectorizer, {"use_idf": False, "ngram_range": (2, 2)}),
]


def texts():
    generator = np.random.Generator(np.random.Philox(key=6))
    made = []
    for i in range(16):
        words = [str(generator.choice(NOUNS if w % 2 == 0 else VERBS)) for w in range(int(generator.integers(3, 24)))]
        made.append(f"The {words[0].upper()}, {' '.join(words)}; {words[-1].capitalize()}-{words[0]}\nit's a {i}.")
    return {"train": made[:12], "test": made[12:]}


def main():
    parser = argparse.ArgumentParser(description="Writes or checks the vectors of terms.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    given, cases = texts(), []
    for features, kind, settings in CASES:
        settings = dict(settings)
        least = settings.pop("least", 2)
        vectorizer = kind(token_pattern=rf"(?u)[^\W_]{{{least},}}", **settings)
        matrices = {"train": vectorizer.fit_transform(given["train"]), "test": vectorizer.transform(given["test"])}
        names = vectorizer.get_feature_names_out()
        case = {"features": features,
                "documents": {n: int(d) for n, d in zip(names, (matrices["train"] != 0).sum(axis=0).tolist()[0])}}
        for split, matrix in matrices.items():
            dense = matrix.toarray()
            case[split] = [{names[j]: float(row[j]) for j in np.flatnonzero(row)} for row in dense]
        cases.append(case)
    made = {"texts": given, "cases": cases}
    if not options.check:
        PATH.write_text(json.dumps(made, sort_keys=True, ensure_ascii=False, indent=0) + "\n")
        return
    old = json.loads(PATH.read_text())
    same = old["texts"] == made["texts"] and len(old["cases"]) == len(cases)
    for a, b in zip(old["cases"], cases):
        same = same and a["documents"] == b["documents"] and a["features"] == b["features"]
        for split in ("train", "test"):
            for x, y in zip(a[split], b[split]):
                same = same and set(x) == set(y) and all(abs(x[k] - y[k]) <= 1e-12 * abs(y[k]) for k in y)
    sys.exit(0 if same else f"{PATH.name}: differs")


if __name__ == "__main__":
    main()
