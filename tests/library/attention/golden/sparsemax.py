#!/usr/bin/env python3
"""Reference values of sparsemax, by bisection in NumPy (float64).

Independent of the library in both directions: the threshold is found by halving an interval until the weights sum to 1,
without sorting, and the gradients of sum(output * probe) are central differences of that, without any formula.

usage: sparsemax.py > sparsemax.json
needs: NumPy (Debian: python3-numpy)
"""
import json
import sys

import numpy as np

STEP = 1e-6


def sparsemax(row, real):
    weights = np.zeros_like(row)
    if not real.any():
        return weights
    scores = row[real]
    low, high = scores.min() - 1, scores.max()  # the weights sum to at least 1, and to 0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(0, scores - middle).sum() > 1 else (low, middle)
    weights[real] = np.maximum(0, scores - low)
    return weights


def each_row(scores, mask):
    return np.array([[sparsemax(row, real) for row in example] for example, real in zip(scores, mask)])


def differences(scores, mask, probe):
    gradient = np.zeros_like(scores)
    for place in np.ndindex(*scores.shape):
        above, below = scores.copy(), scores.copy()
        above[place] += STEP
        below[place] -= STEP
        gradient[place] = ((each_row(above, mask) - each_row(below, mask)) * probe).sum() / (2 * STEP)
    return gradient


def listed(array):
    return np.round(array, 7).tolist()


def main():
    random = np.random.default_rng(5)
    shape = (4, 3, 6)
    # Rounded first, so that the output belongs to the numbers in the file.
    scores, probe = np.round(random.normal(size=shape), 7), np.round(random.normal(size=shape), 7)
    mask = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0], [0, 0, 1, 1, 1, 1], [1, 0, 1, 0, 0, 1]])
    empty = mask.copy()
    empty[-1] = 0
    cases = {
        name: {
            "inputs": {"scores": listed(scores)},
            "output": listed(each_row(scores, real.astype(bool))),
            "probe": listed(probe),
            "gradients": {"scores": listed(differences(scores, real.astype(bool), probe))},
        }
        for name, real in [("sparsemax", mask), ("sparsemaxEmptyRow", empty)]
    }
    json.dump({"mask": mask.tolist(), "maskWithEmptyRow": empty.tolist(), "cases": cases}, sys.stdout)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
