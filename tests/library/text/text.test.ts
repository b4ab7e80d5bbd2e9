import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tf } from '../../../src/tensorflow';
import { bucketBatches, characterTokens, padSequences, Vocabulary, wordTokens } from '../../../src/text';
import { SeededRandom } from '../../../src/training/random';

test('words, numbers and punctuation marks are tokens of their own', () => {
  assert.deepEqual(wordTokens("Don't pay 1,950.50 -- yet!"), ["don't", 'pay', '1,950.50', '-', '-', 'yet', '!']);
  assert.deepEqual(wordTokens('Élan VITAL', { lowerCase: false }), ['Élan', 'VITAL']);
  assert.deepEqual(wordTokens(' \n\t'), []);
});

test('composed and decomposed accents give the same token', () => {
  assert.deepEqual(wordTokens('cafe\u0301'), wordTokens('café'));
});

test('characters are code points', () => {
  assert.deepEqual(characterTokens('2008年🎉'), ['2', '0', '0', '8', '年', '🎉']);
});

test('no token of a text is lost: what is left of it are blanks', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const kept = wordTokens(text, { lowerCase: false }).join('');
      assert.equal(kept, text.normalize('NFC').replace(/\s/g, ''));
    }),
    { numRuns: 200 },
  );
});

const lists = [
  ['b', 'a', 'b'],
  ['c', 'a', 'b'],
];

test('ids go by frequency, then by spelling, after the special ones', () => {
  const vocabulary = Vocabulary.build(lists);
  assert.equal(vocabulary.size, 5);
  assert.deepEqual(vocabulary.encode(['b', 'a', 'c', 'z']), [2, 3, 4, 1]);
  assert.deepEqual(vocabulary.decode([2, 3, 4, 1, 0]), ['b', 'a', 'c', '<unk>']);
  assert.deepEqual([vocabulary.paddingId, vocabulary.unknownId], [0, 1]);
});

test('rare tokens and tokens beyond the maximum are unknown', () => {
  assert.deepEqual(Vocabulary.build(lists, { minimumCount: 2 }).encode(['b', 'a', 'c']), [2, 3, 1]);
  assert.deepEqual(Vocabulary.build(lists, { maximumTokens: 1 }).encode(['b', 'a', 'c']), [2, 1, 1]);
});

test('start and end frame a sequence, and decoding stops at the end', () => {
  const vocabulary = Vocabulary.build(lists, { startAndEnd: true });
  const ids = vocabulary.encode(['a', 'b'], { start: true, end: true });
  assert.deepEqual(ids, [vocabulary.startId, 5, 4, vocabulary.endId]);
  assert.deepEqual(vocabulary.decode([...ids, 5, 5]), ['a', 'b']);
});

test('without start and end, asking for them says how to get them', () => {
  const vocabulary = Vocabulary.build(lists);
  assert.throws(() => vocabulary.encode(['a'], { end: true }), /build it with \{ startAndEnd: true \}/);
  assert.throws(() => vocabulary.startId, /no start and end/);
});

test('a token of the text that is spelt like a special one is unknown, not special', () => {
  const vocabulary = Vocabulary.build([['<pad>', '<pad>', '<end>', 'a']], { startAndEnd: true });
  assert.deepEqual(vocabulary.encode(['<pad>', '<end>', 'a']), [1, 1, 4]);
});

test('names of object properties are ordinary tokens', () => {
  const vocabulary = Vocabulary.build([['a']]);
  assert.equal(vocabulary.id('constructor'), 1);
  assert.equal(vocabulary.has('__proto__'), false);
});

test('JSON keeps a vocabulary', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.string())), fc.boolean(), (tokenLists, startAndEnd) => {
      const vocabulary = Vocabulary.build(tokenLists, { startAndEnd });
      const read = Vocabulary.fromJSON(JSON.parse(JSON.stringify(vocabulary)));
      assert.deepEqual(read, vocabulary);
      for (const list of tokenLists) {
        assert.deepEqual(
          read.decode(read.encode(list)),
          list.map((token) => (read.has(token) ? token : '<unk>')),
        );
      }
    }),
    { numRuns: 100 },
  );
});

test('bad vocabularies are refused with the reason', () => {
  assert.throws(() => new Vocabulary(['a', 'a']), /tokens\[1\] repeats "a"/);
  assert.throws(() => new Vocabulary(['<pad>']), /tokens\[0\] is "<pad>", which is a special token/);
  assert.throws(() => Vocabulary.build(['text' as unknown as string[]]), /got "text": split the text first/);
  assert.throws(() => Vocabulary.build(lists, { minimumCount: 0 }), /minimumCount must be a positive integer, got 0/);
  assert.throws(() => Vocabulary.build(lists).encode('ab' as unknown as string[]), /got "ab": split the text first/);
  assert.throws(() => Vocabulary.build(lists).token(99), /id must be an integer from 0 to 4, got 99/);
  assert.throws(() => Vocabulary.fromJSON({} as never), /a vocabulary in JSON must look like/);
});

