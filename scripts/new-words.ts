// Writes words that CMUdict does not have, chosen from a list of English words, for models to pronounce and learn from:
// node --require ts-node/register/transpile-only scripts/new-words.ts /usr/share/dict/american-english-insane [60000] > words.txt
import fs from 'node:fs';
import { loadCmudict } from '../src/datasets/cmudict';
import { orderByHash } from '../src/datasets/order-by-hash';

/** CMUdict is rich in names: all are taken, by default about as many other words, and some forms such as "city's". */
const MOST = { others: 60_000, possessives: 8_000 };
/** Most of CMUdict's words are of such a length. */
const [SHORTEST, LONGEST] = [3, 14];

const [file, most = String(MOST.others)] = process.argv.slice(2);
if (file === undefined || !/^\d+$/.test(most)) {
  console.error(
    'new-words: give the file of a list of words, one on a line, and if you like how many that are no names',
  );
  process.exit(2);
}
const { train, dev, test } = loadCmudict();
const listed = new Set([...train, ...dev, ...test].map(({ word }) => word));
const spelt = fs
  .readFileSync(file, 'utf8')
  .split('\n')
  .filter((word) => /^[A-Za-z][A-Za-z']*$/.test(word) && word.length >= SHORTEST && word.length <= LONGEST)
  // Capitals throughout or no vowel: an abbreviation, spoken by other rules.
  .filter((word) => /[aeiouy]/i.test(word) && !/^[A-Z']+$/.test(word));

const kinds = { names: new Set<string>(), others: new Set<string>(), possessives: new Set<string>() };
for (const spelling of spelt) {
  const word = spelling.toLowerCase();
  if (listed.has(word)) continue;
  if (!word.includes("'")) kinds[/^[A-Z]/.test(spelling) ? 'names' : 'others'].add(word);
  else if (listed.has(word.replace(/'s$/, ''))) kinds.possessives.add(word);
}
const { names, others, possessives } = kinds;
const chosen = [
  ...names,
  ...orderByHash(
    [...others].filter((word) => !names.has(word)),
    (word) => word,
  ).slice(0, Number(most)),
  ...orderByHash([...possessives], (word) => word).slice(0, MOST.possessives),
];
console.error(`${chosen.length} words, of them ${names.size} spelt with a capital`);
process.stdout.write(chosen.join('\n') + '\n');
