import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { splitTable } from '../../../src/datasets/checksum';
import { distinctGlosses, GLOSS_CLASSES, loadGlosses } from '../../../src/datasets/glosses';
import { glossWords } from '../../../src/datasets/labelled-text';
import { HAYSTACK_LENGTH, loadNeedles, NEEDLE_LENGTH } from '../../../src/datasets/needles';
import { orderByHash } from '../../../src/datasets/order-by-hash';
import { hashText } from '../../../src/datasets/split';
import { parseSynset, readSynsets } from '../../../src/datasets/wordnet';

const card = fs.readFileSync(path.join(__dirname, '../../../datasets/glosses/README.md'), 'utf8');
const glosses = loadGlosses();
const needles = loadNeedles();

describe('hashText', () => {
  test('is FNV-1a with the finaliser of MurmurHash3', () => {
    // FNV-1a of these texts is published: 811c9dc5, e40c292c, bf9cf968. The finaliser, computed apart in big integers:
    const finalise = (hash: bigint): number => {
      const mask = 0xffffffffn;
      hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & mask;
      hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & mask;
      return Number(hash ^ (hash >> 16n));
    };
    assert.equal(hashText(''), finalise(0x811c9dc5n));
    assert.equal(hashText('a'), finalise(0xe40c292cn));
    assert.equal(hashText('foobar'), finalise(0xbf9cf968n));
  });

  test('texts that differ in their last character spread over the whole range', () => {
    const hashes = Array.from({ length: 1000 }, (_, index) => hashText(`0000${1000 + index}`));
    const quarters = [0, 0, 0, 0];
    for (const hash of hashes) quarters[Math.floor(hash / 2 ** 30)]! += 1;
    assert.ok(Math.min(...quarters) > 200, `quarters hold ${quarters.join(', ')} of 1000`);
  });

  test('the order does not depend on where an item stood', () => {
    const items = Array.from({ length: 50 }, (_, index) => `item ${index}`);
    assert.deepEqual(
      orderByHash([...items].reverse(), (item) => item),
      orderByHash(items, (item) => item),
    );
  });
});

