#!/usr/bin/env python3
"""Reference values for the attention tests, by plain loops in PyTorch (float64).

Independent of TensorFlow and of the library: each formula position by position, as its paper states it, and PyTorch's
autograd for the gradients of sum(output * probe). The tests compare values and gradients within 1e-5.

usage: generate.py [--seed N] [--batch B] [--queries Q] [--keys K] [--features D] [--units A] [--padding right|left|holes]
needs: PyTorch (Debian: python3-torch)

The committed files were made by:
  generate.py --seed 1                                                         > small.json
  generate.py --seed 2 --batch 1 --queries 1 --keys 1 --features 1 --units 1   > single.json
  generate.py --seed 3 --batch 2 --queries 6 --keys 3 --padding left           > left-padding.json
  generate.py --seed 4 --batch 3 --queries 2 --keys 5 --padding holes          > holes.json
"""
import argparse
import json
import math
import sys

import torch

torch.set_default_dtype(torch.float64)


def listed(tensor):
    return [listed(row) for row in tensor] if tensor.dim() > 0 else round(float(tensor), 7)


def case(function, inputs, **extra):
    """Runs the function on leaves that require gradients; returns inputs, output, probe and gradients."""
    # Inputs are rounded first, so that the output belongs to the numbers in the file.
    leaves = {name: torch.tensor(listed(value)).reshape(value.shape).requires_grad_(True) for name, value in inputs.items()}
    output = function(**leaves)
    probe = torch.tensor(listed(torch.randn(output.shape))).reshape(output.shape)
    (output * probe).sum().backward()
    zeros = {name: torch.zeros_like(leaf) for name, leaf in leaves.items()}
    return {
        "inputs": {name: listed(leaf.detach()) for name, leaf in leaves.items()},
        "output": listed(output.detach()),
        "probe": listed(probe),
        "gradients": {name: listed(zeros[name] if leaf.grad is None else leaf.grad) for name, leaf in leaves.items()},
        **extra,
    }


# Scores: query [B, Q, Dq], keys [B, K, Dk] -> [B, Q, K], one pair at a time.


def pairs(query, keys, match):
    rows = [[[match(q, k) for k in keys[b]] for q in query[b]] for b in range(len(query))]
    return torch.stack([torch.stack([torch.stack(row) for row in example]) for example in rows])


def dot(query, keys):
    return pairs(query, keys, lambda q, k: (q * k).sum())


def scaled_dot(query, keys):
    return pairs(query, keys, lambda q, k: (q * k).sum() / math.sqrt(len(k)))


def general(query, keys, W):
    return pairs(query, keys, lambda q, k: q @ W @ k)


def additive(query, keys, Wq, Wk, v, b):
    return pairs(query, keys, lambda q, k: v @ torch.tanh(q @ Wq + k @ Wk + b))


def concat(query, keys, W, v):
    return pairs(query, keys, lambda q, k: v @ torch.tanh(torch.cat([q, k]) @ W))


def location(query, W):
    return torch.stack([torch.stack([q @ W for q in example]) for example in query])


# Alignments: scores [B, Q, K], mask [B][K] -> weights [B, Q, K].


def softmax_over(row, allowed):
    """Softmax over the allowed positions, 0 elsewhere; all zero where none is allowed."""
    chosen = [s for s in range(len(row)) if allowed[s]]
    weights = [row.sum() * 0] * len(row)
    if chosen:
        inside = torch.softmax(torch.stack([row[s] for s in chosen]), 0)
        for s, weight in zip(chosen, inside):
            weights[s] = weight
    return torch.stack(weights)


def each_row(scores, mask, window=lambda b, t, s: True):
    B, Q, K = scores.shape
    allowed = lambda b, t: [bool(mask[b][s]) and window(b, t, s) for s in range(K)]
    return torch.stack([torch.stack([softmax_over(scores[b, t], allowed(b, t)) for t in range(Q)]) for b in range(B)])


def place(mask, s):
    """Places are counted among the real positions: how many of them stand before s."""
    return sum(mask[:s])


def local_monotonic(scores, mask, radius):
    return each_row(scores, mask, lambda b, t, s: abs(place(mask[b], s) - t) <= radius)


def local_predictive(scores, positions, mask, radius):
    weights = each_row(scores, mask, lambda b, t, s: abs(place(mask[b], s) - float(positions[b, t])) <= radius)
    places = torch.tensor([[place(row, s) for s in range(len(row))] for row in mask])
    distance = places[:, None, :] - positions[:, :, None]
    return weights * torch.exp(-(distance**2) / (2 * (radius / 2) ** 2))


