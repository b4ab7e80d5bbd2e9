/**
 * Learning from other models: a teacher says of every symbol how likely it holds each, and so more than which one is
 * right. Where it wavers between two vowels, its student learns that there are two.
 */
import { chooseLstm } from '../recurrent/choose-lstm';
import { tf } from '../tensorflow';
import { encodeEach, followEach, membersOf, type OneOrMoreModels } from './ensemble';
import type { Seq2SeqBatch } from './text-pairs';

/**
 * How likely one teacher, or several together, hold each symbol at each step of the targets, as at test time: what a
 * student shall learn beside the targets themselves ({@link SequenceLossOptions.softTargets}).
 *
 * Several teachers speak by the mean of their log-probabilities, as in {@link beamSearch}. Within the loss of a student
 * nothing of it goes on the gradient tape.
 *
 * @param teachers one model or several, with the vocabularies and the direction of the student.
 * @param batch its targets in the order in which the teachers write.
 * @returns `[batch, time, target vocabulary]`; each step sums to 1.
 * @throws {RangeError} when teachers do not share their vocabularies and their direction.
 * @see Kim & Rush 2016, "Sequence-Level Knowledge Distillation", section 3.1 (word level); Sun et al. 2019 for letters and
 *     phones. Lesson 11, section 9. Used by `npm run train -- g2p --teacher DIR`.
 */
export function softTargets(teachers: OneOrMoreModels, { source, mask, targets }: Seq2SeqBatch): tf.Tensor3D {
  const members = membersOf(teachers);
  return offTheTape(() => {
    const { logits } = followEach(members, encodeEach(members, source, mask), targets); // [batch, time, vocabulary]
    return tf.softmax(logits);
  });
}

/** The tape would keep all that the teachers have computed until the step ends, for a gradient that nobody wants. */
function offTheTape<T extends tf.Tensor>(compute: () => T): T {
  chooseLstm(); // Now: it is tried out by a gradient, which cannot be taken in there.
  const operation = tf.customGrad((nothing) => ({
    value: compute(),
    gradFunc: () => tf.zerosLike(nothing as tf.Tensor),
  }));
  return tf.tidy(() => operation(tf.scalar(0)) as T);
}