describe('WordNet', () => {
  test('a synset is read field by field', () => {
    const line =
      '02156140 05 n 02 crane 0 long_legged_bird a 001 @ 02002723 n 0000 | a large bird; "cranes fly"; "a crane!"  ';
    assert.deepEqual(parseSynset(line), {
      offset: '02156140',
      lexicographerFile: 5,
      words: ['crane', 'long legged bird'],
      definition: 'a large bird',
      examples: ['cranes fly', 'a crane!'],
    });
  });

  test('a damaged line is named', () => {
    assert.throws(() => parseSynset('02156140 05 n 02 crane'), /WordNet's data is damaged: .*02156140/);
  });

  test('the number of synsets is that of WordNet 3.1', () => {
    assert.equal(readSynsets('noun').length, 82_192);
    assert.equal(readSynsets('verb').length, 13_789);
  });

  test('an unknown part of speech is refused', () => {
    assert.throws(
      () => readSynsets('pronoun' as 'noun'),
      /partOfSpeech must be one of noun, verb, adj, adv, got pronoun/,
    );
  });
});

describe('glosses', () => {
  test('the card quotes the splits as they are', () => {
    assert.ok(card.includes(splitTable(glosses)), `the card should contain\n${splitTable(glosses)}`);
    assert.ok(card.includes(splitTable(needles)), `the card should contain\n${splitTable(needles)}`);
  });

  test('no text of one part occurs in another', () => {
    const texts = [glosses.train, glosses.dev, glosses.test].flat().map(({ tokens }) => tokens.join(' '));
    assert.equal(new Set(texts).size, 36_000);
    assert.ok(!texts.includes(''));
  });

  test('labels are classes, and every class that is not tiny occurs in the test part', () => {
    const seen = new Set(glosses.test.map(({ label }) => glosses.classes[label]));
    for (const name of GLOSS_CLASSES) assert.ok(seen.has(name) || name === 'top concept', `no ${name}`);
    const ibis = distinctGlosses().find(({ id }) => id === '02008444');
    assert.equal(glosses.classes[ibis?.label ?? -1], 'animal');
  });

  test('a smaller training part is the beginning of a larger one, and the test part stays', () => {
    const small = loadGlosses({ train: 100 });
    assert.deepEqual(small.train, glosses.train.slice(0, 100));
    assert.deepEqual(small.test, glosses.test);
  });

  test('sizes are checked', () => {
    assert.throws(() => loadGlosses({ train: -1 }), /train must be a whole number >= 0, got -1/);
    assert.throws(() => loadGlosses({ train: 90_000 }), /must be at most \d+, got 96000/);
  });

  test('words are lower case, digits zeros, hyphens gaps', () => {
    assert.deepEqual(glossWords("Noah's flat-bottomed boat (1809-65), at 3 o'clock"), [
      ...["noah's", 'flat', 'bottomed', 'boat', '0000', '00', 'at', '0', "o'clock"],
    ]);
  });
});

describe('needles', () => {
  const all = [needles.train, needles.dev, needles.test].flat();

  test('each class occurs equally often in every part', () => {
    for (const part of [needles.train, needles.dev, needles.test]) {
      const counts = needles.classes.map((_, label) => part.filter((needle) => needle.label === label).length);
      assert.deepEqual(new Set(counts), new Set([part.length / 8]));
    }
  });

  test('the needle stands where `start` says, word for word', () => {
    const byId = new Map(distinctGlosses().map((gloss) => [gloss.id, gloss]));
    for (const { id, tokens, start, label } of all) {
      assert.equal(tokens.length, HAYSTACK_LENGTH);
      const gloss = byId.get(id);
      assert.deepEqual(tokens.slice(start, start + NEEDLE_LENGTH), gloss?.tokens.slice(0, NEEDLE_LENGTH));
      assert.equal(needles.classes[label], GLOSS_CLASSES[gloss?.label ?? -1]);
    }
  });

  test('as few test needles as the card says stand word for word in train', () => {
    const words = ({ tokens, start }: (typeof all)[0]) => tokens.slice(start, start + NEEDLE_LENGTH).join(' ');
    const seen = new Set(needles.train.map(words));
    const known = [needles.dev, needles.test].map((part) => part.filter((needle) => seen.has(words(needle))).length);
    const card = fs.readFileSync(path.join(__dirname, '../../../datasets/glosses/README.md'), 'utf8');
    assert.ok(
      card.includes(`${known[0]} of the 1,000 dev needles and ${known[1]} of the 2,000 test needles`),
      String(known),
    );
  });

  test('needles stand everywhere, equally often', () => {
    const places = new Array<number>(HAYSTACK_LENGTH - NEEDLE_LENGTH + 1).fill(0);
    for (const { start } of needles.train) places[start]! += 1;
    // 387 expected at each of 31 places, standard deviation 19
    assert.ok(Math.min(...places) > 300 && Math.max(...places) < 480, places.join(' '));
  });

  test('neither needles nor the sentences around held-out ones were seen in training', () => {
    const ids = new Set(needles.train.map(({ id }) => id));
    assert.ok([...needles.dev, ...needles.test].every(({ id }) => !ids.has(id)));
    const runs = (needle: (typeof all)[number]): string[] => {
      const before = needle.tokens.slice(0, needle.start);
      return before.slice(8).map((_, index) => before.slice(index, index + 9).join(' '));
    };
    const seen = new Set(needles.train.flatMap(runs));
    const shared = needles.test.flatMap(runs).filter((run) => seen.has(run));
    assert.ok(shared.length < 20, `${shared.length} runs of nine words shared, such as "${shared[0]}"`);
  });

  test('sizes are checked', () => {
    assert.throws(() => loadNeedles({ train: 12 }), /train must be a multiple of 8, got 12/);
    assert.throws(() => loadNeedles({ train: 80_000 }), /must be at most \d+/);
  });
});
