import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { DOWNLOADABLE_DATASETS, downloadedFile, readDownload } from '../../../src/datasets/downloadable';
import { parseSst2, splitSst2 } from '../../../src/datasets/sst2';
import { parseTatoeba, splitTatoeba } from '../../../src/datasets/tatoeba';
import { readZipEntry } from '../../../src/datasets/zip';
import { readGloveJson } from '../../../src/embeddings/glove';

// Written by Python's zipfile: dev.tsv stored, long.txt deflated, a comment at the end.
const ARCHIVE = Buffer.from(
  'UEsDBBQAAAAAAAAAIVBZjmxGHgAAAB4AAAANAAAAU1NULTIvZGV2LnRzdnNlbnRlbmNlCWxhYmVsCmEgZmluZSBmaWxtIAkxClBLAwQUAAAA' +
    'CAAAACFQFFKi8QkAAAAsAQAADgAAAFNTVC0yL2xvbmcudHh0y0lUyBlFxCEAUEsBAhQDFAAAAAAAAAAhUFmObEYeAAAAHgAAAA0AAAAAAAAA' +
    'AAAAAIABAAAAAFNTVC0yL2Rldi50c3ZQSwECFAMUAAAACAAAACFQFFKi8QkAAAAsAQAADgAAAAAAAAAAAAAAgAFJAAAAU1NULTIvbG9uZy50' +
    'eHRQSwUGAAAAAAIAAgB3AAAAfgAAAA4AbWFkZSBieSBQeXRob24=',
  'base64',
);

describe('readZipEntry', () => {
  test('reads stored and deflated files as another implementation wrote them', () => {
    assert.equal(readZipEntry(ARCHIVE, 'SST-2/dev.tsv').toString(), 'sentence\tlabel\na fine film \t1\n');
    assert.equal(readZipEntry(ARCHIVE, 'SST-2/long.txt').toString(), 'la '.repeat(100));
  });

  test('names what is wrong', () => {
    assert.throws(() => readZipEntry(ARCHIVE, 'x'), /has no x, only SST-2\/dev\.tsv, SST-2\/long\.txt/);
    assert.throws(() => readZipEntry(ARCHIVE.subarray(0, 150), 'x'), /damaged or cut short/);
    const other = Buffer.from(ARCHIVE);
    other[other.lastIndexOf('PK\x05\x06', undefined, 'latin1') + 16] += 1;
    assert.throws(() => readZipEntry(other, 'x'), /its directory does not fit/);
  });
});

describe('SST-2', () => {
  test('a phrase, TAB, its class', () => {
    const [text] = parseSst2('sentence\tlabel\nhide new secretions from the parental units \t0\n', 'train');
    const tokens = ['hide', 'new', 'secretions', 'from', 'the', 'parental', 'units'];
    assert.deepEqual(text, { id: 'train-0', tokens, label: 0 });
    assert.equal(parseSst2(readZipEntry(ARCHIVE, 'SST-2/dev.tsv').toString(), 'dev')[0].label, 1);
  });

  test('another form is refused, with the line', () => {
    assert.throws(() => parseSst2('index\tsentence\n0\tgood\n', 'test'), /test must begin with "sentence TAB label"/);
    assert.throws(() => parseSst2('sentence\tlabel\ngood\t1\nbad\n', 'train'), /train, line 3: .*got bad/);
    assert.throws(() => parseSst2('sentence\tlabel\ngood\t2\n', 'train'), /line 2/);
    assert.throws(() => parseSst2('sentence\tlabel\n \t1\n', 'train'), /line 2/);
  });

  test('no phrase stands in train and dev, however often it comes', () => {
    const lines = Array.from({ length: 300 }, (_, at) => `phrase ${at % 100}\t${at % 2}`);
    const train = parseSst2(['sentence\tlabel', ...lines].join('\n'), 'train');
    const parts = splitSst2(train, train.slice(0, 5), 50);
    assert.equal(parts.train.length + parts.dev.length, 300);
    assert.equal(parts.dev.length, 150, '50 phrases, each three times');
    const words = new Set(parts.train.map(({ tokens }) => tokens.join(' ')));
    assert.ok(parts.dev.every(({ tokens }) => !words.has(tokens.join(' '))));
    const reversed = splitSst2([...train].reverse(), [], 50).dev.reverse();
    assert.deepEqual(reversed, parts.dev, 'the order of the file does not matter');
  });
});

