import assert from 'node:assert/strict';
import os from 'node:os';
import { afterEach, test } from 'node:test';
import { fastestThreads, useFastestThreads } from '../../../scripts/train/threads';

const before = process.env.TF_NUM_INTRAOP_THREADS;

afterEach(() => {
  if (before === undefined) delete process.env.TF_NUM_INTRAOP_THREADS;
  else process.env.TF_NUM_INTRAOP_THREADS = before;
});

test('large encoder-decoders are trained with two threads where there are two cores, small ones with one', () => {
  assert.equal(fastestThreads({ decoder: 128 }), 1);
  assert.equal(fastestThreads({ decoder: 520 }), Math.min(2, os.availableParallelism()));
});

test('a number of threads that the user has set stays', () => {
  delete process.env.TF_NUM_INTRAOP_THREADS;
  useFastestThreads({ decoder: 520 });
  assert.equal(process.env.TF_NUM_INTRAOP_THREADS, String(fastestThreads({ decoder: 520 })));
  process.env.TF_NUM_INTRAOP_THREADS = '7';
  useFastestThreads({ decoder: 520 });
  assert.equal(process.env.TF_NUM_INTRAOP_THREADS, '7');
});
