/** Training on words and phones: words a second, and how much of what the processor can do. */
import os from 'node:os';
import type { Seq2SeqDescription } from '../src/seq2seq';
import { matmulRates } from './lstm';
import { BatchSize, LUONG, trainingStepTask } from './seq2seq';
import { BenchTable, median } from './table';
import { best, ratio, takeTurns } from './turns';
import { Task, Worker } from './workers';

/** CMUdict's words have 7 to 8 letters, and its pronunciations 6 to 7 phones with the end symbol. */
export const WORDS: BatchSize = { examples: 256, sourceSymbols: 8, targetSymbols: 7 };
/** The small and the large models of `models/`. */
export const WORD_MODELS: Record<string, Seq2SeqDescription> = {
  'small (64, 128)': { ...LUONG, embeddingUnits: 32 },
  'large (2 x 260, 520)': { ...LUONG, embeddingUnits: 64, encoderUnits: 260, encoderLayers: 2, decoderUnits: 520 },
};

/**
 * A step with 256 words, without padding, against the same of tf.layers and of PyTorch.
 *
 * Each runs in a process of its own with one thread for an operation, and in another with as many as there are cores;
 * its best counts.
 */
export async function benchThroughput(rounds: number): Promise<BenchTable[]> {
  const threadCounts = [...new Set([1, os.cpus().length])];
  const tensorflow = threadCounts.map((threads) => Worker.tensorflow(threads));
  const torchOrReason = await Promise.all(threadCounts.map((threads) => Worker.torch(threads)));
  const torch = torchOrReason.flatMap((each) => (typeof each === 'string' ? [] : [each.worker]));
  try {
    const rates = await matmulRates(tensorflow, rounds);
    const oneThread = rates.get(tensorflow[0])!;
    const allThreads = Math.max(...rates.values());
    const rows: BenchTable['rows'] = [];
    for (const [name, description] of Object.entries(WORD_MODELS)) {
      const task = trainingStepTask(description, WORDS);
      const layersTask: Task = { ...task, what: 'layersTrainingStep' };
      const series = await takeTurns(
        [
          ...tensorflow.map((worker) => ({ worker, task })),
          ...tensorflow.map((worker) => ({ worker, task: layersTask })),
          ...torch.map((worker) => ({ worker, task })),
        ],
        rounds,
      );
      const count = tensorflow.length;
      const ours = best(series.slice(0, count));
      const layers = best(series.slice(count, 2 * count));
      const theirs = torch.length > 0 ? best(series.slice(2 * count)) : undefined;
      const seconds = median(ours.times) / 1000;
      const rate = matmulWork(description, WORDS) / seconds / 1e9;
      rows.push({
        'encoder, decoder': name,
        'ours ms': median(ours.times),
        'tf.layers ms': median(layers.times),
        'times faster': ratio(layers.times, ours.times),
        'words a second': WORDS.examples / seconds,
        'share of one core %': (100 * rate) / oneThread,
        'share of all cores %': (100 * rate) / allThreads,
        'PyTorch ms': theirs ? median(theirs.times) : null,
        'ours / PyTorch': theirs ? ratio(ours.times, theirs.times) : null,
        threads: [ours, layers, theirs].map((each) => each?.worker.threads ?? '-').join(' '),
      });
    }
    return [
      {
        title: 'Training on words and phones: a step with 256 words',
        columns: Object.keys(rows[0]),
        rows,
        notes: [
          `Medians of ${rounds} interleaved rounds; ratios are medians of the rounds' ratios.`,
          'tf.layers: the same architecture in layers of TensorFlow.js, with tf.train.adam.',
          'threads: those of ours, tf.layers, PyTorch, each at its best count.',
          `share: of the rate of square matrix products, ${oneThread.toFixed(0)} GFLOP/s with one thread, ` +
            `${allThreads.toFixed(0)} with all.`,
          ...new Set(torchOrReason.map((each) => (typeof each === 'string' ? each : each.about))),
        ],
      },
    ];
  } finally {
    for (const worker of [...tensorflow, ...torch]) worker.stop();
  }
}

/** Operations in the matrix products of a training step in Luong's order: each once forward and twice backward. */
function matmulWork(
  { embeddingUnits, encoderUnits, encoderLayers = 1, decoderUnits, targetVocabulary }: Seq2SeqDescription,
  { examples, sourceSymbols, targetSymbols }: BatchSize,
): number {
  const memory = 2 * encoderUnits;
  const lstm = (features: number, units: number) => (features + units) * 4 * units;
  const layers = Array.from({ length: encoderLayers }, (_, layer) => (layer === 0 ? embeddingUnits : memory));
  const aSourceSymbol = layers.reduce((sum, features) => sum + 2 * lstm(features, encoderUnits), 0);
  const aTargetSymbol =
    lstm(embeddingUnits, decoderUnits) +
    decoderUnits * memory + // query to score
    2 * sourceSymbols * memory + // scores, and reading
    (memory + decoderUnits) * decoderUnits + // attentional vector
    decoderUnits * targetVocabulary;
  const anExample = sourceSymbols * aSourceSymbol + targetSymbols * aTargetSymbol + 2 * memory * decoderUnits;
  return 2 * 3 * examples * anExample;
}
