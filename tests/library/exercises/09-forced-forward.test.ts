import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import {
  checkDividedWalk,
  checkForwardWalk,
  checkMovingForward,
  type DividedWalk,
  type ForwardWalk,
  type MovingForward,
} from '../../../src/exercises';
import { tf } from '../../../src/tensorflow';
import { rejects, verdict } from './answers';

describe('exercise 9.1, walk', () => {
  /** A walk with the usual places for a mistake left open. */
  const walker =
    ({ next = 0, enough = (p: number) => p > 0.5, back = false, returns = false } = {}): ForwardWalk =>
    (probabilities) => {
      let place = 0;
      return probabilities.map((row) => {
        if (back) place = 0;
        if (returns && place >= row.length) place = 0;
        while (place < row.length && !enough(row[place])) place += 1;
        const stop = place < row.length ? place : null;
        place += stop === null ? 0 : next;
        return stop;
      });
    };

  test('accepts the solution', (context) => {
    const { right, printed } = verdict(context, () => checkForwardWalk(walker()));
    assert.ok(right, printed);
    assert.match(printed, /1 of 3 done/);
  });

  rejects<ForwardWalk>(checkForwardWalk, {
    'the unmodified stub': [() => [], /expected a list of 1 places, one for each step, got 0/],
    'nothing at all': [() => undefined as unknown as number[], /got undefined/],
    'the best letter instead of the first': [
      (rows) => rows.map((row) => row.indexOf(Math.max(...row))),
      /the first one, not the largest/,
    ],
    'a half that is enough': [walker({ enough: (p) => p >= 0.5 }), /greater than one half/],
    'a reader who begins anew at each step': [walker({ back: true }), /Keep the place outside the loop/],
    'a reader who always moves on': [walker({ next: 1 }), /begin at the place itself/],
    'a reader who comes back from behind the end': [walker({ returns: true }), /stands behind the word/],
  });
});

describe('exercise 9.2, the closed form', () => {
  const products = (probabilities: tf.Tensor2D, exclusive = true): tf.Tensor =>
    tf.cumsum(tf.log(tf.sub(1, probabilities)), 1, exclusive).exp();
  const solution: DividedWalk = (probabilities, before) => {
    const product = products(probabilities);
    return probabilities.mul(product).mul(before.div(product).cumsum(1));
  };

  test('accepts the mistake', (context) => {
    const { right, printed } = verdict(context, () => checkDividedWalk(solution));
    assert.ok(right, printed);
  });

  rejects<DividedWalk>(checkDividedWalk, {
    'the unmodified stub': [(_, before) => before, /= 0\.16; got \[\[1, 0, 0\]\]/],
    'a product that takes in the letter itself': [
      (p, before) => p.mul(products(p, false)).mul(before.div(products(p, false)).cumsum(1)),
      /an exclusive product/,
    ],
    'a sum that leaves out the letter itself': [
      (p, before) => p.mul(products(p)).mul(before.div(products(p)).cumsum(1, true)),
      /exclusive product|this sum takes in s itself/,
    ],
    'no division': [(p, before) => p.mul(products(p)).mul(before.cumsum(1)), /divide the last step's weights/],
    'the walk, which nothing breaks': [
      (p, before) => {
        let arriving: tf.Tensor = tf.zeros([p.shape[0]]);
        const columns = tf.unstack(p, 1).map((stop, s) => {
          arriving = arriving.add(tf.unstack(before, 1)[s]);
          const stops = stop.mul(arriving);
          arriving = arriving.sub(stops);
          return stops;
        });
        return tf.stack(columns, 1);
      },
      /the better code, but not the published formula/,
    ],
    'a clipped product': [
      (p, before) => {
        const product = products(p.minimum(1 - 1e-6));
        return p.mul(product).mul(before.div(product).cumsum(1));
      },
      /do not clip anything/,
    ],
  });
});

describe('exercise 9.3, a decoder that sets the pace', () => {
  const forward =
    ({
      normalise = true,
      shift = true,
      wrap = false,
      constant = false,
      softmax = true,
      first = true,
    } = {}): MovingForward =>
    ({ scores, move }) => {
      const letters = scores.shape[1];
      let before: tf.Tensor = first ? tf.oneHot(0, letters).cast('float32') : tf.fill([letters], 1 / letters);
      const paces = move.unstack();
      const rows = (softmax ? tf.softmax(scores) : scores.exp()).unstack().map((content, step) => {
        const pace = paces[constant ? 0 : step];
        const previous = shift ? before.slice(0, letters - 1).pad([[1, 0]]) : before.slice(1).pad([[0, 1]]);
        const around = tf.concat([before.slice(letters - 1), before.slice(0, letters - 1)]);
        const arriving = before
          .mul(tf.sub(1, pace))
          .add((wrap ? around : previous).mul(pace))
          .mul(content);
        before = normalise ? arriving.div(arriving.sum()) : arriving;
        return before;
      });
      return tf.stack(rows);
    };

  for (const [name, answer] of Object.entries({ solution: forward(), powers: forward({ softmax: false }) })) {
    test(`accepts a right answer (${name})`, (context) => {
      const { right, printed } = verdict(context, () => checkMovingForward(answer));
      assert.ok(right, printed);
      assert.match(printed, /3 of 3 done/);
    });
  }

  rejects<MovingForward>(checkMovingForward, {
    'the unmodified stub': [({ scores }) => scores, /rows sum to/],
    'rows that are not normalised': [forward({ normalise: false }), /divide each row by its sum/],
    'a softmax without any memory': [({ scores }) => tf.softmax(scores), /The share 1 - move stays/],
    'weight that begins everywhere': [forward({ first: false }), /all weight should stay at the first letter/],
    'a shift to the left': [forward({ shift: false }), /pad a 0 in front/],
    'a last letter that moves on to the first': [forward({ wrap: true }), /Nothing moves on to the first letter/],
    'one pace for all steps': [forward({ constant: true }), /step t uses move\[t\]/],
    'a pace without any content': [
      ({ scores, move }) => forward()({ scores: tf.zerosLike(scores) as tf.Tensor2D, move }),
      /the softmax of its score/,
    ],
    'one row only': [(inputs) => forward()(inputs).slice([0, 0], [1, -1]), /one row for each step/],
  });
});

test('the solution notebook passes every check', () => {
  const file = path.join(__dirname, '../../../notebooks/solutions/09-forced-forward.ipynb');
  const printed = fs.readFileSync(file, 'utf8');
  assert.match(printed, /3 of 3 done/);
  assert.doesNotMatch(printed, /not yet {2}/);
});
