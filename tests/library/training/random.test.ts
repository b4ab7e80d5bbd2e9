import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, stepSeed } from '../../../src/training/random';

const bits = (random: SeededRandom, count: number) => Array.from({ length: count }, () => random.integer(2 ** 32));

// Values of xoshiro-reference.py beside this file; the first row is also the published test vector of the generator.
test('the generator is xoshiro128**', () => {
  const random = SeededRandom.fromState({ key: '0000000000000000', words: [1, 2, 3, 4] });
  assert.deepEqual(
    bits(random, 10),
    [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804],
  );
});

test('SplitMix64 fills the state from any integer, 0 and negative ones included', () => {
  const [first, second] = [6457827717110365317n, 3203168211198807973n];
  const words = [first & 0xffffffffn, first >> 32n, second & 0xffffffffn, second >> 32n].map(Number);
  assert.deepEqual(new SeededRandom(1234567).getState().words, words);
  assert.deepEqual(bits(new SeededRandom(0), 5), [3737715805, 2584255861, 2876756834, 3286328325, 1553311962]);
  assert.deepEqual(bits(new SeededRandom(42), 5), [1776835114, 4165204688, 17111135, 2317295270, 2792088233]);
  assert.deepEqual(bits(new SeededRandom(-1), 5), [477689756, 2493998634, 555695776, 607808419, 61340979]);
});

test('a seed that is no integer is refused', () => {
  for (const seed of [0.5, NaN, Infinity, '3' as unknown as number, undefined as unknown as number]) {
    assert.throws(() => new SeededRandom(seed), { name: 'RangeError', message: /^seed must be an integer, got/ });
  }
});

test('uniform numbers fill [0, 1) evenly', () => {
  const random = new SeededRandom(0);
  const counts = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 20000; draw++) {
    const value = random.uniform();
    assert.ok(value >= 0 && value < 1);
    counts[Math.floor(value * 10)] += 1;
  }
  const chiSquare = counts.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
  assert.ok(chiSquare < 27.9, `chi square ${chiSquare}, 9 degrees of freedom`); // p = .001
});

test('normal numbers have the moments of the normal distribution', () => {
  const random = new SeededRandom(1);
  const values = Array.from({ length: 40000 }, () => random.normal());
  const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  assert.ok(Math.abs(moment(1)) < 0.02);
  assert.ok(Math.abs(moment(2) - 1) < 0.03);
  assert.ok(Math.abs(moment(3)) < 0.08);
  assert.ok(Math.abs(moment(4) - 3) < 0.2);
});

test('integers are in range, all of them reached, and a bad n is refused', () => {
  const random = new SeededRandom(2);
  const seen = new Set(Array.from({ length: 200 }, () => random.integer(7)));
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(random.integer(1), 0);
  for (const n of [0, -1, 1.5, NaN, 2 ** 32 + 1]) assert.throws(() => random.integer(n), RangeError);
});

test('integers of a range that does not divide 2^32 are equally likely', () => {
  // With the plain remainder, the lower half of this range would come up twice as often.
  const random = new SeededRandom(3);
  const n = 3 * 2 ** 30;
  const low = Array.from({ length: 6000 }, () => random.integer(n)).filter((value) => value < n / 3).length;
  assert.ok(Math.abs(low / 6000 - 1 / 3) < 0.025, `${low} of 6000 in the lowest third`);
});

test('shuffle keeps the elements, leaves its argument alone and reaches every order equally', () => {
  const random = new SeededRandom(4);
  const array = ['a', 'b', 'c'];
  const counts = new Map<string, number>();
  for (let draw = 0; draw < 6000; draw++) {
    const order = random.shuffle(array).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.deepEqual(array, ['a', 'b', 'c']);
  assert.equal(counts.size, 6);
  for (const count of counts.values()) assert.ok(Math.abs(count - 1000) < 120, `${count} of 1000`);
});

test('a fork depends on the seed and the label, not on what was drawn before', () => {
  const random = new SeededRandom(5);
  const before = bits(random.fork('order'), 3);
  bits(random, 10);
  assert.deepEqual(bits(random.fork('order'), 3), before);
  assert.notDeepEqual(bits(random.fork('other'), 3), before);
  assert.notDeepEqual(bits(new SeededRandom(6).fork('order'), 3), before);
  assert.notDeepEqual(bits(random.fork('order').fork('order'), 3), before);
});

test('a saved state goes on with the same numbers and forks', () => {
  const random = new SeededRandom(7);
  bits(random, 5);
  const restored = SeededRandom.fromState(JSON.parse(JSON.stringify(random.getState())));
  assert.deepEqual(bits(restored, 5), bits(random, 5));
  assert.deepEqual(bits(restored.fork('x'), 5), bits(random.fork('x'), 5));
});

test('something else than a state is refused', () => {
  const words = [1, 2, 3, 4];
  for (const state of [null, {}, { key: 'z', words }, { key: '0000000000000000', words: [1, 2, 3, -4] }]) {
    assert.throws(() => SeededRandom.fromState(state as never), { message: /^not the state of a SeededRandom/ });
  }
});

test('seeds for tensors are never 0, and step seeds differ from step to step', () => {
  const random = new SeededRandom(8);
  for (let draw = 0; draw < 1000; draw++) assert.ok(random.tensorSeed() >= 1);
  const seeds = Array.from({ length: 1000 }, (_, step) => stepSeed(0, step));
  assert.equal(new Set(seeds).size, 1000);
  assert.ok(seeds.every((seed) => Number.isInteger(seed) && seed >= 1 && seed < 2 ** 31));
  assert.equal(stepSeed(0, 3), seeds[3]);
  assert.notEqual(stepSeed(1, 3), seeds[3]);
});
