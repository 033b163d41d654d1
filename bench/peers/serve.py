# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""The line protocol that bench/run.lua speaks with a peer framework.

A peer is a process that stays: what is measured is prepared once and run many times, so that rounds
of Ingot and of its peers can alternate without anybody paying for start-up. One request is one JSON
object on a line of standard input, one answer one line of standard output:

    {"do": "prepare", "id": "a", ...}  -> {"ok": true, "id": "a", "prepare_s": 1.2, ...}
    {"do": "run", "id": "a", "seconds": 1, "at_least": 3}
                                       -> {"ok": true, "id": "a", "median_ms": 3.1, "min_ms": 3.0,
                                           "iterations": 320}
    {"do": "drop", "id": "a"}          -> {"ok": true}
    {"do": "quit"}                     -> (end)

What fails is answered with {"ok": false, "error": "..."}; a peer that lacks a mode must not end the
whole table. Whatever else a framework prints goes to standard error.
"""

import json
import os
import statistics
import sys
import time
import traceback


def measure(step, seconds, at_least):
    """Times step() for about `seconds`: milliseconds per call as the median over blocks.

    Calls that are too short for the clock are timed in blocks of equal size, chosen from one block
    that is thrown away; that block also wakes whatever slept since the last round.
    """
    begin = time.perf_counter()
    step()
    once = time.perf_counter() - begin
    block = max(1, int(2e-3 / max(once, 1e-7)))
    for _ in range(block if block > 1 else 0):
        step()
    blocks = []
    end = time.perf_counter() + seconds
    while len(blocks) < at_least or time.perf_counter() < end:
        begin = time.perf_counter()
        for _ in range(block):
            step()
        blocks.append((time.perf_counter() - begin) * 1e3 / block)
    return {
        "median_ms": statistics.median(blocks),
        "min_ms": min(blocks),
        "iterations": block * len(blocks),
    }


def serve(prepare):
    """Answers requests until standard input ends. prepare(request) returns (step, facts): a callable
    that does the work once, and a dict that is added to the answer."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # frameworks and compilers print where they like
    works = {}
    print(json.dumps({"ok": True, "hello": os.path.basename(sys.argv[0])}), file=answers)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "quit":
                break
            if request["do"] == "prepare":
                begin = time.perf_counter()
                step, facts = prepare(request)
                step()
                first = time.perf_counter() - begin
                for _ in range(request.get("warm", 3)):
                    step()
                works[request["id"]] = (step, request)
                answer = {"ok": True, "id": request["id"], "prepare_s": first, **facts}
            elif request["do"] == "run":
                step, made = works[request["id"]]
                begin_round(made)
                answer = {
                    "ok": True,
                    "id": request["id"],
                    **measure(step, request["seconds"], request["at_least"]),
                }
            elif request["do"] == "drop":
                works.pop(request["id"], None)
                answer = {"ok": True}
            else:
                raise ValueError(f"unknown request {request['do']!r}")
        except Exception as problem:  # the table goes on without this mode
            traceback.print_exc()
            text = str(problem).splitlines() or [type(problem).__name__]
            answer = {"ok": False, "error": text[0][:300]}
        print(json.dumps(answer), file=answers)


def begin_round(request):
    """Sets what is global in a process and differs between works: the number of threads."""
    threads = request.get("threads")
    torch = sys.modules.get("torch")
    if threads and torch is not None and torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