def predict_positions(query, Wp, vp, lengths):
    return torch.stack([n * torch.sigmoid(torch.tanh(h @ Wp) @ vp) for h, n in zip(query, lengths)])


def monotonic(probabilities, mask):
    """By the definition: from wherever the last step stopped, walk right past all that did not stop."""
    B, Q, K = probabilities.shape
    examples = []
    for b in range(B):
        previous = [torch.ones(()) if s == 0 else torch.zeros(()) for s in range(K)]
        rows = []
        for t in range(Q):
            p = [probabilities[b, t, s] * mask[b][s] for s in range(K)]
            walked = lambda begin, end: math.prod([1 - p[k] for k in range(begin, end)], start=torch.ones(()))
            previous = [p[s] * sum(previous[r] * walked(r, s) for r in range(s + 1)) for s in range(K)]
            rows.append(torch.stack(previous))
        examples.append(torch.stack(rows))
    return torch.stack(examples)


def chunkwise(probabilities, scores, mask, chunk):
    stops = monotonic(probabilities, mask)
    B, Q, K = stops.shape
    total = torch.zeros(B, Q, K)
    for end in range(K):
        behind = lambda b, s: place(mask[b], end) - place(mask[b], s)  # so many real positions before the stop
        inside = each_row(scores, mask, lambda b, t, s: s <= end and behind(b, s) < chunk)
        total = total + stops[:, :, end : end + 1] * inside
    return total


def recurrence(scores, mask, step, first):
    """Rows one after the other: step(previous state, content weights, mask) -> weights, next state."""
    content = each_row(scores, mask)
    examples = []
    for b in range(scores.shape[0]):
        state, rows = first(mask[b]), []
        for t in range(scores.shape[1]):
            row = step(state, content[b, t], mask[b])
            total = row.sum()
            row = row / total if any(mask[b]) else row * 0
            state = row if first is first_real else state + row
            rows.append(row)
        examples.append(torch.stack(rows))
    return torch.stack(examples)


def first_real(mask):
    return torch.tensor([1.0 if real and not any(mask[:s]) else 0.0 for s, real in enumerate(mask)])


def nothing_yet(mask):
    return torch.zeros(len(mask))


def forward(scores, mask):
    def moved(a, real):
        """What lay one place earlier; that of padding is no matter, its content weight is 0."""
        earlier = lambda s: [a[r] for r in range(s) if real[r] and place(real, r) == place(real, s) - 1]
        return torch.stack([sum(earlier(s), torch.zeros(())) for s in range(len(a))])

    return recurrence(scores, mask, lambda a, content, real: (a + moved(a, real)) * content, first_real)


def coverage(scores, mask):
    left = lambda c: torch.clamp(1 - torch.clamp(c, max=1.0), min=1e-6)
    return recurrence(scores, mask, lambda c, content, real: content * left(c), nothing_yet)


def coverage_loss(weights):
    B, Q, K = weights.shape
    covered, loss = torch.zeros(B, K), torch.zeros(())
    for t in range(Q):
        loss = loss + torch.minimum(weights[:, t], covered).sum()
        covered = covered + weights[:, t]
    return loss / (B * Q)


def pooling(values, Wk, b, v, mask):
    scores = torch.stack([torch.stack([v @ torch.tanh(x @ Wk + b) for x in example]) for example in values])
    weights = torch.stack([softmax_over(row, allowed) for row, allowed in zip(scores, mask)])
    return torch.stack([sum(w * x for w, x in zip(row, example)) for row, example in zip(weights, values)])


def reading(weights, values):
    return torch.stack([torch.stack([sum(w * x for w, x in zip(row, v)) for row in a]) for a, v in zip(weights, values)])


def self_attention(sequence, Wq, Wk, Wv, Wo, mask, heads, causal):
    """One head after the other."""
    size = sequence.shape[2] // heads
    contexts = []
    for head in range(heads):
        part = slice(head * size, (head + 1) * size)
        query, keys, values = sequence @ Wq[:, part], sequence @ Wk[:, part], sequence @ Wv[:, part]
        weights = each_row(scaled_dot(query, keys), mask, lambda b, t, s: s <= t or not causal)
        contexts.append(reading(weights, values))
    return (torch.cat(contexts, 2) @ Wo) * torch.tensor(mask, dtype=torch.float64)[:, :, None]


