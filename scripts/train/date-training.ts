import { DateExample, dateExamples, loadDateLocales, Split } from '../../src/datasets';
import { bootstrapInterval, phoneErrorRate } from '../../src/metrics';
import { buildVocabularies, saveSeq2Seq, TextPair, trainSeq2Seq, translate } from '../../src/seq2seq';
import { characterTokens } from '../../src/text';
import type { DateTraining } from './dates';
import {
  buildModel,
  earlyStoppingOf,
  keepBest,
  learningOf,
  lossOf,
  nameOf,
  parameterCount,
  recipeOf,
  recordTraining,
  timed,
} from './encoder-decoder-model';
import { doAll, saveOrKeep } from './save';

/** Longest answer: ten characters and the end symbol, with room for mistakes. */
const MAXIMUM_STEPS = 14;
/** Written after each epoch; more would tell little more and take longer. */
const DEV_STRINGS = 500;

/** Trains, prints the figures on held-out dates, saves the model and records the figures if wanted. */
export async function trainDates(training: DateTraining): Promise<void> {
  const { seed, steps, batch: batchSize, checkpoint, save } = training;
  const pairs = examplesOf(training, 'train').map(tokens);
  const vocabularies = buildVocabularies(pairs);
  const held = [...examplesOf(training, 'dev'), ...examplesOf(training, 'test')].map(tokens);
  const model = buildModel(training, vocabularies, [...pairs, ...held]);
  const parameters = parameterCount(model);
  const strings = `${training.train} strings${training.locales ? ' of 25 languages' : ''}`;
  console.log(`${nameOf(training)}, ${parameters} parameters, ${strings}, seed ${seed}`);

  const task = training.locales ? 'date-locales' : 'dates';
  const early = earlyStoppingOf(training, model);
  const config = { task, ...model.description, ...recipeOf(training, { steps }), strings: training.train };
  const write = (sources: readonly string[][]) =>
    translate(model, vocabularies, sources, { maximumSteps: MAXIMUM_STEPS }).map(({ text }) => text);
  const dev = examplesOf(training, 'dev');
  const history = await timed(() =>
    trainSeq2Seq(model, {
      ...{ pairs, vocabularies },
      ...learningOf(training, steps),
      ...lossOf(training, model),
      evaluate: (epoch): Record<string, number> => {
        const { exact, characterErrorRate } = measure(dev, write);
        console.log(
          `epoch ${epoch + 1}: dev exact ${percent(mean(exact))}, ${percent(characterErrorRate)} of characters wrong`,
        );
        early?.record(characterErrorRate);
        return { exact: mean(exact), characterErrorRate };
      },
      stop: early?.stop,
      checkpoint: checkpoint && { ...checkpoint, config, otherVariables: early?.state },
    }),
  );
  keepBest(early, (lowest) => `${percent(lowest)} of the dev characters wrong`);

  const metrics = printFigures(training, write);
  const step = history.losses.length;
  const epochs = (step * batchSize) / pairs.length;
  const outcome = { command: training.command, parameters, epochs, history, metrics };
  const saveInto = (folder: string) => saveSeq2Seq(folder, { model, vocabularies }, step);
  doAll(
    () => save !== undefined && console.log(`saved: ${saveOrKeep('save', save, saveInto)}`),
    () => training.record && recordTraining(task, training, outcome),
  );
}

/** Writes dates, each as a list of characters. */
type Write = (sources: readonly string[][]) => string[][];

/** For each example 1 or 0, whether all of it is right; and the share of wrong characters. */
function measure(examples: readonly DateExample[], write: Write): { exact: number[]; characterErrorRate: number } {
  const written = write(examples.map(({ source }) => characterTokens(source)));
  const { micro } = phoneErrorRate(
    written.map((hypothesis, index) => ({ hypothesis, references: [characterTokens(examples[index].target)] })),
  );
  const exact = written.map((text, index) => Number(text.join('') === examples[index].target));
  return { exact, characterErrorRate: micro };
}

function printFigures(training: DateTraining, write: Write): Record<string, number> {
  const examples = examplesOf(training, 'test');
  const { exact: right, characterErrorRate: micro } = measure(examples, write);
  const { low, high } = bootstrapInterval(right, mean, { seed: 0 });
  console.log(
    `held-out dates: ${percent(mean(right))} exact (95 % interval ${percent(low)} to ${percent(high)}), ` +
      `${percent(micro)} of the characters wrong, ${examples.length} strings`,
  );
  const all = { exact: mean(right), characterErrorRate: micro };
  if (training.locales) return { ...all, ...printShares(examples, right, (example) => example.locale ?? '') };
  printShares(examples, right, (example) => example.format);
  const where = (yearFirst: boolean) =>
    right.filter((_, index) => examples[index].format.startsWith('2008') === yearFirst);
  return {
    exact: all.exact,
    ...(where(true).length > 0 && { exactYearFirst: mean(where(true)) }),
    ...(where(false).length > 0 && { exactYearLast: mean(where(false)) }),
    characterErrorRate: all.characterErrorRate,
  };
}

/** Prints the share of right answers for each format or language, and returns it by that name. */
function printShares(
  examples: readonly DateExample[],
  right: readonly number[],
  nameOf: (example: DateExample) => string,
): Record<string, number> {
  const languages = new Map(loadDateLocales().map(({ locale, language }) => [locale, `${locale} (${language})`]));
  const shares = [...new Set(examples.map(nameOf))].sort().map((name): [string, number] => {
    const share = mean(right.filter((_, index) => nameOf(examples[index]) === name));
    console.log(`  ${percent(share).padStart(7)}  ${languages.get(name) ?? name}`);
    return [name, share];
  });
  return Object.fromEntries(shares);
}

function examplesOf({ locales, train, test }: DateTraining, split: Split): DateExample[] {
  const count = { train, dev: DEV_STRINGS, test }[split];
  return dateExamples({ split, count, ...(locales && { locales: loadDateLocales() }) });
}

function tokens({ source, target }: { source: string; target: string }): TextPair {
  return { source: characterTokens(source), target: characterTokens(target) };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
