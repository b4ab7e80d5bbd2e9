/**
 * The share of examples whose predicted class is the right one.
 *
 * @param predicted the class of each example as the model sees it.
 * @param actual the right class of each example.
 * @throws {RangeError} when the two differ in length or are empty.
 * @see Lesson 03, "BiLSTM".
 */
export function accuracy(predicted: ArrayLike<number>, actual: ArrayLike<number>): number {
  requirePairs(predicted, actual);
  let right = 0;
  for (let index = 0; index < actual.length; index++) if (predicted[index] === actual[index]) right += 1;
  return right / actual.length;
}

/**
 * How often each class was taken for each other one.
 *
 * @param classes how many classes there are; classes are integers from 0.
 * @returns counts `[actual class][predicted class]`: the diagonal is what was right.
 * @throws {RangeError} when the two differ in length or are empty, or a class is out of range.
 */
export function confusionMatrix(predicted: ArrayLike<number>, actual: ArrayLike<number>, classes: number): number[][] {
  requirePairs(predicted, actual);
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let index = 0; index < actual.length; index++) {
    requireClass(`actual[${index}]`, actual[index]!, classes);
    requireClass(`predicted[${index}]`, predicted[index]!, classes);
    matrix[actual[index]!]![predicted[index]!]! += 1;
  }
  return matrix;
}

/**
 * The mean of all classes' F1, each class weighing the same: a model that ignores rare classes cannot hide it here.
 *
 * F1 is the harmonic mean of precision and recall, 0 for a class that was never found. Classes that occur neither in
 * `actual` nor in `predicted` are left out, as scikit-learn does.
 *
 * @throws {RangeError} when the two differ in length or are empty, or a class is out of range.
 */
export function macroF1(predicted: ArrayLike<number>, actual: ArrayLike<number>, classes: number): number {
  const matrix = confusionMatrix(predicted, actual, classes);
  const scores: number[] = [];
  for (let label = 0; label < classes; label++) {
    const isActual = matrix[label]!.reduce((sum, count) => sum + count, 0);
    const isPredicted = matrix.reduce((sum, row) => sum + row[label]!, 0);
    if (isActual + isPredicted > 0) scores.push((2 * matrix[label]![label]!) / (isActual + isPredicted));
  }
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

function requirePairs(predicted: ArrayLike<number>, actual: ArrayLike<number>): void {
  if (predicted.length !== actual.length) {
    throw new RangeError(`predicted must be as long as actual, got ${predicted.length} and ${actual.length}`);
  }
  if (actual.length === 0) throw new RangeError('actual must hold at least one example, got none');
}

function requireClass(argument: string, label: number, classes: number): void {
  if (!Number.isInteger(label) || label < 0 || label >= classes) {
    throw new RangeError(`${argument} must be an integer from 0 to ${classes - 1}, got ${label}`);
  }
}