def masks(batch, keys, padding):
    """The first example whole, the last one without a real position (if there are others), the rest shorter."""
    rows = []
    for b in range(batch):
        length = keys if b == 0 else max(1, keys - 1 - b)
        row = [1] * length + [0] * (keys - length)
        if padding == "left":
            row = row[::-1]
        if padding == "holes" and b > 0:
            row = [s % 2 for s in range(keys)]
        rows.append(row)
    if batch > 1:
        empty = [row[:] for row in rows]
        empty[-1] = [0] * keys
        return rows, empty
    return rows, [[0] * keys]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--batch", type=int, default=2)
    arguments.add_argument("--queries", type=int, default=3)
    arguments.add_argument("--keys", type=int, default=4)
    arguments.add_argument("--features", type=int, default=2)
    arguments.add_argument("--units", type=int, default=3)
    arguments.add_argument("--padding", choices=["right", "left", "holes"], default="right")
    a = arguments.parse_args()
    torch.manual_seed(a.seed)
    B, Q, K, D, A = a.batch, a.queries, a.keys, a.features, a.units
    r = torch.randn
    mask, empty = masks(B, K, a.padding)
    query, keys = r(B, Q, D), r(B, K, D)
    scores, probabilities = 2 * r(B, Q, K), torch.sigmoid(r(B, Q, K))
    lengths = [sum(row) for row in mask]
    # Away from the edges of a window of radius 2, where rounding would decide.
    positions = torch.floor(torch.rand(B, Q) * K) + 0.1 + 0.8 * torch.rand(B, Q)
    square = {name: r(D, D) / math.sqrt(D) for name in ["Wq", "Wk", "Wv", "Wo"]}
    heads = 2 if D % 2 == 0 else 1
    both = {"query": query, "keys": keys}

    cases = {
        "dot": case(dot, both),
        "scaledDot": case(scaled_dot, both),
        "general": case(general, {**both, "W": r(D, D)}),
        "additive": case(additive, {**both, "Wq": r(D, A), "Wk": r(D, A), "v": r(A), "b": r(A)}),
        "concat": case(concat, {**both, "W": r(2 * D, A), "v": r(A)}),
        "location": case(location, {"query": query, "W": r(D, K)}),
        "localPredictive": case(
            lambda **i: local_predictive(**i, mask=mask, radius=2), {"scores": scores, "positions": positions}, radius=2
        ),
        "predictPositions": case(
            lambda **i: predict_positions(**i, lengths=lengths), {"query": query, "Wp": r(D, A), "vp": r(A)}, lengths=lengths
        ),
        # Not sums of exactly 1: with a single key all would tie, and the minimum of equals has no one gradient.
        "coverageLoss": case(coverage_loss, {"weights": torch.softmax(scores, -1) * torch.rand(B, Q, 1)}),
        "reading": case(reading, {"weights": torch.softmax(scores, -1), "values": keys}),
        "pooling": case(
            lambda **i: pooling(**i, mask=mask), {"values": keys, "Wk": r(D, A), "b": r(A), "v": r(A)}
        ),
        "selfAttention": case(
            lambda **i: self_attention(**i, mask=mask, heads=heads, causal=False), {"sequence": keys, **square}, heads=heads
        ),
        "causalSelfAttention": case(
            lambda **i: self_attention(**i, mask=mask, heads=heads, causal=True), {"sequence": keys, **square}, heads=heads
        ),
    }
    for suffix, real in [("", mask), ("EmptyRow", empty)]:
        both = {"probabilities": probabilities, "scores": scores}
        cases["soft" + suffix] = case(lambda scores: each_row(scores, real), {"scores": scores})
        cases["localMonotonic" + suffix] = case(
            lambda scores: local_monotonic(scores, real, 1), {"scores": scores}, radius=1
        )
        cases["monotonic" + suffix] = case(
            lambda probabilities: monotonic(probabilities, real), {"probabilities": probabilities}
        )
        cases["chunkwise" + suffix] = case(lambda **i: chunkwise(**i, mask=real, chunk=2), both, chunk=2)
        cases["forward" + suffix] = case(lambda scores: forward(scores, real), {"scores": scores})
        cases["coverage" + suffix] = case(lambda scores: coverage(scores, real), {"scores": scores})
    json.dump({"shape": vars(a), "mask": mask, "maskWithEmptyRow": empty, "cases": cases}, sys.stdout)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
