import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { measureWordVectors } from '../../../scripts/word-vector-figures';
import { recordedRuns } from '../../../src/datasets/recorded-runs';
import { alongAxis, loadWordVectors, nearestWords, wordAxis, WordVectorsError } from '../../../src/embeddings';

const folder = path.join(__dirname, '../../../models/embeddings');
const card = fs.readFileSync(path.join(folder, 'README.md'), 'utf8');

describe('the vectors of the course', () => {
  const vectors = loadWordVectors();

  test('are small, and their card says how large', () => {
    const bytes = fs.readdirSync(folder).reduce((sum, name) => sum + fs.statSync(path.join(folder, name)).size, 0);
    assert.ok(bytes < 1.25e6, `${bytes} bytes`);
    assert.match(card, /10,000 words, 100 numbers each/);
    assert.equal(vectors.size, 10_000);
    assert.equal(vectors.dimensions, 100);
  });

  test('reach the figures of their card', () => {
    const figures = measureWordVectors(vectors);
    const row = /\| these files, 10,000 words \| ([\d.]+) % \| ([\d.]+) % \| ([\d.]+) % \|/.exec(card);
    assert.ok(row, 'the card has a row of figures');
    [figures.triplets, figures.analogiesFirst, figures.analogiesFirstTen].forEach((share, index) => {
      assert.ok(Math.abs(100 * share - Number(row[index + 1])) < 0.06, `${share}, the card says ${row[index + 1]} %`);
    });
    assert.ok(card.includes(`${figures.tripletCount.toLocaleString('en-US')} triplets`), String(figures.tripletCount));
    assert.ok(card.includes(`${figures.analogyCount} analogies`), String(figures.analogyCount));
  });

  test('come from the recorded run that the card quotes, and one byte a number costs nothing', () => {
    const [command] = /npm run train -- embeddings [^`\n]*--save/.exec(card) ?? [];
    assert.ok(command, 'the card has the command');
    const run = recordedRuns('embeddings').find(
      ({ model, seed }) => model === 'brown + state-of-the-union + glosses' && seed === 0,
    );
    assert.ok(run);
    for (const share of [run.metrics.triplets, run.metrics.analogiesFirst, run.metrics.analogiesFirstTen]) {
      assert.ok(card.includes(`${(100 * share).toFixed(1)} %`), String(share));
    }
    assert.ok(card.includes(run.commit), run.commit);
    // The questions are not quite the same (10,000 words know fewer nouns): two standard errors of 2,433 triplets.
    assert.ok(Math.abs(measureWordVectors(vectors).triplets - run.metrics.triplets) < 0.017);
  });

  test('know what lesson 01 says of them', () => {
    const near = (word: string): string[] => nearestWords(vectors, word, { count: 10 }).map((found) => found.word);
    assert.ok(near('monday').filter((word) => word.endsWith('day')).length >= 3, near('monday').join());
    assert.ok(near('france').filter((word) => ['germany', 'spain', 'britain', 'italy'].includes(word)).length >= 2);
    const axis = wordAxis(vectors, [['he', 'she']]);
    for (const [he, she] of [['uncle', 'aunt'], ['king', 'queen'], ['brother', 'sister']]) {
      assert.ok(alongAxis(vectors, she, axis) > alongAxis(vectors, he, axis), `${he}, ${she}`);
    } // prettier-ignore
  });

  test('are refused when a file is damaged', () => {
    const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'course-vectors-'));
    fs.cpSync(folder, copy, { recursive: true });
    const file = path.join(copy, 'vectors.bin');
    const bytes = fs.readFileSync(file);
    bytes[500_000] ^= 4;
    fs.writeFileSync(file, bytes);
    assert.throws(
      () => loadWordVectors(copy),
      (error) => error instanceof WordVectorsError && /vectors\.bin is damaged/.test(error.message),
    );
    fs.rmSync(copy, { recursive: true });
  });
});
