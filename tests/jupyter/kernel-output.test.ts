import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../jupyter/kernel/messages';
import { type CellResult, failureIn } from '../../jupyter/notebook/execute';
import type { Output } from '../../jupyter/notebook/format';
import { eventually } from './course';
import { start } from './kernels';

type Stream = 'stdout' | 'stderr';
interface Message {
  type: string;
  content: JsonObject;
}
interface CellOutput {
  write(stream: Stream, text: string): void;
  display(content: JsonObject, update?: boolean): void;
  end(): void;
  sendAll(): void;
}

const { CellOutput, LARGEST_OUTPUT, TEXT_END, TEXT_WEIGHT } = createRequire(__filename)(
  '../../jupyter/kernel/cell-output.cjs',
) as {
  CellOutput: new (publish: (type: string, content: JsonObject) => void) => CellOutput;
  LARGEST_OUTPUT: number;
  TEXT_END: number;
  TEXT_WEIGHT: number;
};
/** So much text a cell may print. */
const LARGEST_TEXT = LARGEST_OUTPUT / TEXT_WEIGHT;

function newOutput(): { output: CellOutput; messages: Message[] } {
  const messages: Message[] = [];
  return { messages, output: new CellOutput((type, content) => messages.push({ type, content })) };
}

const html = (text: string, id?: string): JsonObject => ({
  data: { 'text/html': text },
  metadata: {},
  transient: id === undefined ? {} : { display_id: id },
});

const textOf = (messages: Message[], stream?: Stream): string =>
  messages
    .filter(({ type, content }) => type === 'stream' && (stream === undefined || content.name === stream))
    .map(({ content }) => content.text as string)
    .join('');

const sizeOf = (messages: Message[]): number => JSON.stringify(messages).length;

test('below the limit everything is shown, in its order', () => {
  const text = fc.record({ stream: fc.constantFrom<Stream>('stdout', 'stderr'), text: fc.string({ minLength: 1 }) });
  const display = fc.record({ html: fc.string(), id: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(fc.oneof(text, display), { maxLength: 300 }), (steps) => {
      const { output, messages } = newOutput();
      const expected: { name: string; text: string }[] = [];
      const append = (name: string, text: string): void => {
        const last = expected.at(-1);
        if (last?.name === name && name !== 'html') last.text += text;
        else expected.push({ name, text });
      };
      for (const step of steps) {
        if ('html' in step) {
          output.display(html(step.html, step.id));
          append('html', step.html);
        } else {
          output.write(step.stream, step.text);
          append(step.stream, step.text);
        }
      }
      output.end();
      const shown: typeof expected = [];
      for (const { type, content } of messages) {
        if (type === 'display_data')
          shown.push({ name: 'html', text: (content.data as JsonObject)['text/html'] as string });
        else if (shown.at(-1)?.name === content.name) shown.at(-1)!.text += content.text as string;
        else shown.push({ ...(content as { name: string; text: string }) });
      }
      assert.deepEqual(shown, expected);
    }),
  );
});

test('the first lines go out at once, the lines of a long output together', () => {
  const { output, messages } = newOutput();
  output.write('stdout', 'begins\n');
  assert.equal(textOf(messages), 'begins\n');
  for (let line = 0; line < 100_000; line++) output.write('stdout', `${line}\n`);
  output.end();
  assert.equal(textOf(messages), `begins\n${Array.from({ length: 100_000 }, (_, line) => `${line}\n`).join('')}`);
  assert.ok(messages.length < 5000, `${messages.length} messages`);
});

test('text that waits goes out when the cell waits', async () => {
  const { output, messages } = newOutput();
  for (let line = 0; line < 1000; line++) output.write('stdout', `${line}\n`);
  await eventually('all lines are out', () => textOf(messages).endsWith('999\n'), 10);
});

