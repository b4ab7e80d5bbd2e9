import { loadCmudict, PronouncedWord } from '../../src/datasets/cmudict';
import { isQuantised, loadQuantised, loadSeq2Seq, SavedSeq2Seq } from '../../src/seq2seq';
import { describeFigures, measure } from '../g2p-figures';
import { readLexicon, unknownSymbols } from '../lexicons';
import { characterTokens } from '../../src/text';
import { UsageError } from '../train/task';
import type { G2pEvaluation } from './g2p';

/** Prints the figures. @throws {UsageError} when a folder holds no such model. */
export function evaluateG2p({ models: folders, part, testFile, beam }: G2pEvaluation): void {
  const models = folders.map(load);
  requireSameVocabularies(folders, models);
  const words = testFile === undefined ? loadCmudict()[part] : readLexicon('test-file', testFile);
  folders.forEach((folder, index) => requireShortWords(folder, models[index], words));
  for (const warning of unknownSymbols(testFile === undefined ? part : 'test', words, models[0].vocabularies!))
    console.error(warning);
  const start = performance.now();
  const figures = measure(models, words, { beam });
  const search = beam === 1 ? 'greedy' : `beam ${beam}`;
  const seconds = (performance.now() - start) / 1000;
  console.log(`${folders.join(' + ')}, ${testFile ?? `CMUdict's ${part} words`}, ${search}, ${seconds.toFixed(1)} s`);
  console.log(describeFigures(figures));
}

function load(folder: string): SavedSeq2Seq {
  const saved = isQuantised(folder) ? loadQuantised(folder) : loadSeq2Seq(folder);
  if (saved.vocabularies) return saved;
  throw new UsageError(`--model ${folder} was saved without its vocabularies`);
}

/** @throws {UsageError} when a word is longer than the location score has places. */
function requireShortWords(folder: string, { model }: SavedSeq2Seq, words: readonly PronouncedWord[]): void {
  const { attention } = model.description;
  const longest = (attention !== 'none' && attention.maximumKeys) || Infinity;
  const word = words.find((each) => characterTokens(each.word).length > longest);
  if (!word) return;
  throw new UsageError(
    `--model ${folder} reads words of at most ${longest} letters (location score), got ${word.word}`,
  );
}

/** @throws {UsageError} when an id means another phone or letter in one of the models. */
function requireSameVocabularies(folders: string[], models: SavedSeq2Seq[]): void {
  const [first, ...others] = models.map(({ vocabularies }) => JSON.stringify(vocabularies));
  const stranger = others.findIndex((other) => other !== first);
  if (stranger >= 0) {
    throw new UsageError(
      `--model ${folders[stranger + 1]} knows other letters or phones than ${folders[0]}: they cannot write together`,
    );
  }
}