describe('Tatoeba', () => {
  test('words and marks of both languages; a third column is left out', () => {
    const [first, second] = parseTatoeba('Go.\tVa !\nI’m home.\tJ\u2019ai faim\u202f!\tCC-BY 2.0 (France)\n');
    assert.deepEqual(first, { source: ['go', '.'], target: ['va', '!'] });
    assert.deepEqual(second, { source: ["i'", 'm', 'home', '.'], target: ["j'", 'ai', 'faim', '!'] });
    assert.deepEqual(parseTatoeba('Cafe\u0301.\tÉté.')[0], { source: ['café', '.'], target: ['été', '.'] });
  });

  test('a line without a translation is refused', () => {
    assert.throws(() => parseTatoeba('Go.\tVa !\nRun!\n'), /line 2: expected English, TAB, French; got Run!/);
    assert.throws(() => parseTatoeba(''), /line 1/);
  });

  test('all translations of a sentence are in one part', () => {
    const pairs = parseTatoeba(Array.from({ length: 4000 }, (_, at) => `Word ${at >> 1}.\tMot ${at}.`).join('\n'));
    const parts = splitTatoeba(pairs);
    const where = new Map<string, string>();
    for (const part of ['train', 'dev', 'test'] as const) {
      for (const { source } of parts[part]) {
        const sentence = source.join(' ');
        assert.equal(where.get(sentence) ?? part, part, sentence);
        where.set(sentence, part);
      }
    }
    assert.equal(where.size, 2000);
    assert.ok(Math.abs(parts.test.length - 200) < 60 && Math.abs(parts.dev.length - 200) < 60);
  });
});

describe('GloVe', () => {
  const words = ['the', '"', 'a]:[1', 'naïve', '1996'];
  const entry = (word: string, rank: number): string => `${JSON.stringify(word)}:[${rank}.5,-1e-2,2.25,3,${rank}]`;
  const order = [4, 0, 1, 2, 3]; // a number comes first, as JSON.stringify puts it
  const json = `{"size":5,"words":${JSON.stringify(words)},"vectors":{${order.map((rank) => entry(words[rank], rank))}},"unkVector":[0,0,0,0,-1]}`;

  async function* inPieces(size: number): AsyncGenerator<Uint8Array> {
    const bytes = Buffer.from(json);
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }

  for (const size of [1, 7, 10_000]) {
    test(`reads the package's JSON in pieces of ${size}, in the order of frequency`, async () => {
      const vectors = await readGloveJson(inPieces(size), 5);
      assert.deepEqual(vectors.words, words);
      assert.equal(vectors.dimensions, 3);
      assert.deepEqual(
        vectors.vector('naïve').map((value) => Number(value.toFixed(4))),
        [3.5, -0.01, 2.25],
      );
    });
  }

  test('keeps the most frequent words only, and misses none', async () => {
    assert.deepEqual((await readGloveJson(inPieces(100), 2)).words, ['the', '"']);
    await assert.rejects(readGloveJson(inPieces(100), 6), /expected 6 words, found 5/);
  });
});

describe('npm run download', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['scripts/download.mjs', ...args], { encoding: 'utf8' });

  test('lists what there is, and refuses the rest in one line', () => {
    assert.match(run('--help').stdout, /sst2 .*\n.*tatoeba .*\n.*glove/);
    const { status, stderr } = run('imdb');
    assert.equal(status, 2);
    assert.equal(stderr, 'npm run download: unknown name imdb; there is sst2, tatoeba, glove\n');
    assert.equal(run('sst2', 'glove').status, 2);
  });

  test('every data set has a card with its address and checksum', () => {
    for (const [name, { url, checksum }] of Object.entries(DOWNLOADABLE_DATASETS)) {
      const card = fs.readFileSync(`datasets/${name}/README.md`, 'utf8');
      assert.ok(card.includes(url) && card.includes(checksum.value), name);
    }
  });

  test('without the file, the loader says how to get it', (t) => {
    if (fs.existsSync(downloadedFile('sst2'))) return t.skip('it has been downloaded here');
    assert.throws(
      () => readDownload('sst2'),
      /SST-2\.zip is missing\. npm run download -- sst2 fetches it; or save http/,
    );
  });
});
