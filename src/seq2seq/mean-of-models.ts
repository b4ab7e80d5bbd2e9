import { tf } from '../tensorflow';
import type { Seq2SeqModel } from './model';

/**
 * One model with the mean weights of several, which have learned on from one common beginning.
 *
 * Such models lie in one valley of the loss, and its middle is often lower than each of them; so the mean may do what an
 * ensemble does, for the price of one model. Models that began with different random weights lie in different valleys,
 * and their mean is worthless.
 *
 * @param models of one description, at least one. They stay as they are.
 * @returns a new model, the caller's to dispose of.
 * @throws {RangeError} when there is no model, or when two are built differently.
 * @see Wortsman et al. 2022, "Model soups", https://arxiv.org/abs/2203.05482: the uniform soup. Used by
 *     `npm run train -- g2p --from DIR --from DIR`.
 */
export function meanOfModels(models: readonly Seq2SeqModel[]): Seq2SeqModel {
  const [first] = models;
  if (!first) throw new RangeError('models must hold at least one model, got none');
  const { description, weights } = first;
  const stranger = models.findIndex((other) => JSON.stringify(other.description) !== JSON.stringify(description));
  if (stranger >= 0) {
    throw new RangeError(
      `models must be built alike: models[${stranger}] is ${JSON.stringify(models[stranger]!.description)}, ` +
        `models[0] is ${JSON.stringify(description)}`,
    );
  }
  const mean = (name: string) =>
    tf.tidy(() => tf.variable(tf.addN(models.map((model) => model.weights[name] as tf.Tensor)).div(models.length)));
  return {
    description: { ...description },
    weights: Object.fromEntries(Object.keys(weights).map((name) => [name, mean(name)])),
  };
}
