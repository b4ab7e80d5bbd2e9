import { createHash } from 'node:crypto';
import type { PronouncedWord, PronouncedWords } from './cmudict';
import type { LabelledText, LabelledTexts } from './labelled-text';

/** SHA-256 of the examples, one line each, in order: the name that a split goes by in its data card. */
export function splitChecksum(examples: readonly LabelledText[], classes: readonly string[]): string {
  const hash = createHash('sha256');
  for (const { id, tokens, label } of examples) hash.update(`${id}\t${classes[label] ?? ''}\t${tokens.join(' ')}\n`);
  return hash.digest('hex');
}

/** A table in Markdown, one row a part: how many examples and words, the share of the largest class, the checksum. */
export function splitTable(data: LabelledTexts): string {
  const rows = (['train', 'dev', 'test'] as const).map((part) => {
    const examples = data[part];
    const words = examples.reduce((sum, { tokens }) => sum + tokens.length, 0);
    const perClass = data.classes.map((_, label) => examples.filter((example) => example.label === label).length);
    const share = (100 * Math.max(...perClass)) / examples.length;
    const checksum = splitChecksum(examples, data.classes);
    return `| ${part} | ${examples.length} | ${words} | ${share.toFixed(1)} % | \`${checksum}\` |`;
  });
  return [
    '| part | examples | words | largest class | SHA-256 of the split |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** SHA-256 of the words with their pronunciations, one line each, in order: the name that a split goes by in its card. */
export function lexiconChecksum(words: readonly PronouncedWord[]): string {
  const hash = createHash('sha256');
  for (const { word, pronunciations } of words) {
    hash.update(`${word}\t${pronunciations.map((phones) => phones.join(' ')).join('\t')}\n`);
  }
  return hash.digest('hex');
}

/** A table in Markdown, one row a part: how many words, letters and pronunciations, and the checksum. */
export function lexiconTable(data: PronouncedWords): string {
  const rows = (['train', 'dev', 'test'] as const).map((part) => {
    const letters = data[part].reduce((sum, { word }) => sum + word.length, 0);
    const pronunciations = data[part].reduce((sum, word) => sum + word.pronunciations.length, 0);
    return `| ${part} | ${data[part].length} | ${letters} | ${pronunciations} | \`${lexiconChecksum(data[part])}\` |`;
  });
  return [
    '| part | words | letters | pronunciations | SHA-256 of the split |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** A table in Markdown: how many texts, sentences, words and different words, and the checksum of all sentences. */
export function textTable(texts: readonly { sentences: readonly (readonly string[])[] }[]): string {
  const hash = createHash('sha256');
  const different = new Set<string>();
  let [sentences, words] = [0, 0];
  for (const sentence of texts.flatMap((text) => text.sentences)) {
    hash.update(`${sentence.join(' ')}\n`);
    for (const word of sentence) different.add(word);
    sentences += 1;
    words += sentence.length;
  }
  const row = [texts.length, sentences, words, different.size, `\`${hash.digest('hex')}\``];
  return [
    '| texts | sentences | words | different words | SHA-256 of the sentences |',
    '|---|---|---|---|---|',
    `| ${row.join(' | ')} |`,
    '',
  ].join('\n');
}
