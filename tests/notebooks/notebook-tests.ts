/** Makes one test for each notebook: it runs on the real kernel, and shows what it shows in the repository. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { suite, test } from 'node:test';
import { notebookDifferences } from '../../jupyter/notebook/compare';
import { parseNotebook } from '../../jupyter/notebook/format';
import { runNotebook } from '../../jupyter/notebook/run';
import { repositoryRoot } from '../../jupyter/repository';

/** Longer is reported, but machines differ too much to fail for it. */
const SECONDS_OF_A_LESSON = 180;

/** As many at a time as there are cores: a kernel computes on one. */
export function testNotebooks(files: readonly string[]): void {
  suite('notebooks run and show what they show in the repository', { concurrency: os.cpus().length }, () => {
    for (const file of files) {
      test(path.relative(repositoryRoot, file), async (t) => {
        const stored = parseNotebook(fs.readFileSync(file, 'utf8'));
        const { notebook, cells, failure } = await runNotebook(file, { root: repositoryRoot });
        const seconds = cells.reduce((sum, cell) => sum + cell.seconds, 0);
        const late =
          seconds > SECONDS_OF_A_LESSON ? `, more than the ${SECONDS_OF_A_LESSON} s a lesson should take` : '';
        t.diagnostic(`${path.basename(file)}: ${cells.length} cells in ${seconds.toFixed(1)} s${late}`);
        assert.equal(failure, null, `cell ${failure?.cell}: ${failure?.message}`);
        assert.deepEqual(notebookDifferences(stored, notebook), [], 'stored and fresh outputs differ');
      });
    }
  });
}
