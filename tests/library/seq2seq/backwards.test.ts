import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  beamSearch,
  buildVocabularies,
  createSeq2Seq,
  Decoded,
  greedySearch,
  Seq2SeqModel,
  TextPair,
  trainSeq2Seq,
} from '../../../src/seq2seq';
import { ALIGNMENT_KINDS } from '../../../src/attention';
import { ALIGNMENTS, GENERAL, SIZES, tinyBatch, tinyModel } from './models';

const STEPS = 6;
const LOCAL = { score: 'general', alignment: { kind: 'localPredictive', radius: 2 } } as const;

/** The very same weights, writing the other way. */
function turned({ description, weights }: Seq2SeqModel): Seq2SeqModel {
  return { description: { ...description, backwards: true }, weights };
}

/** What is written first comes last; the end symbol stays where it is. */
function assertTurned(turnedAround: Decoded, written: Decoded): void {
  const { tokens, finished } = written;
  assert.equal(turnedAround.finished, finished);
  assert.equal(turnedAround.logProbability, written.logProbability);
  assert.deepEqual(turnedAround.tokens, [...tokens].reverse());
  for (const field of ['symbolLogProbabilities', 'weights', 'positions'] as const) {
    const [there, here] = [turnedAround[field]!, written[field]!];
    assert.equal(there.length, tokens.length + Number(finished));
    here.forEach((value, step) =>
      assert.deepEqual(there[step < tokens.length ? tokens.length - 1 - step : step], value),
    );
  }
}

test('a model that writes backwards hands its text over in order, with each symbol its probability and weights', () => {
  const model = tinyModel({ attention: LOCAL }, 2);
  const { source, mask } = tinyBatch();
  const options = { mask, maximumSteps: STEPS };
  const [written, inOrder] = [model, turned(model)].map((each) => greedySearch(each, source, options));
  const [found, foundInOrder] = [model, turned(model)].map((each) => beamSearch(each, source, { ...options, beam: 3 }));
  assert.ok(
    written.some(({ tokens }) => tokens.join() !== [...tokens].reverse().join()),
    'order matters',
  );
  assert.ok(written.some(({ finished }) => finished) && found.flat().some(({ finished }) => finished));
  written.forEach((decoded, example) => assertTurned(inOrder[example], decoded));
  found.forEach((sequences, example) =>
    sequences.forEach((decoded, rank) => assertTurned(foundInOrder[example][rank], decoded)),
  );
});

test('training a model that writes backwards is training on targets that are written backwards', async () => {
  const pairs: TextPair[] = ['ab', 'abc', 'bca', 'cabb'].map((word) => ({
    ...{ source: [...word], target: [...word.toUpperCase()] },
  }));
  const reversed = pairs.map(({ source, target }) => ({ source, target: [...target].reverse() }));
  const vocabularies = buildVocabularies(pairs);
  const sizes = { sourceVocabulary: vocabularies.source.size, targetVocabulary: vocabularies.target.size };
  const losses = async (backwards: boolean, examples: TextPair[]) => {
    const model = createSeq2Seq({ ...SIZES, ...sizes, order: 'luong', attention: GENERAL, backwards }, { seed: 2 });
    const options = { vocabularies, steps: 5, batchSize: 2, seed: 1, progress: false };
    return (await trainSeq2Seq(model, { ...options, pairs: examples })).losses;
  };
  assert.deepEqual(await losses(true, pairs), await losses(false, reversed));
  assert.notDeepEqual(await losses(true, pairs), await losses(false, pairs));
});

test('an alignment that walks from the beginning of the source to its end is refused', () => {
  const walking = new Set<string>();
  for (const alignment of ALIGNMENTS) {
    try {
      tinyModel({ attention: { score: 'general', alignment }, backwards: true });
    } catch (error) {
      assert.match(
        (error as Error).message,
        new RegExp(`^backwards must be left out with the alignment ${alignment.kind}`),
      );
      walking.add(alignment.kind);
    }
  }
  assert.deepEqual([...walking].sort(), ['chunkwise', 'forward', 'localMonotonic', 'monotonic']);
  assert.equal(new Set(ALIGNMENTS.map(({ kind }) => kind)).size, ALIGNMENT_KINDS.length);
});

test('models that write in different directions cannot share their steps', () => {
  const { source, mask } = tinyBatch();
  const model = tinyModel();
  assert.throws(() => greedySearch([model, turned(model)], source, { mask, maximumSteps: STEPS }), {
    name: 'RangeError',
    message:
      /^models must write in one direction to share their steps: models\[1\] has backwards true, models\[0\] false/,
  });
});
