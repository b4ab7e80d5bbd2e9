/** Training on words and phones: words a second, and how much of what the processor can do. */
import type { Seq2SeqDescription } from '../src/seq2seq';
import { Contest, layersColumns, shareColumns, threadsColumn, torchColumns } from './contest';
import { BatchSize, LUONG, trainingStepTask } from './seq2seq';
import { BenchTable, median } from './table';

/** CMUdict's words have 7 to 8 letters, and its pronunciations 6 to 7 phones with the end symbol. */
export const WORDS: BatchSize = { examples: 256, sourceSymbols: 8, targetSymbols: 7 };
/** The small and the large models of `models/`. */
export const WORD_MODELS: Record<string, Seq2SeqDescription> = {
  'small (64, 128)': { ...LUONG, embeddingUnits: 32 },
  'large (2 x 260, 520)': { ...LUONG, embeddingUnits: 64, encoderUnits: 260, encoderLayers: 2, decoderUnits: 520 },
};

/** A step with 256 words, without padding, against the same of tf.layers and of PyTorch. */
export function benchThroughput(rounds: number): Promise<BenchTable[]> {
  return Contest.hold(async (contest) => {
    const rates = await contest.matmulRates(rounds);
    const rows: BenchTable['rows'] = [];
    for (const [name, description] of Object.entries(WORD_MODELS)) {
      const task = trainingStepTask(description, WORDS);
      const tasks = { ours: task, layers: { ...task, what: 'layersTrainingStep' } } as const;
      const outcome = await contest.compare(tasks, rounds);
      rows.push({
        'encoder, decoder': name,
        ...layersColumns(outcome),
        'words a second': (1000 * WORDS.examples) / median(outcome.ours.times),
        ...shareColumns(outcome, matmulWork(description, WORDS), rates),
        ...torchColumns(outcome),
        ...threadsColumn(outcome),
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
          'share: of the rate of square matrix products, counting the matrix products of the step alone.',
          ...rates.notes,
          ...contest.aboutTorch,
        ],
      },
    ];
  });
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
