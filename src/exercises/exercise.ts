import { tf } from '../tensorflow';

/** One thing that a right answer does: stated so that the learner may read it, and tried on the learner's function. */
export interface Requirement {
  /** What holds when it passes: "equal scores give equal weights". */
  says: string;
  /** Tries it; throws {@link NotYet} when it does not hold. */
  holds: () => void;
}

/** The answer is not right yet: what is wrong, and where to look. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
  /** Where to look, without giving the solution away. */
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** An exercise of a lesson. */
export interface Exercise {
  /** Number and name: `4.1 weights with a mask`. The number before the point is the lesson's. */
  name: string;
  /** How many exercises the lesson has. */
  of: number;
  /** What a right answer does, the simplest first. */
  requirements: readonly Requirement[];
}

/** The exercises that passed since the kernel started, by lesson. */
const done = new Map<string, Set<string>>();

/**
 * Tries an answer and prints what it does right, the first thing that is wrong with a hint, and how many exercises of
 * the lesson are done. Later requirements usually fail for the same reason as the first, so they wait.
 */
export function checkExercise({ name, of, requirements }: Exercise): void {
  const lines: string[] = [];
  let problem: string[] | undefined;
  for (const { says, holds } of requirements) {
    problem = tryRequirement(says, holds);
    if (problem) break;
    lines.push(`  ok       ${says}`);
  }
  const lesson = name.split('.')[0] ?? name;
  const finished = done.get(lesson) ?? new Set<string>();
  done.set(lesson, finished);
  if (!problem) finished.add(name);
  console.log([`Exercise ${name}`, ...lines, ...(problem ?? []), `${finished.size} of ${of} done`].join('\n'));
}

function tryRequirement(says: string, holds: () => void): string[] | undefined {
  try {
    tf.tidy(holds);
    return undefined;
  } catch (error) {
    const notYet = error instanceof NotYet;
    const what = notYet ? error.message : `your function threw: ${(error as Error).message ?? String(error)}`;
    const hint = notYet
      ? error.hint
      : 'print the shapes and types (x.shape, x.dtype) of what goes in and of every step in between.';
    return [`  not yet  ${says}`, `           ${what}`, `  hint     ${hint}`];
  }
}

/**
 * Runs an answer where an error has a likely reason.
 *
 * @throws {NotYet} when it throws: `when` says what was tried, `hint` what is probably wrong.
 */
export function requireNoError<T>(run: () => T, when: string, hint: string): T {
  try {
    return run();
  } catch (error) {
    throw new NotYet(`${when}: ${(error as Error).message}`, hint);
  }
}

/** @throws {NotYet} when `value` is no tensor of that shape. */
export function requireTensor(value: unknown, shape: readonly number[], hint: string): tf.Tensor {
  if (!(value instanceof tf.Tensor)) {
    const got = value === undefined ? 'nothing' : Array.isArray(value) ? 'an array' : String(value);
    throw new NotYet(`expected a tensor of shape [${shape.join(', ')}], got ${got}.`, 'return the tensor itself.');
  }
  if (value.shape.join() !== shape.join()) {
    throw new NotYet(`expected the shape [${shape.join(', ')}], got [${value.shape.join(', ')}].`, hint);
  }
  return value;
}

/** @throws {NotYet} when a value differs from what is expected by more than 1e-4, or is not a number. */
export function requireClose(
  actual: tf.Tensor,
  expected: tf.Tensor,
  message: (got: string) => string,
  hint: string,
): void {
  const [got, want] = [actual.dataSync(), expected.dataSync()];
  if (got.length !== want.length || want.some((value, index) => !(Math.abs(value - (got[index] ?? NaN)) <= 1e-4))) {
    throw new NotYet(message(readable(actual)), hint);
  }
}

/** The numbers of a small tensor: `[0.25, 0.75]`. */
export function readable(tensor: tf.Tensor): string {
  return JSON.stringify(tensor.arraySync(), (_, value: unknown) =>
    typeof value === 'number' ? (Number.isFinite(value) ? Number(value.toFixed(3)) : String(value)) : value,
  )
    .replaceAll(',', ', ')
    .replaceAll('"', '');
}
