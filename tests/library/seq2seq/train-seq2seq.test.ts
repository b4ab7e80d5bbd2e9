import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildVocabularies,
  createSeq2Seq,
  teacherForcingLoss,
  TextPair,
  trainSeq2Seq,
  TrainSeq2SeqOptions,
} from '../../../src/seq2seq';
import { tf } from '../../../src/tensorflow';
import { recordNativeCalls } from '../native-calls';
import { GENERAL } from './models';

/** Sources of 1 to 8 letters and targets of 1 to 8: no two pairs alike in both. */
const PAIRS: TextPair[] = Array.from({ length: 512 }, (_, index) => {
  const letters = (length: number) => Array.from({ length }, (_unused, place) => 'abcdefgh'[(index >> place) % 8]);
  return { source: letters(1 + (index % 8)), target: [...letters(1 + ((index >> 3) % 8)), `number ${index}`] };
});
const VOCABULARIES = buildVocabularies(PAIRS);
const SIZES = { embeddingUnits: 2, encoderUnits: 2, decoderUnits: 2 };

interface Batch {
  /** Which pairs are in it. */
  numbers: number[];
  keys: number;
  time: number;
}

/** The batches of one epoch, without any learning worth the name. */
async function batchesOfEpoch(options: Partial<TrainSeq2SeqOptions>): Promise<Batch[]> {
  const { source, target } = VOCABULARIES;
  const vocabularies = { sourceVocabulary: source.size, targetVocabulary: target.size };
  const model = createSeq2Seq({ ...SIZES, ...vocabularies, order: 'luong', attention: GENERAL }, { seed: 1 });
  const batches: Batch[] = [];
  await trainSeq2Seq(model, {
    ...{ pairs: PAIRS, vocabularies: VOCABULARIES, steps: PAIRS.length / 16, batchSize: 16, seed: 1, progress: false },
    ...options,
    loss: ({ weights }, batch) => {
      const tokens = batch.targets.arraySync().flatMap((row) => target.decode(row));
      const numbers = tokens.filter((token) => token.startsWith('number')).map((token) => Number(token.slice(7)));
      batches.push({ numbers, keys: batch.source.shape[1], time: batch.targets.shape[1] });
      return tf.addN(Object.values(weights).map((weight) => tf.sum(weight))) as tf.Scalar;
    },
  });
  return batches;
}

/** Target steps that are computed for nothing, all batches together. */
function padding(batches: Batch[]): number {
  const computed = batches.reduce((sum, { numbers, time }) => sum + numbers.length * time, 0);
  return computed - PAIRS.reduce((sum, { target }) => sum + target.length + 1, 0);
}

for (const bucketTargets of [false, true]) {
  test(`an epoch has every pair once, sources of like length together${bucketTargets ? ', and targets too' : ''}`, async () => {
    const batches = await batchesOfEpoch({ bucketWidth: 2, bucketTargets });
    const numbers = batches.flatMap((batch) => batch.numbers);
    assert.deepEqual(
      numbers.sort((a, b) => a - b),
      PAIRS.map((_, index) => index),
    );
    for (const { numbers: own, keys, time } of batches) {
      assert.equal(keys, Math.max(...own.map((index) => PAIRS[index].source.length)));
      assert.equal(time, 1 + Math.max(...own.map((index) => PAIRS[index].target.length)));
      // 128 pairs of each width of sources, and 32 of these of each width of targets: no batch needs another's.
      assert.ok(own.every((index) => keys - PAIRS[index].source.length < 2));
      if (bucketTargets) assert.ok(own.every((index) => time - 1 - PAIRS[index].target.length < 2));
    }
  });
}

test('batches with targets of like length need less padding, and come in random order', async () => {
  const [plain, bucketed] = [
    await batchesOfEpoch({ bucketWidth: 2 }),
    await batchesOfEpoch({ bucketWidth: 2, bucketTargets: true }),
  ];
  assert.ok(padding(bucketed) < padding(plain) / 3, `${padding(bucketed)} against ${padding(plain)}`);
  const sorted = [...bucketed].sort((a, b) => a.keys - b.keys || a.time - b.time);
  assert.notDeepEqual(bucketed, sorted);
  assert.deepEqual(await batchesOfEpoch({ bucketWidth: 2, bucketTargets: true }), bucketed, 'the same seed');
  const other = await batchesOfEpoch({ bucketWidth: 2, bucketTargets: true, seed: 2 });
  assert.notDeepEqual(other, bucketed);
});

test('without a bucket width all pairs share batches, and a width that is none is refused', async () => {
  const mixed = await batchesOfEpoch({});
  assert.ok(mixed.every(({ keys, time }) => keys > 5 && time > 5));
  await assert.rejects(batchesOfEpoch({ bucketTargets: true }), /bucketTargets needs a bucketWidth/);
  await assert.rejects(batchesOfEpoch({ bucketWidth: 0.5 }), /bucketWidth must be a positive integer, got 0.5/);
});

test('a training frees what it has made in native memory, also when it fails, and nothing of the caller', async () => {
  const { source, target } = VOCABULARIES;
  const vocabularies = { sourceVocabulary: source.size, targetVocabulary: target.size };
  const model = createSeq2Seq({ ...SIZES, ...vocabularies, order: 'luong', attention: GENERAL }, { seed: 1 });
  const baseline = tf.variable(tf.scalar(1));
  const options = { pairs: PAIRS, vocabularies: VOCABULARIES, steps: 2, batchSize: 4, seed: 1, progress: false };
  const loss: TrainSeq2SeqOptions['loss'] = (_, batch, seed) =>
    teacherForcingLoss(model, batch, { seed }).add(baseline.square().sum()) as tf.Scalar;
  const run = () => trainSeq2Seq(model, { ...options, otherVariables: [baseline], loss });
  const failing = () => trainSeq2Seq(model, { ...options, loss: () => tf.scalar(NaN) });
  await run();
  const tensors = tf.memory().numTensors;
  const { operations, handles } = await recordNativeCalls(async () => {
    await run();
    await assert.rejects(failing());
    await run();
  });
  const count = (name: string) => operations.filter((operation) => operation === name).length;
  assert.ok(count('VarHandleOp') > 0);
  assert.equal(count('DestroyResourceOp'), count('VarHandleOp'));
  assert.equal(handles, 0);
  assert.equal(tf.memory().numTensors, tensors);
  assert.ok([baseline, ...Object.values(model.weights)].every(({ isDisposed }) => !isDisposed));
});

test('no pairs at all are named', async () => {
  await assert.rejects(batchesOfEpoch({ pairs: [] }), /^RangeError: pairs must hold at least one pair, got none$/);
});