const small = 'z'.repeat(1000);
/** More than the limit, in every way in which a cell can write. */
const floods: [what: string, write: (output: CellOutput, step: number) => void, steps: number][] = [
  ['lines', (output, step) => output.write('stdout', `line ${step}\n`), 1_000_000],
  ['lines of both streams in turn', (output, step) => output.write(step % 2 ? 'stdout' : 'stderr', 'x\n'), 20_000],
  ['one text', (output) => output.write('stdout', 'x'.repeat(4 * LARGEST_OUTPUT)), 1],
  ['displays', (output) => output.display(html(small)), 10_000],
  ['empty displays', (output) => output.display(html('')), 10_000],
  ['displays that could be updated', (output, step) => output.display(html(small, String(step))), 10_000],
  ['one display', (output) => output.display(html('x'.repeat(4 * LARGEST_OUTPUT))), 1],
  ['data of a display', (output) => output.display({ data: { json: [small] }, metadata: {} }), 10_000],
  ['metadata of a display', (output) => output.display({ data: {}, metadata: { note: small } }), 10_000],
  ['updates without a display', (output) => output.display(html(small), true), 10_000],
  [
    'updates, each larger than the one before',
    (output, step) => output.display(html('z'.repeat(1000 * step), 'a'), step > 0),
    5000,
  ],
];

for (const [what, write, steps] of floods) {
  test(`what a cell shows has a limit: ${what}`, () => {
    const { output, messages } = newOutput();
    for (let step = 0; step < steps; step++) write(output, step);
    output.end();
    assert.match(
      textOf(messages, 'stderr'),
      /writes more than a page can show: what goes beyond 1\.0 MB of text, or 4\.0 MB of displays, is/,
    );
    assert.match(textOf(messages, 'stderr'), /Left out here: (\d.* of text|\d+ displays?)/);
    // Updates of one display replace one another on the page.
    const kept = messages.filter(({ type }) => type !== 'update_display_data');
    assert.ok(sizeOf(kept) < 1.2 * LARGEST_OUTPUT, `${sizeOf(kept)} characters`);
  });
}

test('what is left out is told in full, and the end of the text is shown, errors too', () => {
  const { output, messages } = newOutput();
  output.write('stdout', 'x'.repeat(LARGEST_TEXT - 250));
  for (let line = 0; line < 100_000; line++) output.write('stdout', `${String(line).padStart(9)}\n`);
  output.display(html('picture'));
  output.display(html('picture'));
  output.write('stdout', 'accuracy 0.99\n');
  output.write('stderr', 'Error: at the end\n');
  const before = messages.length;
  output.end();
  const [remark, stdout, stderr] = messages.slice(before).map(({ content }) => content.text as string);
  // 1,000,000 characters and the last line, without what follows.
  assert.equal(
    remark,
    `\n[Left out here: ${Math.ceil((1_000_014 - stdout.length) / 1024)} KB of text and 2 displays.]\n`,
  );
  assert.ok(stdout.length <= TEXT_END && stdout.length > TEXT_END - 20);
  assert.match(stdout, /^ +\d+\n/);
  assert.ok(stdout.endsWith('    99999\naccuracy 0.99\n'));
  assert.equal(stderr, 'Error: at the end\n');
});

test('a display that changes has the limit for what it shows at last, and shows its last state', async () => {
  const { output, messages } = newOutput();
  output.display(html('', 'a'), false);
  for (let step = 0; step < 500; step++) output.display(html(`${step}${'z'.repeat(100_000)}`, 'a'), true);
  await eventually(
    'the last state is shown',
    () => String((messages.at(-1)?.content.data as JsonObject)['text/html']).startsWith('499z'),
    10,
  );
  output.end();
  assert.equal(textOf(messages), '');
  assert.ok(sizeOf(messages) < 25_000_000, `${sizeOf(messages)} of 50,000,000 characters`);
});

test('a display that was too large is shown when it fits', () => {
  const { output, messages } = newOutput();
  output.display(html('x'.repeat(LARGEST_OUTPUT), 'a'), false);
  output.display(html('fits', 'a'), true);
  output.display(html('fits, too', 'a'), true);
  output.end();
  const displays = messages.filter(({ type }) => type !== 'stream').map(({ type, content }) => [type, content]);
  assert.deepEqual(displays, [
    ['display_data', html('fits', 'a')],
    ['update_display_data', html('fits, too', 'a')],
  ]);
});

