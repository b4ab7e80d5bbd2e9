import { tf } from '../tensorflow';

/** Options of {@link EarlyStopping}. */
export interface EarlyStoppingOptions {
  /** How many epochs in a row may bring nothing better before the training ends. 1 ends it at the first. */
  patience: number;
}

/**
 * Ends a training when the figure on held-out data no longer falls, and goes back to the weights of the best epoch.
 *
 * A model that goes on learning its training data by heart gets worse elsewhere; more epochs then cost time and quality.
 * Give `stop` to `train` as its `stop`, call `record` with each epoch's figure in its `evaluate`, and `restoreBest` at
 * the end. With checkpoints, give `state` as their `otherVariables`: a training that was killed then remembers its best.
 *
 * @see Prechelt 1998, "Early Stopping - But When?", https://doi.org/10.1007/3-540-49430-8_3: the criterion UP.
 *     Keras: `EarlyStopping(patience, restore_best_weights=True)`, which has no memory beyond its process.
 */
export class EarlyStopping {
  private readonly patience: number;
  private readonly kept: readonly { variable: tf.Variable; copy: tf.Variable }[];
  /** The lowest figure, and how many epochs have passed since: [2]. A variable, so that checkpoints keep it. */
  private readonly best: tf.Variable<tf.Rank.R1>;

  /**
   * @param variables the weights to go back to.
   * @throws {RangeError} when `patience` is not a whole number above 0.
   */
  constructor(variables: readonly tf.Variable[], { patience }: EarlyStoppingOptions) {
    if (!(Number.isInteger(patience) && patience >= 1)) {
      throw new RangeError(`patience must be a whole number of epochs, at least 1, got ${patience}`);
    }
    this.patience = patience;
    this.kept = variables.map((variable) => ({ variable, copy: tf.variable(variable, false) }));
    this.best = tf.tidy(() => tf.variable(tf.tensor1d([Infinity, 0]), false));
  }

  /** All that a checkpoint must keep. */
  get state(): readonly tf.Variable[] {
    return [...this.kept.map(({ copy }) => copy), this.best];
  }

  /** The lowest figure so far, to the precision of float32; Infinity before the first. */
  get lowest(): number {
    const [lowest = Infinity] = this.best.dataSync();
    return lowest;
  }

  /**
   * Takes the figure of an epoch, of which less is better, and keeps the weights if it is the lowest so far.
   *
   * @throws {RangeError} when the figure is not a number.
   */
  record(figure: number): void {
    if (Number.isNaN(figure)) throw new RangeError('the figure of the epoch is not a number');
    const [lowest = Infinity, waited = 0] = this.best.dataSync();
    // The same rounding on both sides, or a tie would count as better.
    const better = Math.fround(figure) < lowest;
    if (better) for (const { variable, copy } of this.kept) copy.assign(variable);
    tf.tidy(() => this.best.assign(tf.tensor1d(better ? [figure, 0] : [lowest, waited + 1])));
  }

  /** Whether the last epochs brought nothing better. */
  readonly stop = (): boolean => {
    const [, waited = 0] = this.best.dataSync();
    return waited >= this.patience;
  };

  /** Puts the weights of the best epoch back; without an epoch, the weights stay as they are. */
  restoreBest(): void {
    if (this.lowest < Infinity) for (const { variable, copy } of this.kept) variable.assign(copy);
  }

  /** Frees the copies. */
  dispose(): void {
    tf.dispose([...this.state]);
  }
}
