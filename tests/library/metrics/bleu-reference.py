"""Writes bleu-reference.json: corpora of random tokens and sacrebleu's figures for them.

    pip install sacrebleu==2.6.0
    python3 tests/library/metrics/bleu-reference.py > tests/library/metrics/bleu-reference.json
"""
import json
import random
import sys

import sacrebleu
from sacrebleu.metrics import BLEU

draw = random.Random(0)


def sentence(words, shortest, longest):
    return [draw.choice(words) for _ in range(draw.randint(shortest, longest))]


def noisy(tokens, words, rate):
    """A translation that resembles `tokens`: some words replaced, dropped or repeated."""
    result = []
    for token in tokens:
        fate = draw.random()
        if fate < rate:
            result.append(draw.choice(words))
        elif fate < 1.5 * rate:
            continue
        elif fate < 1.8 * rate:
            result += [token, token]
        else:
            result.append(token)
    return result


def corpus(count, words, lengths, reference_counts, rate):
    hypotheses, references = [], []
    for _ in range(count):
        hypothesis = sentence(words, *lengths)
        hypotheses.append(hypothesis)
        references.append([noisy(hypothesis, words, rate) or ["."] for _ in range(draw.choice(reference_counts))])
    return hypotheses, references


WORDS = "the a cat dog sat on mat and ran to of house tree . , 猫 déjà".split()
CASES = {
    "one reference": corpus(20, WORDS, (4, 15), [1], 0.2),
    "several references": corpus(20, WORDS, (4, 15), [3], 0.4),
    "references of varying number": corpus(20, WORDS, (1, 12), [1, 2, 4], 0.5),
    "few words, many repetitions": corpus(15, WORDS[:2], (3, 10), [2], 0.3),
    "orders without a match are smoothed": corpus(3, WORDS, (5, 6), [1], 0.85),
    "identical": ([["a", "b", "c", "d", "e"]], [[["a", "b", "c", "d", "e"]]]),
    "too short for 4-grams": ([["a", "b", "c"]], [[["a", "b", "c"]]]),
    "no match at all": ([["a", "b", "c", "d"]], [[["w", "x", "y", "z"]]]),
    "empty hypothesis": ([[]], [[["a", "b", "c", "d"]]]),
    "one empty among others": ([[], ["a", "b", "c", "d", "e"]], [[["x", "y"]], [["a", "b", "c", "d", "f"]]]),
    "brevity": ([["a", "b", "c", "d"]], [[["a", "b", "c", "d", "e", "f", "g"]]]),
    "closest length, ties go to the shorter": (
        [["a", "b", "c", "d", "e"]],
        [[["a", "b", "c", "d", "e", "f"], ["a", "b", "c", "d"], ["a", "b", "c", "d", "e", "f", "g", "h"]]],
    ),
    "only bigrams match": ([["a", "b", "x", "c", "d"]], [[["a", "b", "y", "c", "d"]]]),
}

metric = BLEU(tokenize="none")
cases = []
for name, (hypotheses, references) in CASES.items():
    streams = [
        [" ".join(group[index]) if index < len(group) else None for group in references]
        for index in range(max(len(group) for group in references))
    ]
    result = metric.corpus_score([" ".join(hypothesis) for hypothesis in hypotheses], streams)
    cases.append(
        {
            "name": name,
            "hypotheses": hypotheses,
            "references": references,
            "expected": {
                "score": result.score,
                "precisions": result.precisions,
                "brevityPenalty": result.bp,
                "hypothesisLength": result.sys_len,
                "referenceLength": result.ref_len,
            },
        }
    )
json.dump({"sacrebleu": sacrebleu.__version__, "cases": cases}, sys.stdout, ensure_ascii=False)
print()
