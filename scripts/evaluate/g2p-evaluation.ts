import { loadCmudict, PronouncedWord } from '../../src/datasets/cmudict';
import { describeFigures, measure } from '../g2p-figures';
import { writeBothWays } from '../../src/seq2seq/agreement';
import { G2pModel, loadG2pModels, mostLetters } from '../g2p-models';
import { readLexicon, unknownSymbols } from '../lexicons';
import { characterTokens } from '../../src/text';
import { UsageError } from '../command-line/usage-error';
import type { G2pEvaluation } from './g2p';

/** Prints the figures. @throws {UsageError} when a folder holds no such model. */
export function evaluateG2p({ models: folders, part, testFile, beam }: G2pEvaluation): void {
  const models = loadG2pModels(folders);
  const words = testFile === undefined ? loadCmudict()[part] : readLexicon('test-file', testFile);
  folders.forEach((folder, index) => requireShortWords(folder, models[index], words));
  for (const warning of unknownSymbols(testFile === undefined ? part : 'test', words, models[0].vocabularies))
    console.error(warning);
  const start = performance.now();
  const figures = measure(models, words, { beam });
  const both = writeBothWays(models.map(({ model }) => model)) ? ' in both directions' : '';
  const search = (beam === 1 ? 'greedy' : `beam ${beam}`) + both;
  const seconds = (performance.now() - start) / 1000;
  console.log(`${folders.join(' + ')}, ${testFile ?? `CMUdict's ${part} words`}, ${search}, ${seconds.toFixed(1)} s`);
  console.log(describeFigures(figures));
}

/** @throws {UsageError} when a word is longer than the location score has places. */
function requireShortWords(folder: string, model: G2pModel, words: readonly PronouncedWord[]): void {
  const longest = mostLetters(model);
  const word = words.find((each) => characterTokens(each.word).length > longest);
  if (!word) return;
  throw new UsageError(
    `--model ${folder} reads words of at most ${longest} letters (location score), got ${word.word}`,
  );
}
