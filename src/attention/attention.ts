import { requireMask, requireShape, ShapeError } from '../shapes';
import { tf } from '../tensorflow';
import { withoutPadding } from '../without-padding';
import { align, alignmentWeightShapes, predictContext, requireAlignment } from './alignments/align';
import type { Alignment, PlainAlignmentKind, ScoreKind } from './kinds';
import {
  definedArguments,
  glorotInitializer,
  type LayerArguments,
  type LayerMask,
  type LayerShapes,
  listShapes,
  maskOf,
  requireKnownArguments,
  requireOwnMasks,
  requirePositiveInteger,
  type SequenceShape,
  splitInputs,
  type TakenMask,
} from './layer-inputs';
import { readValues } from './read-values';
import { requireScore, score, type ScoreWeights, scoreWeightShapes } from './scores/score';

/** Arguments of {@link Attention}, beside those of every layer. */
export interface AttentionArgs extends LayerArguments {
  /** How well a query matches a key. Default: 'additive'. */
  score?: ScoreKind | undefined;
  /** How scores become weights: a record, or the name of an alignment that needs no parameter. Default: 'soft'. */
  alignment?: Alignment | PlainAlignmentKind | undefined;
  /** Width of the hidden layers of `additive`, `concat` and of predicted positions. Default: the width of the keys. */
  units?: number | undefined;
  /** Length of the longest source, for the score `location`. Default: the length of the source, when it is fixed. */
  maximumKeys?: number | undefined;
  /** Whether to return `[context, weights]` instead of `context`. Default: false. */
  returnWeights?: boolean | undefined;
  /**
   * Whether to take hard decisions outside training, for the alignments that have any (`monotonic`, `chunkwise`,
   * `gumbel`, sampled `hard`). Their gradient is zero, so a loop of your own must call
   * `apply(inputs, { training: true })`, as with dropout. Default: true.
   */
  decideAtInference?: boolean | undefined;
  /** Seed of the initial weights and of the alignment's draws, 0 included. Default: random. */
  seed?: number | undefined;
}

/**
 * Attention as a layer: any score, any alignment, and the usual reading.
 *
 * Applied to `[query, value]` or `[query, value, key]`, where query is `[batch, queries, query width]`, value
 * `[batch, keys, width]` and key `[batch, keys, key width]` (default: the value). It returns the context
 * `[batch, queries, width]`, or with `returnWeights` `[context, weights [batch, queries, keys]]`.
 *
 * The mask of the source, `[batch, keys]`, is best given as one more input at the end, `[query, value, mask]`, which
 * {@link PaddingMask} makes from tokens. Called directly, the layer also takes `{ mask: [queryMask, valueMask] }`. A
 * model that would lose a mask on the way stops with an error. Where the queries' own mask reaches the layer, contexts of
 * padded queries are zero; it goes on with the context in any case.
 *
 * @throws {ShapeError} when an input's shape does not fit.
 * @throws {RangeError} when an argument is out of range.
 * @see Lesson 11, and lessons 05 to 09 for the single scores and alignments.
 */
export class Attention extends tf.layers.Layer {
  /** The name by which a saved model finds this class again. */
  static readonly className = 'Attention';

  private readonly score: ScoreKind;
  private readonly alignment: Alignment;
  private readonly units: number | undefined;
  private readonly maximumKeys: number | undefined;
  private readonly returnWeights: boolean;
  private readonly decideAtInference: boolean;
  private readonly seed: number | undefined;
  private readonly scoreWeights: Record<string, tf.LayerVariable> = {};
  private readonly alignmentWeights: Record<string, tf.LayerVariable> = {};
  private taken: TakenMask[] = [];
  private draws = 0;

  constructor(args: AttentionArgs = {}) {
    super(args);
    requireKnownArguments('Attention', args, [
      'score',
      'alignment',
      'units',
      'maximumKeys',
      'returnWeights',
      'decideAtInference',
      'seed',
    ]);
    const { alignment = 'soft' } = args;
    this.score = args.score ?? 'additive';
    const record: object = typeof alignment === 'string' ? { kind: alignment } : alignment;
    this.alignment = definedArguments({ ...record }) as unknown as Alignment;
    this.units = args.units;
    this.maximumKeys = args.maximumKeys;
    this.returnWeights = args.returnWeights ?? false;
    this.decideAtInference = args.decideAtInference ?? true;
    this.seed = args.seed;
    requireAlignment(this.alignment);
    requireScore(this.score);
    if (this.units !== undefined) requirePositiveInteger('units', this.units);
    if (this.maximumKeys !== undefined) requirePositiveInteger('maximumKeys', this.maximumKeys);
    this.supportsMasking = true;
  }

  override build(inputShape: LayerShapes): void {
    const { query, key } = shapesOf(inputShape);
    const [queryWidth, keyWidth] = [query[2] as number, key[2] as number];
    requirePositiveInteger('the width of the query of Attention', queryWidth);
    requirePositiveInteger('the width of the key of Attention', keyWidth);
    const sizes = { queryWidth, keyWidth, units: this.units, maximumKeys: this.maximumKeys ?? key[1] ?? undefined };
    Object.entries(scoreWeightShapes(this.score, sizes)).forEach(([name, shape], index) => {
      const initializer = name === 'b' ? tf.initializers.zeros() : glorotInitializer(this.seed, index);
      this.scoreWeights[name] = this.addWeight(name, shape, 'float32', initializer);
    });
    const own = alignmentWeightShapes(this.alignment, { queryWidth, units: this.units ?? keyWidth });
    Object.entries(own).forEach(([name, shape], index) => {
      this.alignmentWeights[name] = this.addWeight(name, shape, 'float32', glorotInitializer(this.seed, 10 + index));
    });
    this.built = true;
  }

