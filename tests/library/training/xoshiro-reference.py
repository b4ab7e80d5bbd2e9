"""Prints reference values for tests/library/training/random.test.ts, from the published definitions
(https://prng.di.unimi.it/xoshiro128starstar.c and splitmix64.c), written anew in Python's whole numbers.

    python3 tests/library/training/xoshiro-reference.py
"""


def splitmix64(state, count):
    values = []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % 2**64
        values.append(z ^ (z >> 31))
    return values


def rotl(x, k):
    return ((x << k) | (x >> (32 - k))) % 2**32


def xoshiro128starstar(s, count):
    s, values = list(s), []
    for _ in range(count):
        values.append(rotl(s[1] * 5 % 2**32, 7) * 9 % 2**32)
        t = (s[1] << 9) % 2**32
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 11)
    return values


print("splitmix64(1234567):", splitmix64(1234567, 3))
print("xoshiro128**([1, 2, 3, 4]):", xoshiro128starstar([1, 2, 3, 4], 10))
for seed in (0, 42, -1):
    a, b = splitmix64(seed % 2**64, 2)
    words = [a % 2**32, a >> 32, b % 2**32, b >> 32]
    print(f"seed {seed}:", xoshiro128starstar(words, 5))
