import type { Alignment, AlignmentKind } from '../../src/attention';
import { dateExamples } from '../../src/datasets';
import { bootstrapInterval, phoneErrorRate } from '../../src/metrics';
import {
  buildVocabularies,
  createRewardBaseline,
  createSeq2Seq,
  exactMarginalLoss,
  reinforceLoss,
  saveSeq2Seq,
  Seq2SeqDescription,
  Seq2SeqModel,
  seq2SeqVariables,
  TextPair,
  trainSeq2Seq,
  TrainSeq2SeqOptions,
  translate,
} from '../../src/seq2seq';
import { characterTokens } from '../../src/text';
import type { DateTraining } from './dates';

/** Longest answer: ten characters and the end symbol, with room for mistakes. */
const MAXIMUM_STEPS = 14;

/** Trains, prints the figures on held-out dates, and saves the model if wanted. */
export async function trainDates(training: DateTraining): Promise<void> {
  const { seed, steps, batch: batchSize, learningRate, seconds, checkpoints: folder, save } = training;
  const pairs = dateExamples({ split: 'train', count: training.train }).map(tokens);
  const vocabularies = buildVocabularies(pairs);
  const description: Seq2SeqDescription = {
    sourceVocabulary: vocabularies.source.size,
    targetVocabulary: vocabularies.target.size,
    embeddingUnits: training.embedding,
    encoderUnits: training.encoder,
    decoderUnits: training.decoder,
    order: training.order,
    attention: attentionOf(training, pairs),
  };
  const model = createSeq2Seq(description, { seed });
  const parameters = seq2SeqVariables(model).reduce((sum, { size }) => sum + size, 0);
  console.log(`${nameOf(training)}, ${parameters} parameters, ${training.train} strings, seed ${seed}`);

  const cpu = process.cpuUsage();
  const history = await trainSeq2Seq(model, {
    ...{ pairs, vocabularies, steps, seed, batchSize, learningRate, timeBudgetSeconds: seconds },
    ...lossOf(training, model),
    checkpoint: folder === undefined ? undefined : { folder, config: { task: 'dates', ...description } },
  });
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `${history.losses.length} steps, ${history.seconds.toFixed(1)} s, ` +
      `${((user + system) / 1e6).toFixed(1)} s of processor time, last loss ${history.losses.at(-1)?.toFixed(4)}`,
  );

  printFigures(training, (sources) => translate(model, vocabularies, sources, { maximumSteps: MAXIMUM_STEPS }));
  if (save !== undefined) console.log(`saved: ${saveSeq2Seq(save, { model, vocabularies }, history.losses.length)}`);
}

function printFigures({ test }: DateTraining, write: (sources: readonly string[][]) => { text: string[] }[]): void {
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
}

function tokens({ source, target }: { source: string; target: string }): TextPair {
  return { source: characterTokens(source), target: characterTokens(target) };
}

function attentionOf(training: DateTraining, pairs: TextPair[]): Seq2SeqDescription['attention'] {
  const { score, units } = training;
  if (score === 'none') return 'none';
  const maximumKeys = score === 'location' ? Math.max(...pairs.map(({ source }) => source.length)) : undefined;
  return { score, units, maximumKeys, alignment: alignmentOf(training) };
}

function alignmentOf({ alignment, radius, chunk }: DateTraining): Alignment {
  const alignments: { [K in AlignmentKind]: Alignment } = {
    soft: { kind: 'soft' },
    hard: { kind: 'hard', mode: 'argmax' },
    gumbel: { kind: 'gumbel', temperature: 1, straightThrough: true },
    localMonotonic: { kind: 'localMonotonic', radius },
    localPredictive: { kind: 'localPredictive', radius },
    monotonic: { kind: 'monotonic' },
    chunkwise: { kind: 'chunkwise', chunk },
    forward: { kind: 'forward' },
    coverage: { kind: 'coverage' },
  };
  return alignments[alignment];
}

function lossOf({ loss }: DateTraining, model: Seq2SeqModel): Partial<TrainSeq2SeqOptions> {
  if (loss === 'likelihood') return {};
  if (loss === 'marginal') return { loss: exactMarginalLoss };
  const baseline = createRewardBaseline(model);
  return {
    loss: (trained, batch, seed) => reinforceLoss(trained, batch, { seed, baseline }),
    otherVariables: [baseline.kernel, baseline.bias],
  };
}

function nameOf({ order, score, alignment, loss }: DateTraining): string {
  return score === 'none' ? `${order}, no attention` : `${order}, ${score} score, ${alignment} alignment, ${loss}`;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
