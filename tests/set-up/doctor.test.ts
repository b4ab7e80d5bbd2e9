import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { Project } from './project';

interface Diagnosis {
  canRun: boolean;
  checks: { name: string; state: 'ok' | 'note' | 'problem'; finding: string; whatToDo?: string }[];
}

async function diagnose(
  project: Project,
): Promise<{ status: number | null; states: Record<string, string>; diagnosis: Diagnosis }> {
  const { status, stdout, stderr } = await project.run(['--json'], { script: 'doctor' });
  assert.equal(stderr, '');
  const diagnosis = JSON.parse(stdout) as Diagnosis;
  const states = Object.fromEntries(diagnosis.checks.map(({ name, state }) => [name, state]));
  return { status, states, diagnosis };
}

describe('the doctor', { concurrency: 2 }, () => {
  test('in a fresh clone says what is missing, and changes nothing', async () => {
    const project = Project.fresh();
    const { status, states, diagnosis } = await diagnose(project);
    assert.equal(status, 1);
    assert.equal(diagnosis.canRun, false);
    for (const name of ['Packages', 'Native TensorFlow', 'Library', 'Browser front end', 'Notebook kernel']) {
      assert.equal(states[name], 'problem', name);
    }
    for (const { state, whatToDo } of diagnosis.checks)
      if (state === 'problem') assert.match(whatToDo ?? '', /npm run setup/);
    assert.equal(fs.existsSync(project.path('node_modules')), false);
    assert.equal(fs.existsSync(project.path('build')), false);
  });

  test('finds everything well after set-up, on the kernel that the course starts', async () => {
    const project = await Project.ready();
    // The stand-in for the kernel answers; the real one is asked in tests/set-up/real.test.ts.
    fs.mkdirSync(project.path('build', 'jupyter', 'kernel'), { recursive: true });
    fs.writeFileSync(
      project.path('build', 'jupyter', 'kernel', 'kernel.js'),
      `exports.Kernel = class { async start() { this.information = { implementation: 'a kernel', implementation_version: '1' }; } async shutdown() {} };`,
    );
    const { status, states, diagnosis } = await diagnose(project);
    assert.equal(status, 0, JSON.stringify(diagnosis, null, 2));
    assert.equal(states['Notebook kernel'], 'ok');
    assert.match(diagnosis.checks.find(({ name }) => name === 'Native TensorFlow')?.finding ?? '', /9\.9\.9 loads/);
  });

  test('finds a native library that does not load, and a kernel that does not answer', async () => {
    const project = await Project.ready();
    fs.rmSync(project.native('deps', 'lib', 'libtensorflow_framework.so.1'));
    fs.mkdirSync(project.path('build', 'jupyter', 'kernel'), { recursive: true });
    fs.writeFileSync(
      project.path('build', 'jupyter', 'kernel', 'kernel.js'),
      `exports.Kernel = class { async start() { throw new Error('no kernel today'); } async shutdown() {} };`,
    );
    const { status, diagnosis } = await diagnose(project);
    assert.equal(status, 1);
    const finding = (name: string): string => diagnosis.checks.find((check) => check.name === name)?.finding ?? '';
    assert.match(finding('Native TensorFlow'), /libtensorflow_framework\.so\.1 is missing/);
    assert.match(finding('Notebook kernel'), /no kernel today/);
  });

  test('hides a password in a proxy’s address, and refuses unknown options', async () => {
    const project = Project.fresh();
    project.env.HTTPS_PROXY = 'http://me:secret@proxy.example:3128';
    const { stdout } = await project.run([], { script: 'doctor' });
    assert.match(stdout, /HTTPS_PROXY=http:\/\/\*\*\*@proxy\.example:3128/);
    const refused = await project.run(['--jsn'], { script: 'doctor' });
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /^npm run doctor: Unknown option '--jsn'/);
  });
});
