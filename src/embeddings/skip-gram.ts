import { listenForInterrupt, nextTurn, type Interrupt } from '../training/interrupt';
import { LossError } from '../training/loss-error';
import { chooseProgress, silentProgress, type Progress, type ProgressState } from '../training/progress';
import { SeededRandom } from '../training/random';
import { WordVectors } from './word-vectors';

/** Options of {@link trainSkipGram}. The defaults are those of the vectors in models/embeddings. */
export interface SkipGramOptions {
  /** Numbers a word gets. Default 100. */
  dimensions?: number | undefined;
  /** How far a context word may be away; each word draws its own reach from 1 to this. Default 5. */
  window?: number | undefined;
  /** Words drawn at random against each true context word. Default 5. */
  negatives?: number | undefined;
  /** Rarer words are left out of the text. Default 5. */
  minimumCount?: number | undefined;
  /** Words with a larger share of the text than this are skipped now and then. Default 3e-4. */
  subsample?: number | undefined;
  /** How often to read the text. Default 5. */
  epochs?: number | undefined;
  /** Step size at the start; it falls evenly to a hundredth. Default 0.05. */
  learningRate?: number | undefined;
  /** Any integer: decides first vectors, windows, skipped and negative words. */
  seed: number;
  /** `false` for silence, or a display of your own. Default: what suits the place. */
  progress?: boolean | Progress | undefined;
}

/**
 * Skip-gram with negative sampling (word2vec): learns vectors from which a word can tell its neighbours in the text from
 * random words.
 *
 * For a word with vector v, a true neighbour with output vector u and random words with output vectors u_k it lowers
 * -log sigmoid(u . v) - sum_k log sigmoid(-u_k . v), by plain gradient steps, one for each word of the text: all its
 * context words share five random words, which then count as if each had drawn its own. Written without
 * TensorFlow: each step touches seven rows of a large table, and a loop over typed arrays is faster at that than a tape
 * of tensor operations; lesson 01 holds its gradients against `tf.grads`. The same seed gives the same vectors.
 *
 * A drawn word may be one of the true contexts, as in equation 4, where the draws know nothing of the pair. (The authors'
 * program leaves it out of the draws for that context; with some thousand words this hardly ever matters.) No step moves
 * a vector further than 5; with the usual options they are shorter anyway.
 *
 * An interrupt (Ctrl-C, or the square button of a notebook) ends the training, and the vectors so far are returned.
 *
 * @param sentences lists of words; a window never reaches beyond its sentence.
 * @returns the input vectors of all words that occur at least `minimumCount` times, most frequent first.
 * @throws {LossError} when the numbers are no longer finite: the message names the step. There are no vectors then.
 * @throws {RangeError} when an option has a wrong value, or no two words are frequent enough.
 * @see Mikolov, Sutskever, Chen, Corrado & Dean 2013, "Distributed Representations of Words and Phrases and their
 *     Compositionality", equation 4 and section 2.3. Lesson 01, sections 5 and 6.
 */
export async function trainSkipGram(
  sentences: readonly (readonly string[])[],
  options: SkipGramOptions,
): Promise<WordVectors> {
  const settings = withDefaults(options);
  const { words, counts } = countWords(sentences, settings.minimumCount);
  if (words.length < 2) throw new RangeError(`fewer than 2 words occur ${settings.minimumCount} times`);
  const interrupt = await listenForInterrupt();
  try {
    const run = new SkipGramRun(settings, counts);
    const ids = new Map(words.map((word, id) => [word, id]));
    const texts = sentences.map((sentence) => {
      const known = sentence.map((word) => ids.get(word)).filter((id) => id !== undefined);
      return Int32Array.from(known);
    });
    await run.learn(texts, interrupt);
    if (!run.input.every(Number.isFinite)) throw new LossError(brokenStep('a vector is not finite'));
    return new WordVectors(words, run.input);
  } finally {
    interrupt.release();
  }
}

/**
 * The pairs (word, context word) of a sentence when every word reaches `window` words to both sides: what skip-gram
 * learns from. In training each word draws its own reach, so that near words count more.
 *
 * @see Lesson 01, section 5.
 */
export function skipGramPairs<Item>(sentence: readonly Item[], window: number): [Item, Item][] {
  return sentence.flatMap((center, place) =>
    sentence
      .map((context, other): [Item, Item, number] => [center, context, Math.abs(other - place)])
      .filter(([, , distance]) => distance > 0 && distance <= window)
      .map(([word, context]): [Item, Item] => [word, context]),
  );
}

/** All options, with their defaults. */
type Settings = Pick<SkipGramOptions, 'progress'> & {
  [Option in Exclude<keyof SkipGramOptions, 'progress'>]-?: NonNullable<SkipGramOptions[Option]>;
};

