import { dateExamples } from '../../src/datasets';
import { bootstrapInterval, phoneErrorRate } from '../../src/metrics';
import { buildVocabularies, saveSeq2Seq, TextPair, trainSeq2Seq, translate } from '../../src/seq2seq';
import { characterTokens } from '../../src/text';
import type { DateTraining } from './dates';
import { buildModel, lossOf, nameOf, parameterCount, recordTraining, timed } from './encoder-decoder-model';

/** Longest answer: ten characters and the end symbol, with room for mistakes. */
const MAXIMUM_STEPS = 14;

/** Trains, prints the figures on held-out dates, saves the model and records the figures if wanted. */
export async function trainDates(training: DateTraining): Promise<void> {
  const { seed, steps, batch: batchSize, learningRate, seconds, checkpoint, save } = training;
  const pairs = dateExamples({ split: 'train', count: training.train }).map(tokens);
  const vocabularies = buildVocabularies(pairs);
  const model = buildModel(training, vocabularies, pairs);
  const parameters = parameterCount(model);
  console.log(`${nameOf(training)}, ${parameters} parameters, ${training.train} strings, seed ${seed}`);

  const config = { task: 'dates', ...model.description };
  const history = await timed(() =>
    trainSeq2Seq(model, {
      ...{ pairs, vocabularies, steps, seed, batchSize, learningRate, timeBudgetSeconds: seconds },
      ...lossOf(training, model),
      checkpoint: checkpoint && { ...checkpoint, config },
    }),
  );

  const metrics = printFigures(training, (sources) =>
    translate(model, vocabularies, sources, { maximumSteps: MAXIMUM_STEPS }),
  );
  if (save !== undefined) console.log(`saved: ${saveSeq2Seq(save, { model, vocabularies }, history.losses.length)}`);
  if (training.record) {
    const epochs = (history.losses.length * batchSize) / pairs.length;
    recordTraining('dates', training, { command: training.command, parameters, epochs, history, metrics });
  }
}

function printFigures(
  { test }: DateTraining,
  write: (sources: readonly string[][]) => { text: string[] }[],
): Record<string, number> {
  const examples = dateExamples({ split: 'test', count: test });
  const written = write(examples.map(({ source }) => characterTokens(source))).map(({ text }) => text);
  const right = written.map((text, index) => Number(text.join('') === examples[index].target));
  const { low, high } = bootstrapInterval(right, mean, { seed: 0 });
  const { micro } = phoneErrorRate(
    written.map((hypothesis, index) => ({ hypothesis, references: [characterTokens(examples[index].target)] })),
  );
  console.log(
    `held-out dates: ${percent(mean(right))} exact (95 % interval ${percent(low)} to ${percent(high)}), ` +
      `${percent(micro)} of the characters wrong, ${test} strings`,
  );
  for (const format of new Set(examples.map((example) => example.format))) {
    const here = right.filter((_, index) => examples[index].format === format);
    console.log(`  ${percent(mean(here)).padStart(7)}  ${format}`);
  }
  const where = (yearFirst: boolean) =>
    right.filter((_, index) => examples[index].format.startsWith('2008') === yearFirst);
  return {
    exact: mean(right),
    ...(where(true).length > 0 && { exactYearFirst: mean(where(true)) }),
    ...(where(false).length > 0 && { exactYearLast: mean(where(false)) }),
    characterErrorRate: micro,
  };
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