test('padding goes to the right and the mask tells it', async () => {
  const { tokens, mask, lengths } = padSequences([[5, 6, 7], [], [8]]);
  assert.deepEqual(await tokens.array(), [
    [5, 6, 7],
    [0, 0, 0],
    [8, 0, 0],
  ]);
  assert.deepEqual(await mask.array(), [
    [1, 1, 1],
    [0, 0, 0],
    [1, 0, 0],
  ]);
  assert.deepEqual(await lengths.array(), [3, 0, 1]);
  assert.deepEqual([tokens.dtype, mask.dtype, lengths.dtype], ['int32', 'float32', 'int32']);
});

test('disposing a padded batch frees all of it', () => {
  const before = tf.memory().numTensors;
  tf.dispose({ ...padSequences([[1], [2, 3]]) });
  assert.equal(tf.memory().numTensors, before);
});

test('a fixed length pads further, refuses or cuts', async () => {
  assert.deepEqual(await padSequences([[1, 2]], { length: 4, paddingId: 9 }).tokens.array(), [[1, 2, 9, 9]]);
  assert.throws(() => padSequences([[1], [1, 2, 3]], { length: 2 }), /sequences\[1\] has 3 ids, more than length 2/);
  const cut = padSequences([[1], [1, 2, 3]], { length: 2, truncate: true });
  assert.deepEqual(await cut.tokens.array(), [
    [1, 0],
    [1, 2],
  ]);
  assert.deepEqual(await cut.lengths.array(), [1, 2]);
});

test('bad sequences are named', () => {
  assert.throws(() => padSequences([]), /sequences must hold at least one sequence/);
  assert.throws(() => padSequences([[1], [2, -3]]), /sequences\[1\]\[1\] must be a non-negative integer, got -3/);
  assert.throws(
    () => padSequences([[1, undefined as unknown as number]]),
    /sequences\[0\]\[1\] must be .*got undefined/,
  );
  // Beyond int32 a number would turn negative in silence.
  assert.deepEqual(Array.from(padSequences([[2 ** 31 - 1]]).tokens.dataSync()), [2147483647]);
  for (const [sequences, options] of [
    [[[1], [2, 2 ** 31]], {}],
    [[[1]], { paddingId: 2 ** 32 }],
  ] as const) {
    const named = /(sequences\[1\]\[1\]|paddingId) must be at most 2147483647, which int32 holds, got \d+/;
    assert.throws(() => padSequences(sequences, options), named);
  }
  assert.throws(() => padSequences([[1]], { length: 0 }), /length must be a positive integer, got 0/);
});

test('batches hold every example once, neighbours in length, and repeat for a seed', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30), { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (lengths, batchSize) => {
      const batches = bucketBatches(lengths, { batchSize, random: new SeededRandom(0) });
      assert.deepEqual(
        batches.flat().sort((a, b) => a - b),
        lengths.map((_, index) => index),
      );
      assert.equal(batches.length, Math.ceil(lengths.length / batchSize));
      assert.deepEqual(bucketBatches(lengths, { batchSize, random: new SeededRandom(0) }), batches);
      // In order of length the batches' ranges touch at most at their ends.
      const ranges = batches.map((batch) => batch.map((index) => lengths[index]).sort((a, b) => a - b));
      ranges.sort((a, b) => a[0] - b[0] || a[a.length - 1] - b[b.length - 1]);
      for (let index = 1; index < ranges.length; index++) {
        assert.ok(ranges[index - 1][ranges[index - 1].length - 1] <= ranges[index][0]);
      }
    }),
    { numRuns: 100 },
  );
});

test('batches differ between epochs, and without random they go by length', () => {
  const lengths = Array.from({ length: 40 }, (_, index) => index % 5);
  const random = new SeededRandom(1);
  const first = bucketBatches(lengths, { batchSize: 4, random: random.fork('epoch 0') });
  const second = bucketBatches(lengths, { batchSize: 4, random: random.fork('epoch 1') });
  assert.notDeepEqual(first, second);
  assert.deepEqual(bucketBatches([3, 1, 2, 1], { batchSize: 3 }), [[1, 3, 2], [0]]);
});

test('bad options of batches are named', () => {
  assert.throws(() => bucketBatches([1], { batchSize: 0 }), /batchSize must be a positive integer, got 0/);
  assert.throws(() => bucketBatches([1], { batchSize: 2, bucketWidth: 0.5 }), /bucketWidth must be a positive integer/);
  assert.throws(() => bucketBatches([1, NaN], { batchSize: 2 }), /lengths\[1\] must be a number >= 0, got NaN/);
});
