/** What the tests of all exercises share: try an answer, and see what the check says. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { tf } from '../../../src/tensorflow';

/** Runs a check, and gives its verdict and what it printed. Leaves no tensor behind. */
export function verdict(context: TestContext, check: () => void): { right: boolean; printed: string } {
  const log = context.mock.method(console, 'log', () => undefined);
  let before = tf.memory().numTensors;
  check();
  if (tf.memory().numTensors !== before) {
    // A first run may fill caches of the native LSTM; a second must leave nothing.
    before = tf.memory().numTensors;
    check();
  }
  assert.equal(tf.memory().numTensors, before, 'the check leaks tensors');
  log.mock.restore();
  const printed = log.mock.calls.map(({ arguments: [line] }) => line as string).join('\n');
  return { right: !printed.includes('not yet'), printed };
}

/** One test for each right answer: it passes all requirements. */
export function accepts<Answer>(check: (answer: Answer) => void, answers: Record<string, Answer>): void {
  for (const [name, answer] of Object.entries(answers)) {
    test(`accepts ${name}`, (context) => {
      const { right, printed } = verdict(context, () => check(answer));
      assert.ok(right, printed);
    });
  }
}

/** One test for each wrong answer: it is rejected, and the hint fits the mistake. */
export function rejects<Answer>(check: (answer: Answer) => void, answers: Record<string, [Answer, RegExp]>): void {
  for (const [name, [answer, message]] of Object.entries(answers)) {
    test(`rejects ${name}`, (context) => {
      const { right, printed } = verdict(context, () => check(answer));
      assert.equal(right, false);
      assert.match(printed, message);
      assert.match(printed, /hint/);
    });
  }
}