test('what comes after the end of a cell has a limit of its own', () => {
  const { output, messages } = newOutput();
  for (let step = 0; step < 5; step++) output.write('stdout', 'x'.repeat(LARGEST_OUTPUT));
  output.end();
  const before = messages.length;
  output.write('stderr', 'UncaughtException: late\n');
  output.sendAll();
  assert.equal(textOf(messages.slice(before)), 'UncaughtException: late\n');
  for (let step = 0; step < 100; step++) output.write('stderr', 'x'.repeat(10_000));
  assert.ok(sizeOf(messages.slice(before)) < 100_000);
  assert.match(textOf(messages.slice(before)), /writes more than a page can show/);
});

test('a character is not cut in two', () => {
  for (const before of [0, 1]) {
    const { output, messages } = newOutput();
    output.write('stdout', 'x'.repeat(before) + '😀'.repeat(LARGEST_OUTPUT));
    assert.ok(messages.every(({ content }) => !/\p{Surrogate}/u.test(content.text as string)));
  }
});

const text = ({ outputs }: CellResult): string =>
  outputs.map((output: Output) => (output.output_type === 'stream' ? output.text : '')).join('');

const IMPORT = "import * as tslab from 'tslab';\n";

test('cells in a kernel cannot show more than a page can bear, and can be interrupted meanwhile', async (t) => {
  const lines: string[] = [];
  const { kernel, run, seen } = await start(t, { log: (line) => void lines.push(line) });

  const cells: [what: string, code: string][] = [
    ['lines', "for (let line = 0; line < 1_000_000; line++) console.log('line', line); throw new Error('at the end');"],
    [
      'displays',
      `${IMPORT}for (let step = 0; step < 200; step++) tslab.display.html('z'.repeat(100000)); throw new Error('at the end');`,
    ],
    [
      'displays written by a package',
      "const { lastWriteDisplayData } = require('tslab/dist/jupyter');\n" +
        "for (let step = 0; step < 200; step++) lastWriteDisplayData({ data: { 'text/html': 'z'.repeat(100000) }, metadata: {}, transient: {} }, false);\n" +
        "throw new Error('at the end');",
    ],
  ];
  for (const [what, code] of cells) {
    await t.test(`${what}, whose error is found`, async () => {
      const result = await run(code);
      assert.ok(JSON.stringify(result.outputs).length < 1.3 * LARGEST_OUTPUT);
      assert.match(text(result), /Left out here: [\d.]+ (MB of text|KB of text|.*displays)/);
      assert.match(failureIn(result) ?? '', /Error: at the end/);
    });
  }

  const endless: [what: string, code: string][] = [
    ['lines', "while (true) console.log('line');"],
    ['displays', `${IMPORT}while (true) tslab.display.html('z'.repeat(100000));`],
  ];
  for (const [what, code] of endless) {
    await t.test(`${what} without end are interrupted`, { skip: process.platform === 'win32' }, async () => {
      const loop = run(code);
      await seen(/writes more than a page can show/);
      assert.ok(kernel.interrupt());
      const result = await loop;
      assert.equal(result.status, 'error');
      assert.ok(JSON.stringify(result.outputs).length < 1.3 * LARGEST_OUTPUT);
      assert.match(text(result), /Left out here: .*(text|displays)/);
    });
  }

  await t.test('what is written past the cells fills no terminal', async () => {
    const result = await run(
      "require('child_process').execFileSync(process.execPath, ['-e', \"process.stdout.write('x'.repeat(3e6))\"], { stdio: 'inherit' });",
    );
    assert.equal(failureIn(result), null);
    await eventually('it was said', () => lines.some((line) => /writes too much past its cells/.test(line)));
    assert.ok(lines.join('').length < 1.5 * 2 ** 20);
  });

  await t.test('what a cell has printed before it ends the process is shown', async () => {
    const lastLine = seen(/line 4999\n/);
    await assert.rejects(
      run("for (let line = 0; line < 5000; line++) console.log('line', line); process.exit(0);"),
      /the kernel ended/,
    );
    await lastLine;
  });
});
