import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { BROWN_GENRES, loadBrown, parseBrown } from '../../../src/datasets/brown';
import { textTable } from '../../../src/datasets/checksum';
import { loadGlossSentences } from '../../../src/datasets/gloss-sentences';
import { loadStateOfTheUnion, plainSentences } from '../../../src/datasets/state-of-the-union';

const card = (name: string): string =>
  fs.readFileSync(path.join(__dirname, `../../../datasets/${name}/README.md`), 'utf8');
const brown = loadBrown();
const addresses = loadStateOfTheUnion();

test('tags are stripped: only what stands behind the last slash of a token', () => {
  const text =
    "\n\tThe/at Fulton/np-tl jury/nn didn't/dod* say/vb ``/`` 1/2/cd ''/'' in/in 1961/cd of/in well-known/jj Atlanta's/np$ ./.\n\n";
  assert.deepEqual(parseBrown(text), [
    ['the', 'fulton', 'jury', "didn't", 'say', '0', '0', 'in', '0000', 'of', 'well', 'known', "atlanta's"],
  ]);
});

test('running text is cut into sentences', () => {
  assert.deepEqual(plainSentences('We don’t know. Nor do 13 others!  '), [["we", "don't", 'know'], ['nor', 'do', '00', 'others']]); // prettier-ignore
});

test('the cards quote the texts as they are', () => {
  assert.ok(card('brown').includes(textTable(brown)), textTable(brown));
  assert.ok(card('state-of-the-union').includes(textTable(addresses)), textTable(addresses));
});

test('the Brown corpus has 500 texts of 15 genres, and no tag is left', () => {
  assert.equal(brown.length, 500);
  assert.deepEqual(new Set(brown.map(({ genre }) => genre)), new Set(Object.values(BROWN_GENRES)));
  for (const { sentences } of brown) for (const sentence of sentences) for (const word of sentence) assert.match(word, /^[a-z]+(?:'[a-z]+)*$|^0+$/); // prettier-ignore
});

test('addresses go from Washington to Biden', () => {
  assert.equal(addresses[0]?.year, 1790);
  assert.equal(addresses.at(-1)?.year, 2021);
  assert.deepEqual(addresses[0]?.sentences[0]?.slice(0, 6), ['fellow', 'citizens', 'of', 'the', 'senate', 'and']);
});

test('gloss sentences hold the words, their definition, and the examples', () => {
  const sentences = loadGlossSentences().map((sentence) => sentence.join(' '));
  assert.ok(sentences.length > 100_000);
  assert.ok(sentences.includes('crane large long necked wading bird of marshes and plains in many parts of the world'));
});
