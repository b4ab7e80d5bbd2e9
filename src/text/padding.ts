import { tf } from '../tensorflow';

/** The largest number that int32 holds. */
const LARGEST_ID = 2 ** 31 - 1;

/** Options of {@link padSequences}. */
export interface PadOptions {
  /** The time length of the result. Default: the longest sequence's length, at least 1. */
  length?: number | undefined;
  /** Cut longer sequences at `length` instead of refusing them. Default: false. */
  truncate?: boolean | undefined;
  /** The id written after each sequence's end. Default: 0. */
  paddingId?: number | undefined;
}

/** Sequences of different lengths as one rectangle; `tf.dispose` frees all three tensors. */
export interface PaddedSequences {
  /** The ids, padding on the right: int32 `[batch, time]`. */
  tokens: tf.Tensor2D;
  /** 1 for a real position, 0 for padding: float32 `[batch, time]`. */
  mask: tf.Tensor2D;
  /** How many positions of each row are real: int32 `[batch]`. */
  lengths: tf.Tensor1D;
}

/**
 * Puts sequences of ids side by side into one batch, filling up the shorter ones on the right, and says in a mask which
 * positions are real.
 *
 * Padding goes to the right because a recurrence then meets all real tokens first: the fused LSTM runs unmasked over the
 * rectangle and still agrees with the stepwise one.
 *
 * @param sequences at least one array of non-negative integers, at most 2,147,483,647; empty ones are allowed and give a row of padding.
 * @throws {RangeError} when there is no sequence, when one is longer than `length` and `truncate` is false, or when an id
 *     is not a non-negative integer that int32 holds. The message names the sequence.
 * @see Lesson 03, "BiLSTM", on what goes wrong without a mask.
 */
export function padSequences(
  sequences: ReadonlyArray<ArrayLike<number>>,
  { length, truncate = false, paddingId = 0 }: PadOptions = {},
): PaddedSequences {
  if (sequences.length === 0) throw new RangeError('sequences must hold at least one sequence, got none');
  const time = length ?? sequences.reduce((longest, sequence) => Math.max(longest, sequence.length), 1);
  if (!Number.isInteger(time) || time < 1) throw new RangeError(`length must be a positive integer, got ${time}`);
  requireId('paddingId', paddingId);

  const batch = sequences.length;
  const tokens = new Int32Array(batch * time).fill(paddingId);
  const mask = new Float32Array(batch * time);
  const lengths = new Int32Array(batch);
  for (const [row, sequence] of sequences.entries()) {
    if (sequence.length > time && !truncate) {
      throw new RangeError(
        `sequences[${row}] has ${sequence.length} ids, more than length ${time}: ` +
          'give a greater length, or truncate: true to cut it',
      );
    }
    lengths[row] = Math.min(sequence.length, time);
    for (let position = 0; position < lengths[row]; position++) {
      requireId(`sequences[${row}][${position}]`, sequence[position]!);
      tokens[row * time + position] = sequence[position]!;
      mask[row * time + position] = 1;
    }
  }
  return {
    tokens: tf.tensor2d(tokens, [batch, time], 'int32'),
    mask: tf.tensor2d(mask, [batch, time]),
    lengths: tf.tensor1d(lengths, 'int32'),
  };
}

function requireId(argument: string, id: number): void {
  if (!Number.isInteger(id) || id < 0) {
    throw new RangeError(`${argument} must be a non-negative integer, got ${String(id)}`);
  }
  if (id > LARGEST_ID) throw new RangeError(`${argument} must be at most ${LARGEST_ID}, which int32 holds, got ${id}`);
}
