import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

const TS_NODE = ['--require', 'ts-node/register/transpile-only'];

/** Runs a training in a process of its own; `onStep` hears each line that it writes. */
function terminal(kind: string, onLine: (line: string, kill: () => void) => void) {
  return new Promise<{ lines: string[]; code: number | null; signal: string | null }>((resolve, reject) => {
    const child = spawn(process.execPath, [...TS_NODE, path.join(__dirname, 'terminal-process.ts'), kind]);
    const lines: string[] = [];
    child.stdout.on('data', (data: Buffer) => {
      for (const line of data.toString().split('\n').filter(Boolean)) {
        lines.push(line);
        onLine(line, () => child.kill('SIGINT'));
      }
    });
    child.stderr.on('data', (data: Buffer) => lines.push(data.toString()));
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve({ lines, code, signal }));
  });
}

test('Ctrl-C in a terminal ends the training in good order, and the program goes on', async () => {
  const { lines, code } = await terminal('endless training', (line, kill) => line === 'step 5' && kill());
  const report = JSON.parse(lines.at(-1)!);
  assert.equal(report.end, 'interrupted');
  assert.ok(report.steps >= 5 && report.steps < 100, `${report.steps} steps`);
  assert.equal(report.finite, true);
  assert.equal(report.listeners, 0);
  assert.match(lines.join('\n'), /Interrupted after \d+ steps in \d+ s\. The model is intact/);
  assert.equal(code, 0);
});

test('a second Ctrl-C ends the program', async () => {
  let kills = 0;
  const { signal } = await terminal('hanging evaluation', (line, kill) => {
    // The evaluation writes a line now and then and never ends.
    if (line === 'evaluating' && kills < 2) {
      kills += 1;
      kill();
    }
  });
  assert.equal(signal, 'SIGINT');
  assert.equal(kills, 2);
});

interface CellReport {
  status: string;
  stdout: string;
  stderr: string;
  displays: { text: string; id: string; update: boolean }[];
  listeners: number;
}

test('in a notebook: one line that changes, an interrupt that keeps the result, and a kernel that stays alive', async () => {
  const child = fork(path.join(__dirname, 'notebook-process.ts'), { execArgv: TS_NODE, silent: true });
  let errors = '';
  child.stderr!.on('data', (data: Buffer) => (errors += data.toString()));
  const reports = await new Promise<CellReport[]>((resolve, reject) => {
    child.on('message', (message) => resolve(message as CellReport[]));
    child.on('exit', (code, signal) => reject(new Error(`the kernel died: ${signal ?? code} ${errors}`)));
  });
  child.kill();
  const [setUp, finished, interrupted, later, again, hanging, alive] = reports;
  assert.deepEqual([setUp.status, setUp.stderr], ['ok', '']);

  assert.equal(finished.status, 'ok');
  assert.equal(finished.stdout, '');
  assert.equal(finished.stderr, '');
  assert.deepEqual(
    finished.displays.map(({ update }) => update),
    [false, ...finished.displays.slice(1).map(() => true)],
  );
  assert.equal(new Set(finished.displays.map(({ id }) => id)).size, 1);
  assert.match(finished.displays.at(-1)!.text, /^step 8\/8 {2}epoch 2 .*\nFinished: 8 steps in \d+ s\.$/);

  for (const report of [interrupted, again]) {
    assert.equal(report.status, 'ok');
    assert.equal(report.stderr, '');
    assert.match(report.displays.at(-1)!.text, /Interrupted after \d+ steps? in \d+ s\. The model is intact/);
    assert.equal(report.listeners, 1, "only the kernel's own listener");
  }
  assert.notEqual(interrupted.displays[0].id, finished.displays[0].id);
  assert.equal(later.stdout, 'interrupted true\n', 'a later cell sees the history and its type');

  assert.equal(hanging.status, 'error');
  assert.match(hanging.stderr, /Interrupted asynchronously/);
  assert.deepEqual([alive.status, alive.stdout], ['ok', 'alive\n']);
});
