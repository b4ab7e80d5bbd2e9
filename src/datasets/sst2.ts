/** SST-2: sentences of film reviews, and whether they are favourable. Not shipped: `npm run download -- sst2`. */
import { readDownload } from './downloadable';
import type { LabelledText, LabelledTexts } from './labelled-text';
import { orderByHash } from './order-by-hash';
import { readZipEntry } from './zip';

/** The classes of SST-2, in the order of its labels. */
export const SST2_CLASSES = ['negative', 'positive'];

/** How many different training phrases become `dev`. */
const DEV_SIZE = 2000;

/**
 * SST-2 as the GLUE benchmark publishes it. Its test part has no labels, so `test` is GLUE's `dev`, 872 whole sentences;
 * `dev` is 2,000 different phrases of GLUE's `train`, chosen by a hash, and `train` is the rest.
 *
 * @throws {Error} when it has not been downloaded; the message says how.
 * @throws {DownloadError} when the file is not the published one.
 * @see datasets/sst2/README.md for source, licence and limits.
 */
export function loadSst2(): LabelledTexts {
  const archive = readDownload('sst2');
  const read = (part: string): LabelledText[] =>
    parseSst2(readZipEntry(archive, `SST-2/${part}.tsv`).toString('utf8'), part);
  return splitSst2(read('train'), read('dev'));
}

/** From GLUE's `train` and `dev` to parts with labels: see {@link loadSst2}. */
export function splitSst2(train: LabelledText[], dev: LabelledText[], devSize = DEV_SIZE): LabelledTexts {
  // By the words: a phrase that stands there twice must not be on both sides.
  const phrase = ({ tokens }: LabelledText): string => tokens.join(' ');
  const held = new Set(orderByHash([...new Set(train.map(phrase))], (words) => words).slice(0, devSize));
  return {
    classes: [...SST2_CLASSES],
    train: train.filter((text) => !held.has(phrase(text))),
    dev: train.filter((text) => held.has(phrase(text))),
    test: dev,
  };
}

/**
 * Reads a table of SST-2: a line `sentence TAB label` first, then a phrase in lower-case words and 0 or 1.
 *
 * @param name for the examples' ids and for messages.
 * @throws {Error} when a line has another form; the message names it.
 */
export function parseSst2(text: string, name: string): LabelledText[] {
  const [head, ...lines] = text.trimEnd().split(/\r?\n/);
  if (head !== 'sentence\tlabel') throw new Error(`${name} must begin with "sentence TAB label", got ${head}`);
  return lines.map((line, index) => {
    const [sentence = '', label = '', ...others] = line.split('\t');
    const tokens = sentence.split(' ').filter((word) => word !== '');
    if (!['0', '1'].includes(label) || others.length > 0 || tokens.length === 0) {
      throw new Error(`${name}, line ${index + 2}: expected a phrase, TAB, 0 or 1; got ${line}`);
    }
    return { id: `${name}-${index}`, tokens, label: Number(label) };
  });
}