  override computeOutputShape(inputShape: LayerShapes): LayerShapes {
    const { query, value } = shapesOf(inputShape);
    const context: SequenceShape = [query[0], query[1], value[2]];
    return this.returnWeights ? [context, [query[0], query[1], value[1]]] : context;
  }

  override call(
    inputs: tf.Tensor | tf.Tensor[],
    kwargs: { mask?: LayerMask; training?: boolean },
  ): tf.Tensor | tf.Tensor[] {
    return tf.tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const { mask, queryMask, ...given } = this.takeInputs(inputs, kwargs?.mask);
      const query = withoutPadding(given.query, queryMask); // [batch, queries, query width]
      const value = withoutPadding(given.value, mask); // [batch, keys, width]
      const key = given.key === given.value ? value : withoutPadding(given.key, mask); // [batch, keys, key width]
      const training = kwargs?.training ?? false;
      const scores = score(this.score, query, key, readAll<ScoreWeights[ScoreKind]>(this.scoreWeights)); // [batch, queries, keys]
      const weights = align(this.alignment, scores, {
        mask,
        ...predictContext(this.alignment, query, key, readAll(this.alignmentWeights), mask),
        seed: training ? this.nextSeed() : this.drawSeed(),
        decision: !training && this.decideAtInference,
      }); // [batch, queries, keys]
      const read = readValues(weights, value); // [batch, queries, width]
      const real = queryMask && read.size > 0 ? queryMask.expandDims(-1) : undefined; // [batch, queries, 1]
      const context = real ? read.mul(real) : read; // [batch, queries, width]
      return this.returnWeights ? [context, weights] : context;
    });
  }

  private takeInputs(inputs: tf.Tensor | tf.Tensor[], masks: LayerMask) {
    const { sequences, mask: given } = splitInputs(inputs);
    if (sequences.length < 2 || sequences.length > 3) {
      const count = sequences.length;
      throw new RangeError(
        `Attention must be applied to [query, value] or [query, value, key], got ${count} sequences`,
      );
    }
    const [query, value, key = value] = sequences as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D?];
    requireShape('query', query, [null, null, null]);
    requireShape('value', value, [query.shape[0], null, null]);
    requireShape('key', key, [query.shape[0], value.shape[1], null]);
    const queryMask = given ? undefined : maskOf(masks, 0);
    const valueMask = query === value ? queryMask : (maskOf(masks, 1) ?? maskOf(masks, 2));
    const mask = given ?? valueMask;
    this.taken = given
      ? []
      : [
          { input: 0, mask: queryMask },
          { input: 1, mask: valueMask },
        ];
    if (queryMask) requireMask('mask of the query', queryMask, query.shape[0], query.shape[1]);
    if (mask) requireMask('mask of the value', mask, value.shape[0], value.shape[1]);
    return { query, value, key, mask, queryMask };
  }

  private drawSeed(): number | undefined {
    return 'seed' in this.alignment && this.alignment.seed !== undefined ? this.alignment.seed : this.seed;
  }

  /** A seed of its own for every training step: one seed for all would repeat the same draws. */
  private nextSeed(): number | undefined {
    const seed = this.drawSeed();
    return seed === undefined ? undefined : seed + this.draws++;
  }

  /** The context has the time axis of the queries, and so their mask. */
  override computeMask(_inputs: tf.Tensor | tf.Tensor[], mask?: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[] {
    requireOwnMasks(this.name, mask, this.taken);
    const queryMask = maskOf(mask, 0) ?? null;
    return (this.returnWeights ? [queryMask, null] : queryMask) as unknown as tf.Tensor | tf.Tensor[];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { score, alignment, units, maximumKeys, returnWeights, decideAtInference, seed } = this;
    return {
      ...super.getConfig(),
      ...definedArguments({ score, alignment, units, maximumKeys, returnWeights, decideAtInference, seed }),
    };
  }
}
tf.serialization.registerClass(Attention);

/** The shapes of query, value and key; a last shape of rank 2 is the mask's. */
function shapesOf(inputShape: LayerShapes): { query: SequenceShape; value: SequenceShape; key: SequenceShape } {
  const [query, value, key = value] = listShapes(inputShape).filter(
    (shape): shape is SequenceShape => shape.length === 3,
  );
  if (!query || !value || !key) {
    const got = listShapes(inputShape).map((shape) => `[${shape.join(', ')}]`);
    throw new ShapeError(
      `Attention must be applied to [query, value] or [query, value, key], each of rank 3, got ${got.join(', ')}`,
    );
  }
  return { query, value, key };
}

function readAll<Weights = Record<string, tf.Tensor>>(variables: Record<string, tf.LayerVariable>): Weights {
  return Object.fromEntries(Object.entries(variables).map(([name, variable]) => [name, variable.read()])) as Weights;
}