function withDefaults(options: SkipGramOptions): Settings {
  const settings: Settings = {
    dimensions: 100,
    window: 5,
    negatives: 5,
    minimumCount: 5,
    subsample: 3e-4,
    epochs: 5,
    learningRate: 0.05,
    ...given(options),
  };
  for (const name of ['dimensions', 'window', 'negatives', 'minimumCount', 'epochs'] as const) {
    const value = settings[name]!;
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${name} must be a whole number >= 1, got ${value}`);
  }
  for (const name of ['subsample', 'learningRate'] as const) {
    if (!(settings[name] > 0 && settings[name] < Infinity))
      throw new RangeError(`${name} must be a number above 0, got ${settings[name]}`);
  }
  return settings;
}

/** The options that have a value: one that is undefined means the default. */
function given(options: SkipGramOptions): Pick<Settings, 'seed'> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Settings;
}

/** Words and how often they occur. */
export interface CountedWords {
  /** Each word once, most frequent first. */
  words: string[];
  /** How often each occurs, in the same order. */
  counts: number[];
}

/** The words that are frequent enough, most frequent first, ties in the order of character codes. */
export function countWords(sentences: readonly (readonly string[])[], minimumCount: number): CountedWords {
  const counts = new Map<string, number>();
  for (const sentence of sentences) for (const word of sentence) counts.set(word, (counts.get(word) ?? 0) + 1);
  const kept = [...counts]
    .filter(([, count]) => count >= minimumCount)
    .sort(([a, countOfA], [b, countOfB]) => countOfB - countOfA || (a < b ? -1 : 1));
  return { words: kept.map(([word]) => word), counts: kept.map(([, count]) => count) };
}

/** How many places the table of negative words has: a word takes a share of them. */
const TABLE_SIZE = 2 ** 20;
/** Random words that all contexts of a word share. */
const DRAWN = 5;
/**
 * How far one step may move a vector. Of two vectors that both overshoot, each makes the other's next step longer, until
 * numbers overflow. With the usual options steps stay below this.
 */
const LONGEST_STEP = 5;
/** Milliseconds of work between two looks at the progress line and the interrupt. */
const SLICE = 100;

/** One call of {@link trainSkipGram}. */
class SkipGramRun {
  private readonly settings: Settings;
  readonly input: Float32Array;
  private readonly output: Float32Array;
  private readonly random: SeededRandom;
  private readonly keep: Float64Array;
  private readonly table: Int32Array;
  private readonly slope: Float32Array;
  private readonly progress: Progress;
  private rate = 0;
  /** Of the vector of the word whose step is made. */
  private length = 0;
  private loss = 0;
  private terms = 0;
  private recentLoss = Math.log(2);

  constructor(settings: Settings, counts: readonly number[]) {
    this.settings = settings;
    const { dimensions, seed, subsample, progress } = settings;
    const total = counts.reduce((sum, count) => sum + count, 0);
    const first = new SeededRandom(seed).fork('first vectors');
    this.random = new SeededRandom(seed).fork('training');
    this.input = Float32Array.from({ length: counts.length * dimensions }, () => (first.uniform() - 0.5) / dimensions);
    this.output = new Float32Array(counts.length * dimensions);
    this.slope = new Float32Array(dimensions);
    // A word with the share s of the text is read with the probability sqrt(t / s) + t / s, as word2vec's program does.
    this.keep = Float64Array.from(counts, (count) => {
      const ratio = (subsample * total) / count;
      return Math.sqrt(ratio) + ratio;
    });
    this.table = negativeTable(counts);
    this.progress = typeof progress === 'object' ? progress : progress === false ? silentProgress : chooseProgress();
  }

  async learn(texts: readonly Int32Array[], interrupt: Interrupt): Promise<void> {
    const { epochs, seed, learningRate } = this.settings;
    const steps = epochs * texts.length;
    const start = performance.now();
    let shown = start;
    let step = 0;
    const state = (epoch: number): ProgressState => {
      const speed = step / ((performance.now() - start) / 1000);
      return { step, steps, epoch: epoch + 1, loss: this.recentLoss, speed, remaining: (steps - step) / speed };
    };
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = new SeededRandom(seed).fork(`epoch ${epoch}`).shuffle(texts.map((_, place) => place));
      shown = performance.now(); // the first step of an epoch has not taken as long as the shuffle
      for (const index of order) {
        this.rate = learningRate * Math.max(0.01, 1 - step / steps);
        this.learnSentence(texts[index]!);
        if (!Number.isFinite(this.loss)) throw new LossError(brokenStep(`the loss is ${this.loss}`, step, epoch));
        step += 1;
        if (performance.now() - shown < SLICE) continue;
        this.recentLoss = this.terms > 0 ? this.loss / this.terms : this.recentLoss;
        this.loss = this.terms = 0;
        this.progress.update(state(epoch));
        await nextTurn();
        shown = performance.now();
        if (interrupt.requested) return this.progress.finish(state(epoch), `Interrupted after ${step} sentences.`);
      }
    }
    const seconds = Math.round((performance.now() - start) / 1000);
    if (this.terms > 0) this.recentLoss = this.loss / this.terms;
    this.progress.finish(state(epochs - 1), `Finished: ${step} sentences in ${seconds} s.`);
  }

  private learnSentence(text: Int32Array): void {
    const { random, keep } = this;
    const words = text.filter((word) => keep[word]! >= 1 || random.uniform() < keep[word]!);
    for (let place = 0; place < words.length; place++) {
      const reach = 1 + random.integer(this.settings.window);
      const from = Math.max(0, place - reach);
      const to = Math.min(words.length - 1, place + reach);
      if (to > from) this.learnWord(words, place, from, to);
    }
  }

  /** One gradient step for a word, its true contexts `from` to `to`, and random words. */
  private learnWord(words: Int32Array, place: number, from: number, to: number): void {
    const { input, slope, table, random } = this;
    const { dimensions, negatives } = this.settings;
    const at = words[place]! * dimensions;
    slope.fill(0);
    this.length = Math.sqrt(dotOfRows(input, at, input, at, dimensions));
    let loss = 0;
    for (let other = from; other <= to; other++) if (other !== place) loss += this.compare(at, words[other]!, 1, 1);
    const weight = ((to - from) * negatives) / DRAWN; // as if each context had drawn its own
    for (let draw = 0; draw < DRAWN; draw++) loss += this.compare(at, table[random.integer(TABLE_SIZE)]!, 0, weight);
    const step = boundedStep(this.rate, Math.sqrt(dotOfRows(slope, 0, slope, 0, dimensions)));
    for (let d = 0; d < dimensions; d++) input[at + d]! += step * slope[d]!;
    this.loss += loss;
    this.terms += (to - from) * (1 + negatives);
  }

  /**
   * Compares the word at `at` with an output vector: moves that vector and notes in `slope` where the word should go.
   *
   * @returns the loss.
   */
  private compare(at: number, word: number, isContext: 0 | 1, weight: number): number {
    const { input, output, slope } = this;
    const { dimensions } = this.settings;
    const row = word * dimensions;
    const probability = 1 / (1 + Math.exp(-dotOfRows(input, at, output, row, dimensions))); // that it is a context
    const error = weight * (isContext - probability);
    const step = boundedStep(this.rate * error, this.length);
    for (let d = 0; d < dimensions; d++) {
      const value = output[row + d]!;
      slope[d]! += error * value;
      output[row + d] = value + step * input[at + d]!;
    }
    return -weight * Math.log(Math.max(1e-12, isContext ? probability : 1 - probability));
  }
}

function brokenStep(what: string, step?: number, epoch?: number): string {
  const place = step === undefined ? 'after the last step' : `at step ${step} (epoch ${epoch})`;
  return `${what} ${place}: training cannot go on, and there are no vectors. Try a smaller learningRate`;
}

/** The step size, or the one with which a gradient of that length leads no further than {@link LONGEST_STEP}. */
function boundedStep(step: number, length: number): number {
  const distance = Math.abs(step) * length;
  return distance > LONGEST_STEP ? (step * LONGEST_STEP) / distance : step;
}

/** The dot product of two rows of tables. Four sums side by side: the processor need not wait for one to finish. */
function dotOfRows(a: Float32Array, fromA: number, b: Float32Array, fromB: number, size: number): number {
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
  let d = 0;
  for (; d + 3 < size; d += 4) {
    sum0 += a[fromA + d]! * b[fromB + d]!;
    sum1 += a[fromA + d + 1]! * b[fromB + d + 1]!;
    sum2 += a[fromA + d + 2]! * b[fromB + d + 2]!;
    sum3 += a[fromA + d + 3]! * b[fromB + d + 3]!;
  }
  for (; d < size; d++) sum0 += a[fromA + d]! * b[fromB + d]!;
  return sum0 + sum1 + (sum2 + sum3);
}

/** A table in which each word stands as often as its count to the power 0.75 demands: a random place is a draw. */
function negativeTable(counts: readonly number[]): Int32Array {
  const shares = counts.map((count) => count ** 0.75);
  const total = shares.reduce((sum, share) => sum + share, 0);
  const table = new Int32Array(TABLE_SIZE);
  let word = 0;
  let sum = shares[0]!;
  for (let place = 0; place < TABLE_SIZE; place++) {
    table[place] = word;
    if ((place + 1) / TABLE_SIZE > sum / total && word < counts.length - 1) sum += shares[++word]!;
  }
  return table;
}
