import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, mock, test } from 'node:test';
import fc from 'fast-check';
import { loadWordVectors, saveWordVectors, WordVectors } from '../../../src/embeddings';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'word-vectors-'));
after(() => fs.rmSync(scratch, { recursive: true }));
const folder = path.join(scratch, 'vectors');

const of = (...words: string[]) =>
  new WordVectors(
    words,
    Float32Array.from({ length: 2 * words.length }, (_, index) => index - 1),
  );

test('whatever is written is read again: any text on a line, blanks and empty words last', () => {
  const word = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('', ' ', '\t', '\r', 'a\r', '\u2028', '\uFEFF', '  '),
  );
  const words = fc.uniqueArray(
    word.filter((each) => !each.includes('\n')),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(words, (each) => {
      saveWordVectors(folder, of(...each));
      assert.deepEqual(loadWordVectors(folder).words, each);
    }),
    { numRuns: 60 },
  );
});

test('what could not be read again is refused before anything is written, by name', () => {
  const place = path.join(scratch, 'refused');
  const refuse = (vectors: WordVectors, message: RegExp) => {
    assert.throws(() => saveWordVectors(place, vectors), { name: 'RangeError', message });
    assert.ok(!fs.existsSync(place));
  };
  refuse(of('a', 'new\nyork'), /words\[1\] must be text without line breaks, got "new\\nyork"/);
  refuse(of('\ud800', '\udc00'), /words\[0\] must be text without line breaks, got "\\ud800"/);
  for (const value of [NaN, Infinity]) {
    const vectors = new WordVectors(['a', 'b'], Float32Array.from([1, 2, 3, value]));
    refuse(vectors, /the vector of "b" must be of finite numbers, got (NaN|Infinity)/);
    saveWordVectors(path.join(scratch, 'first'), vectors, 1); // the first word alone is sound
  }
});

test('the smallest numbers that float32 has are written and read', () => {
  for (const value of [1.4e-45, 1e-44, 2.5e-43, 1e-40]) {
    const vectors = new WordVectors(['a'], Float32Array.from([value, -value]));
    saveWordVectors(folder, vectors);
    const [first, second] = loadWordVectors(folder).vector('a');
    assert.ok(first! >= 0 && first! <= 2 * value && second === -first!, `${value}: ${first}`);
  }
});

test('on a full disk the earlier vectors stay, and nothing half-written is left', () => {
  saveWordVectors(folder, of('old'));
  const before = fs.readdirSync(folder);
  for (const failing of ['writeFileSync', 'renameSync'] as const) {
    const full = mock.method(fs, failing, () => {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    });
    try {
      for (const place of [folder, path.join(scratch, 'new')]) {
        assert.throws(() => saveWordVectors(place, of('new', 'words')), {
          name: 'WordVectorsError',
          message: /could not be written to .*: ENOSPC/,
        });
      }
    } finally {
      full.mock.restore();
    }
    assert.deepEqual(fs.readdirSync(folder), before);
    assert.deepEqual(loadWordVectors(folder).words, ['old']);
    assert.ok(!fs.existsSync(path.join(scratch, 'new')));
  }
});

test('a manifest of another format is named with both formats', () => {
  saveWordVectors(folder, of('a'));
  const text = '{"format":"word-vectors float16","words":1,"dimensions":2}';
  fs.writeFileSync(path.join(folder, 'manifest.json'), text);
  const sum = createHash('sha256').update(text).digest('hex');
  const sums = path.join(folder, 'SHA256SUMS');
  fs.writeFileSync(sums, fs.readFileSync(sums, 'utf8').replace(/^\w+( {2}manifest\.json)$/m, `${sum}$1`));
  assert.throws(() => loadWordVectors(folder), {
    name: 'WordVectorsError',
    message: /manifest\.json is no manifest .* its format is "word-vectors float16", expected "word-vectors int8"/,
  });
});
