"""The PyTorch side of the comparison: same protocol as worker.ts.

First writes a line with its versions, or with the reason why it must not be compared with.
"""
import ctypes
import json
import os
import sys
import time

import torch


def fast_blas():
    """Name of the linear algebra library, or None for the slow reference implementation."""
    config = torch.__config__.show()
    if "Math Kernel Library" in config:
        return "MKL"
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "blas" in line.lower()}
    for path in paths:
        try:
            library = ctypes.CDLL(path)
            library.openblas_get_config.restype = ctypes.c_char_p
            return library.openblas_get_config().decode().strip()
        except (OSError, AttributeError):
            continue
    return None


def bidirectional(batch, length, features, units):
    lstm = torch.nn.LSTM(features, units, bidirectional=True, batch_first=True)
    x = torch.randn(batch, length, features, requires_grad=True)
    probe = torch.randn(batch, length, 2 * units)

    def run():
        x.grad = None
        for parameter in lstm.parameters():
            parameter.grad = None
        (lstm(x)[0] * probe).sum().backward()

    return run


class EncoderDecoder(torch.nn.Module):
    """Luong's order with the general score, all target steps at once under teacher forcing."""

    def __init__(self, vocabulary, embedding, encoder, layers, decoder):
        super().__init__()
        self.source_embedding = torch.nn.Embedding(vocabulary, embedding)
        self.target_embedding = torch.nn.Embedding(vocabulary, embedding)
        self.encoder = torch.nn.LSTM(embedding, encoder, layers, bidirectional=True, batch_first=True)
        self.bridge = torch.nn.ModuleList(torch.nn.Linear(2 * encoder, decoder) for _ in "hc")
        self.decoder = torch.nn.LSTM(embedding, decoder, batch_first=True)
        self.score = torch.nn.Linear(decoder, 2 * encoder, bias=False)
        self.attentional = torch.nn.Linear(2 * encoder + decoder, decoder, bias=False)
        self.readout = torch.nn.Linear(decoder, vocabulary)

    def forward(self, source, previous):
        keys, (h, c) = self.encoder(self.source_embedding(source))
        h, c = (bridge(torch.cat([state[-2], state[-1]], 1)) for bridge, state in zip(self.bridge, (h, c)))
        queries, _ = self.decoder(self.target_embedding(previous), (torch.tanh(h)[None], c[None]))
        weights = torch.softmax(self.score(queries) @ keys.transpose(1, 2), 2)
        features = torch.tanh(self.attentional(torch.cat([weights @ keys, queries], 2)))
        return self.readout(features)


def training_step(batch, source_symbols, target_symbols, vocabulary, embedding, encoder, layers, decoder):
    model = EncoderDecoder(vocabulary, embedding, encoder, layers, decoder)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    source = torch.randint(4, vocabulary, (batch, source_symbols))
    targets = torch.randint(4, vocabulary, (batch, target_symbols))
    previous = torch.cat([torch.full((batch, 1), 2), targets[:, :-1]], 1)

    def run():
        optimizer.zero_grad()
        logits = model(source, previous)
        torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten()).backward()
        optimizer.step()

    return run


def matmul(size):
    a, b = torch.randn(size, size), torch.randn(size, size)
    return lambda: a @ b


TASKS = {"matmul": matmul, "ours": bidirectional, "trainingStep": training_step}


def main():
    threads = int(os.environ["BENCH_THREADS"])
    torch.set_num_threads(threads)
    torch.ones(8, 8) @ torch.ones(8, 8)
    blas = fast_blas()
    print(json.dumps({"torch": torch.__version__, "blas": blas}), flush=True)
    if blas is None:
        return
    runs = {}
    for line in sys.stdin:
        task = json.loads(line)
        if line not in runs:
            runs[line] = TASKS[task["what"]](*task["shape"])
            for _ in range(3):
                runs[line]()
        cpu, start = time.process_time(), time.perf_counter()
        runs[line]()
        milliseconds, cpu_milliseconds = (time.perf_counter() - start) * 1e3, (time.process_time() - cpu) * 1e3
        print(json.dumps({"milliseconds": milliseconds, "cpuMilliseconds": cpu_milliseconds}), flush=True)


main()
