import { nativeBackend } from '../native/native-operations';
import { requireShape } from '../shapes';
import { tf } from '../tensorflow';
import { currentOwnOperations } from '../wasm/own-operations';
import { type AdamMoments, type AdamUpdate, PortableAdamUpdate } from './adam-update';
import { NativeAdamUpdate } from './adam-update-native';
import { WasmAdamUpdate } from './adam-update-wasm';
import { clipByGlobalNorm } from './gradients';
import { requireDecay, requireEpsilon, requireNorm, requireRate } from './numbers';
import type { NamedTensor } from './optimizer';

/** Options of {@link adam}. */
export interface AdamOptions {
  /** Step size, >= 0. Can be set again before each step: `optimizer.learningRate = ...`. */
  learningRate: number;
  /** Decay of the mean of gradients, in [0, 1). Default: 0.9. */
  beta1?: number | undefined;
  /** Decay of the mean of squared gradients, in [0, 1). Default: 0.999. */
  beta2?: number | undefined;
  /** Keeps the division finite, > 0. Default: 1e-7, as in Keras. */
  epsilon?: number | undefined;
  /** When all gradients together are longer than this, they are scaled down to it. Default: never. */
  clipNorm?: number | undefined;
}

/**
 * The Adam optimizer with TensorFlow's native update, one operation a variable: equal to `tf.train.adam` and several
 * times faster. On a backend without that operation it computes the same with plain ones.
 *
 * @throws {RangeError} when an option is out of range.
 * @see Kingma & Ba 2015, algorithm 1.
 */
export function adam(options: AdamOptions): Adam {
  return new Adam(options);
}

/** The optimizer that {@link adam} makes: for `model.compile`, `optimizer.minimize` and loops of your own. */
export class Adam extends tf.Optimizer {
  /** The name by which a saved model finds this class again. */
  static readonly className = 'AttentionNotebooksAdam';

  /** Decay of the mean of gradients. */
  readonly beta1: number;
  /** Decay of the mean of squared gradients. */
  readonly beta2: number;
  /** Keeps the division finite. */
  readonly epsilon: number;
  /** Limit of the length of all gradients together, if any. */
  readonly clipNorm: number | undefined;

  private rate = 0;
  private updater: AdamUpdate | undefined;
  /** What {@link getWeights} has given out. */
  private lent: NamedTensor[] = [];
  /** Moments from {@link setState} whose variable has not been met yet. */
  private restored = new Map<string, AdamMoments>();

  constructor({ learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, clipNorm }: AdamOptions) {
    super();
    requireDecay('beta1', beta1);
    requireDecay('beta2', beta2);
    requireEpsilon('epsilon', epsilon);
    if (clipNorm != null) requireNorm('clipNorm', clipNorm);
    this.learningRate = learningRate;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    this.clipNorm = clipNorm ?? undefined;
  }

  /** Step size of the next step. Setting it throws a RangeError when it is not a number >= 0. */
  get learningRate(): number {
    return this.rate;
  }

  /** Takes effect at the next step. @throws RangeError when `rate` is not a number >= 0. */
  set learningRate(rate: number) {
    requireRate('learningRate', rate);
    this.rate = rate;
  }

  override getClassName(): string {
    return Adam.className;
  }

  /**
   * One step: moves each variable against its gradient.
   *
   * @param variableGradients gradients by variable name, as `tf.variableGrads` returns them. They stay the caller's.
   * @throws {Error} when there is no variable of a gradient's name, or a restored state does not fit.
   */
  override applyGradients(variableGradients: tf.NamedTensorMap | NamedTensor[]): void {
    const named = Array.isArray(variableGradients)
      ? variableGradients
      : Object.entries(variableGradients).map(([name, tensor]) => ({ name, tensor }));
    const gradients = named.filter(({ tensor }) => tensor != null);
    this.takeBackWeights();
    if (this.restored.size > 0) this.matchRestored(gradients.map(({ name }) => name));
    tf.tidy(() => {
      const tasks = this.clip(gradients).map(({ name, tensor }) => {
        const variable = tf.engine().registeredVariables[name];
        if (!variable) throw new Error(`There is a gradient for ${name}, but no variable of that name.`);
        requireShape(`the gradient of ${name}`, tensor, variable.shape);
        return { variable, gradient: tensor, start: this.restoredMoments(variable) };
      });
      const { learningRate, beta1, beta2, epsilon } = this;
      this.update().update(tasks, { learningRate, beta1, beta2, epsilon, step: this.iterations + 1 });
    });
    gradients.forEach(({ name }) => this.forgetRestored(name));
    this.incrementIterations();
  }

  private update(): AdamUpdate {
    if (!this.updater) {
      const native = nativeBackend();
      const wasm = currentOwnOperations();
      if (native) this.updater = new NativeAdamUpdate(native);
      else if (wasm) this.updater = new WasmAdamUpdate(wasm.backend, wasm.operations);
      else this.updater = new PortableAdamUpdate();
    }
    return this.updater;
  }

