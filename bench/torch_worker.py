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


def matmul(size):
    a, b = torch.randn(size, size), torch.randn(size, size)
    return lambda: a @ b


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
            runs[line] = matmul(task["shape"][0]) if task["what"] == "matmul" else bidirectional(*task["shape"])
            for _ in range(3):
                runs[line]()
        cpu, start = time.process_time(), time.perf_counter()
        runs[line]()
        milliseconds, cpu_milliseconds = (time.perf_counter() - start) * 1e3, (time.process_time() - cpu) * 1e3
        print(json.dumps({"milliseconds": milliseconds, "cpuMilliseconds": cpu_milliseconds}), flush=True)


main()
