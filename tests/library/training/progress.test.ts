import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseProgress, type ProgressState } from '../../../src/training/progress';

const state: ProgressState = { step: 30, steps: 120, epoch: 2, loss: 0.51234567, speed: 12.3456, remaining: 125 };

function written(isTTY: boolean, columns = 200) {
  const pieces: string[] = [];
  const progress = chooseProgress({ isTTY, columns, write: (text) => pieces.push(text) });
  return { pieces, progress };
}

test('a terminal gets one line with a bar, drawn again in place', () => {
  const { pieces, progress } = written(true);
  progress.update(state);
  progress.update({ ...state, step: 31 }); // too soon to draw
  assert.deepEqual(pieces, [
    '\r\u001b[K██████░░░░░░░░░░░░░░░░░░ step 30/120  epoch 2  loss 0.5123  12.3 steps/s  2 min 05 s left',
  ]);
  progress.finish({ ...state, step: 120, remaining: 0, metrics: { accuracy: 0.987654 } }, 'Finished.');
  assert.equal(
    pieces.slice(1).join(''),
    '\r\u001b[K████████████████████████ step 120/120  epoch 2  loss 0.5123  accuracy 0.9877  12.3 steps/s  0 s left\nFinished.\n',
  );
});

test('the bar never wraps: a wrapped line could not be drawn again in place', () => {
  const { pieces, progress } = written(true, 40);
  progress.update(state);
  assert.equal(pieces[0].replace('\r\u001b[K', '').length, 39);
});

test('a log file gets plain lines, few of them and without control characters', () => {
  const { pieces, progress } = written(false);
  for (let step = 1; step <= 100; step++) progress.update({ ...state, step, steps: undefined, remaining: 4000 });
  progress.finish(state, 'Finished.');
  assert.equal(pieces[0], 'step 1  epoch 2  loss 0.5123  12.3 steps/s  1 h 07 min left\n');
  assert.equal(pieces.length, 2);
  assert.match(pieces[1], /\nFinished\.\n$/);
  assert.doesNotMatch(pieces.join(''), /[\r\u001b█]/);
});
