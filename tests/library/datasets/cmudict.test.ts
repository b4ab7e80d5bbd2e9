import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { lexiconTable } from '../../../src/datasets/checksum';
import { LexiconError, loadCmudict, parseLexicon } from '../../../src/datasets/cmudict';

const card = fs.readFileSync(path.join(__dirname, '../../../datasets/cmudict/README.md'), 'utf8');
const cmudict = loadCmudict();

test('the splits are the ones of the data card', () => {
  for (const row of lexiconTable(cmudict).trim().split('\n')) assert.ok(card.includes(row), row);
});

test('no word is in two parts, and every word has letters and phones without stress', () => {
  const { train, dev, test } = cmudict;
  const all = [...train, ...dev, ...test];
  assert.equal(new Set(all.map(({ word }) => word)).size, all.length);
  for (const { word, pronunciations } of all) {
    assert.match(word, /^[a-z']+$/);
    assert.ok(pronunciations.length > 0);
    for (const phones of pronunciations) for (const phone of phones) assert.match(phone, /^[A-Z]{1,2}$/);
  }
  const phones = new Set(all.flatMap(({ pronunciations }) => pronunciations.flat()));
  assert.equal(phones.size, 39);
});

test('as many test words as the data card says are training words but for an apostrophe', () => {
  const bare = ({ word }: { word: string }) => word.replaceAll("'", '');
  const trained = new Set(cmudict.train.map(bare));
  const alike = cmudict.test.filter((word) => trained.has(bare(word))).length;
  assert.ok(
    card.includes(`${alike} of the test words are a word of the training part but for an apostrophe`),
    `${alike}`,
  );
});

test('smaller parts are beginnings of larger ones, and test never moves', () => {
  const small = loadCmudict({ train: 100 });
  assert.deepEqual(small.train, cmudict.train.slice(0, 100));
  assert.deepEqual(small.test, cmudict.test);
  assert.throws(() => loadCmudict({ train: 200_000 }), /at most 123874, got 214670/);
  assert.throws(() => loadCmudict({ dev: -1 }), /dev must be a whole number >= 0, got -1/);
});

test('a lexicon is read: alternatives, comments, stress, line ends', () => {
  const text =
    '\uFEFF;;; a comment\r\n## another\nREAD  R EH1 D\nREAD(1)  R IY1 D # verb\n\nREAD(2) R IY0 D\nnaïve n a: i v\n(  P\n';
  assert.deepEqual(parseLexicon(text, 'own.dict'), [
    {
      word: 'read',
      pronunciations: [
        ['R', 'EH', 'D'],
        ['R', 'IY', 'D'],
      ],
    },
    { word: 'naïve', pronunciations: [['n', 'a:', 'i', 'v']] },
    { word: '(', pronunciations: [['P']] },
  ]);
});

test('digits that are no stress of CMUdict stay: tones, and phones of other alphabets', () => {
  const phones = (text: string) => parseLexicon(text, 'own.dict').flatMap(({ pronunciations }) => pronunciations);
  const tones = [1, 2, 3, 4].map((tone) => `w${tone}  HH AO${tone} A${tone}`).join('\n');
  assert.deepEqual(
    phones(tones),
    [1, 2, 3, 4].map((tone) => ['HH', `AO${tone}`, `A${tone}`]),
  );
  assert.deepEqual(phones('x  AO1 X1 A1 T2'), [['AO', 'X1', 'A1', 'T2']]);
});

test('a line that is none is named with file and line', () => {
  assert.throws(
    () => parseLexicon('ONE  W AH1 N\nTWO\n', 'own.dict'),
    (error: Error) => {
      assert.ok(error instanceof LexiconError);
      assert.equal(error.message, 'own.dict, line 2: expected a word, blanks and its phones, got "TWO"');
      return true;
    },
  );
});

test('a phrase before a tab is no word, and is not taken for phones in silence', () => {
  assert.throws(() => parseLexicon('ice\tAY S\nice cream\tAY S K R IY M\n', 'own.tsv'), {
    name: 'LexiconError',
    message: /^own\.tsv, line 2: .*, got blanks before the tab in "ice cream\tAY S K R IY M"; put one word/,
  });
  assert.deepEqual(parseLexicon('# made by hand\nice  AY S # cold\n', 'own.dict'), [
    { word: 'ice', pronunciations: [['AY', 'S']] },
  ]);
  assert.deepEqual(parseLexicon('ice  \tAY S\ncat\tK\tAE\tT\n', 'own.tsv'), [
    { word: 'ice', pronunciations: [['AY', 'S']] },
    { word: 'cat', pronunciations: [['K', 'AE', 'T']] },
  ]);
});

test('other scripts: letters with marks are one, however they are encoded; marks without such a form stay', () => {
  const [word] = parseLexicon('CAF\u00c9\tk a f e\ncafe\u0301\tk a f \u025b\u0303\n', 'own.tsv');
  assert.deepEqual(word, {
    word: 'caf\u00e9',
    pronunciations: [
      ['k', 'a', 'f', 'e'],
      ['k', 'a', 'f', '\u025b\u0303'],
    ],
  });
  assert.deepEqual(parseLexicon('हिन्दी ɦ ɪ n d̪ iː\n', 'own.tsv')[0].pronunciations, [['ɦ', 'ɪ', 'n', 'd̪', 'iː']]);
});
