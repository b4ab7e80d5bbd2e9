import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { dotScore } from '../../../src/attention';
import {
  checkBeamStep,
  checkCosineScore,
  checkReshapedDot,
  type BeamExtension,
  type BeamStep,
  type ScoreFunction,
} from '../../../src/exercises';
import type { tf } from '../../../src/tensorflow';
import { accepts, rejects } from './answers';

describe('exercise 6.1, cosine score', () => {
  const unit = (vectors: tf.Tensor3D): tf.Tensor3D => vectors.div(vectors.norm('euclidean', 2, true).maximum(1e-8));

  accepts<ScoreFunction>(checkCosineScore, {
    'vectors of length 1': (query, keys) => unit(query).matMul(unit(keys), false, true),
    'a quotient of lengths': (query, keys) => {
      const lengths = query.norm('euclidean', 2, true).matMul(keys.norm('euclidean', 2, true), false, true);
      return dotScore(query, keys).div(lengths.maximum(1e-8));
    },
  });

  rejects<ScoreFunction>(checkCosineScore, {
    'the unmodified stub': [(query) => query, /one score for each query and key/],
    'the dot score': [(query, keys) => dotScore(query, keys), /length of the query must not count/],
    'only the query made short': [(query, keys) => dotScore(unit(query), keys), /each key has a length of its own/],
    'one length for all queries': [
      (query, keys) => dotScore(query.div(query.norm()), unit(keys)),
      /divide each by its own/,
    ],
    'one length for the queries of a text': [
      (query, keys) => dotScore(query.div(query.norm('euclidean', [1, 2], true)), unit(keys)),
      /divide each by its own/,
    ],
    "the first text's keys for all": [
      (query, keys) => dotScore(unit(query), unit(keys.slice([0, 0, 0], [1, -1, -1]).tile([keys.shape[0], 1, 1]))),
      /two examples should give/,
    ],
    'one length for all keys': [
      (query, keys) => dotScore(unit(query), keys.div(keys.norm())),
      /length of the query|each key has a length/,
    ],
    'a division by zero': [
      (query, keys) => dotScore(unit(query), keys.div(keys.norm('euclidean', 2, true))),
      /a key of zeros/,
    ],
    'keys by queries': [(query, keys) => unit(keys).matMul(unit(query), false, true), /query first/],
  });
});

describe('exercise 6.2, reshape is not transpose', () => {
  const cut = (keys: tf.Tensor3D): tf.Tensor3D => keys.reshape([keys.shape[0], keys.shape[2], keys.shape[1]]);

  accepts<ScoreFunction>(checkReshapedDot, { 'the mistake': (query, keys) => query.matMul(cut(keys)) });

  rejects<ScoreFunction>(checkReshapedDot, {
    'the unmodified stub': [(query) => query, /expected the shape \[1, 1, 3\]/],
    'the dot score, which is right': [(query, keys) => dotScore(query, keys), /that is the dot score, and right/],
    'keys in reverse order': [(query, keys) => dotScore(query, keys.reverse(1)), /reshape the keys/],
    'keys transposed and then reshaped': [
      (query, keys) => dotScore(query, cut(cut(keys.transpose([0, 2, 1])) as tf.Tensor3D).reshape(keys.shape)),
      /reshape|not those/,
    ],
  });
});

describe('exercise 6.3, one step of beam search', () => {
  const extensions = (soFar: number[], next: number[][]): BeamExtension[] =>
    next.flatMap((symbols, row) =>
      symbols.map((logProbability, symbol) => ({ row, symbol, logProbability: soFar[row] + logProbability })),
    );
  const best = (all: BeamExtension[]): BeamExtension[] => all.sort((a, b) => b.logProbability - a.logProbability);

  accepts<BeamStep>(checkBeamStep, {
    'sort and cut': (soFar, next, beam) => best(extensions(soFar, next)).slice(0, beam),
  });

  rejects<BeamStep>(checkBeamStep, {
    'the unmodified stub': [() => [], /got nothing/],
    'no array': [() => undefined as never, /return the array itself/],
    'the symbol alone': [
      (soFar, next, beam) =>
        best(
          extensions(
            soFar.map(() => 0),
            next,
          ),
        ).slice(0, beam),
      /their logarithms are added/,
    ],
    'products of logarithms': [
      (soFar, next, beam) =>
        best(
          next.flatMap((symbols, row) =>
            symbols.map((value, symbol) => ({ row, symbol, logProbability: soFar[row] * value })),
          ),
        ).slice(0, beam),
      /likeliest symbol|logarithms are added/,
    ],
    'the best beginning first': [
      (soFar, next, beam) => best(extensions(soFar.slice(0, 1), next.slice(0, 1))).slice(0, beam),
      /compare after adding/,
    ],
    'the likeliest symbol first': [
      (soFar, next, beam) =>
        extensions(soFar, next)
          .sort((a, b) => next[b.row][b.symbol] - next[a.row][a.symbol])
          .slice(0, beam),
      /not the likeliest symbol/,
    ],
    'one for each beginning': [
      (soFar, next, beam) =>
        best(next.map((_, row) => best(extensions(soFar, next).filter((each) => each.row === row))[0])).slice(0, beam),
      /not one for each beginning/,
    ],
    'worst first': [
      (soFar, next, beam) => best(extensions(soFar, next)).reverse().slice(0, beam),
      /likeliest symbol of the only/,
    ],
  });
});

test('the solution notebook passes every check', () => {
  const file = path.join(__dirname, '../../../notebooks/solutions/06-global-attention.ipynb');
  const printed = fs.readFileSync(file, 'utf8');
  assert.match(printed, /3 of 3 done/);
  assert.doesNotMatch(printed, /not yet {2}/);
});