  private clip(gradients: NamedTensor[]): NamedTensor[] {
    const { clipNorm } = this;
    return clipNorm === undefined || gradients.length === 0 ? gradients : clipByGlobalNorm(gradients, clipNorm);
  }

  /**
   * The state for a checkpoint: the number of steps, then each variable's first moment, then the second ones.
   *
   * @returns copies, to be disposed of by the caller.
   */
  async getState(): Promise<NamedTensor[]> {
    const names = [...(this.updater?.names() ?? []), ...this.restored.keys()];
    const moments = names.map((name) => {
      const waiting = this.restored.get(name);
      const { first, second } = waiting
        ? { first: waiting.first.clone(), second: waiting.second.clone() }
        : this.updater!.moments(name);
      return { name, first, second };
    });
    return [
      await this.saveIterations(),
      ...moments.map(({ name, first }) => ({ name: `${name}/m`, tensor: first })),
      ...moments.map(({ name, second }) => ({ name: `${name}/v`, tensor: second })),
    ];
  }

  /**
   * Continues from a state of {@link getState}: the next step is the one that would have come there.
   *
   * Moments find their variables by name, or by position when the names are others (TensorFlow.js counts its automatic
   * names up, so a model built twice gets new ones).
   *
   * @param state stays the caller's.
   * @throws {Error} when `state` is not one of this optimizer's.
   */
  async setState(state: NamedTensor[]): Promise<void> {
    const [iterations, ...moments] = state;
    const count = moments.length / 2;
    const names = moments.slice(0, count).map(({ name }) => name.replace(/\/m$/, ''));
    const paired = names.every((name, index) => moments[count + index]?.name === `${name}/v`);
    if (iterations?.name !== 'iter' || !paired) {
      throw new Error(
        "state must be what getState() returns ('iter', then .../m for each variable, then .../v), got " +
          `[${state.map(({ name }) => name).join(', ')}]`,
      );
    }
    const [steps = 0] = await iterations.tensor.data();
    const copies = moments.map(({ tensor }) => tf.keep(tensor.clone()));
    this.dispose(); // only now: the state may be what getWeights has lent
    this.iterations_ = steps;
    names.forEach((name, index) => this.restored.set(name, { first: copies[index]!, second: copies[count + index]! }));
  }

  /**
   * As {@link getState}, under the name that `model.save({includeOptimizer: true})` calls. As with TensorFlow.js' own
   * optimizers, the tensors stay the optimizer's: they hold until its next step, `getWeights` or `dispose`.
   */
  override async getWeights(): Promise<NamedTensor[]> {
    this.takeBackWeights();
    this.lent = await this.getState();
    this.lent.forEach(({ tensor }) => tf.keep(tensor));
    return this.lent;
  }

  private takeBackWeights(): void {
    tf.dispose(this.lent.map(({ tensor }) => tensor));
    this.lent = [];
  }

  /** As {@link setState}, under the name that `tf.loadLayersModel` calls. */
  override setWeights(weightValues: NamedTensor[]): Promise<void> {
    return this.setState(weightValues);
  }

  /** Frees the moments, also in native memory. The optimizer can be used again, and then starts anew. */
  override dispose(): void {
    this.takeBackWeights();
    this.updater?.dispose();
    this.updater = undefined;
    for (const { first, second } of this.restored.values()) tf.dispose([first, second]);
    this.restored.clear();
    this.iterations_ = 0;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { learningRate, beta1, beta2, epsilon, clipNorm = null } = this;
    return { learningRate, beta1, beta2, epsilon, clipNorm };
  }

  /** Makes the optimizer that {@link getConfig} describes; `tf.loadLayersModel` calls it. */
  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls(config);
  }

  private matchRestored(names: string[]): void {
    if (names.every((name) => this.restored.has(name) || this.updater?.names().includes(name))) return;
    if (this.updater) return; // met in an earlier step: what is new now starts from zero
    if (names.length !== this.restored.size) {
      throw new Error(
        `The restored optimizer state does not fit: it has moments for ${this.restored.size} variables ` +
          `(${[...this.restored.keys()].join(', ')}), and there are gradients for ${names.length} (${names.join(', ')}).`,
      );
    }
    const moments = this.restored.values(); // as many as there are names
    this.restored = new Map(names.map((name) => [name, moments.next().value as AdamMoments]));
  }

  private restoredMoments(variable: tf.Variable): AdamMoments | undefined {
    const moments = this.restored.get(variable.name);
    if (moments && !tf.util.arraysEqual(moments.first.shape, variable.shape)) {
      throw new Error(
        `The restored optimizer state does not fit: ${variable.name} has shape [${variable.shape.join(', ')}], its ` +
          `moments have [${moments.first.shape.join(', ')}].`,
      );
    }
    return moments;
  }

  private forgetRestored(name: string): void {
    const moments = this.restored.get(name);
    if (!moments) return;
    tf.dispose([moments.first, moments.second]);
    this.restored.delete(name);
  }
}
tf.serialization.registerClass(Adam as unknown as Parameters<typeof tf.serialization.registerClass>[0]);
