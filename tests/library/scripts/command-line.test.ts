import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { helpOf, readCommandLine } from '../../../scripts/command-line/command';
import {
  choice,
  folder,
  newFolder,
  realNumber,
  positiveNumber,
  shareBelowOne,
  shareUpToOne,
  someOf,
  text,
  wholeNumber,
} from '../../../scripts/command-line/kinds';
import { inGroup, type OptionTable, type ValuesOf } from '../../../scripts/command-line/options';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'command-line-'));
after(() => fs.rmSync(scratch, { recursive: true }));

const KINDS = ['soft', 'hard', 'chunkwise'] as const;

const OPTIONS = {
  ...inGroup('What to build', {
    alignment: { kind: choice(KINDS, (kind) => `the ${kind} one`), default: 'soft', help: 'how scores become weights' },
    chunk: {
      ...{ kind: wholeNumber({ atLeast: 1 }), default: 3, help: 'of chunkwise' },
      needs: { option: 'alignment', oneOf: ['chunkwise'] },
    },
    backwards: { kind: 'flag', help: 'last symbol first', needs: { option: 'alignment', oneOf: ['soft', 'hard'] } },
  }),
  'learning-rate': { kind: positiveNumber(), value: 'X', help: 'the highest', defaultText: 'as the alignment has it' },
  model: { kind: folder, repeatable: true, help: 'a model' },
  share: { kind: shareUpToOne, default: 0.75, needs: { option: 'model' }, help: 'how much it counts' },
  save: { kind: newFolder, keepsResults: true, help: 'where to keep it' },
  'save-small': { kind: newFolder, keepsResults: true, help: 'and small' },
  'no-open': { kind: 'flag', help: 'prints only' },
} as const satisfies OptionTable;

const COMMAND = { line: 'npm run train -- dates', about: 'Trains.', options: OPTIONS, notes: 'Exact: all is right.' };

const read = (...args: string[]) => readCommandLine(COMMAND, args);
const refused = (message: RegExp) => ({ name: 'UsageError', message });

test('values have the types and defaults that the table tells', () => {
  const values: {
    alignment: 'soft' | 'hard' | 'chunkwise';
    chunk: number;
    backwards: boolean;
    learningRate: number | undefined;
    model: string[];
    share: number;
    save: string | undefined;
    saveSmall: string | undefined;
    open: boolean;
  } = read().values;
  assert.deepEqual(values, {
    ...{ alignment: 'soft', chunk: 3, backwards: false, learningRate: undefined, model: [], share: 0.75 },
    ...{ save: undefined, saveSmall: undefined, open: true },
  });
  const same: ValuesOf<typeof OPTIONS> = values;
  const given = read('--alignment=chunkwise', '--chunk', '5', '--learning-rate', '1e-3', '--no-open', '--model', 'a');
  assert.deepEqual(given.values, {
    ...same,
    alignment: 'chunkwise',
    chunk: 5,
    learningRate: 0.001,
    open: false,
    model: ['a'],
  });
});

test('the repeated command has what is not at its default, in the order of the table, as a shell reads it', () => {
  const small = path.join(scratch, 'small');
  const args = [
    '--save-small',
    small,
    '--model',
    'my model',
    '--chunk=4',
    '--model',
    "it's",
    '--alignment',
    'chunkwise',
  ];
  const { repeat, values } = read(...args, '--share', '0.75');
  assert.equal(
    repeat(),
    "npm run train -- dates --alignment chunkwise --chunk 4 --model 'my model' --model 'it'\\''s'",
  );
  assert.equal(values.saveSmall, small);
  assert.equal(read().repeat(), 'npm run train -- dates');
  const settled = { chunk: 3, learningRate: 0.01 };
  assert.equal(read('--chunk=3').repeat(settled), 'npm run train -- dates --chunk 3 --learning-rate 0.01');
});

describe('one sentence names what is wrong with', () => {
  const full = path.join(scratch, 'full');
  fs.mkdirSync(path.join(full, 'inside'), { recursive: true });
  const file = path.join(scratch, 'file');
  fs.writeFileSync(file, '');
  const mistakes: [string[], RegExp][] = [
    [
      ['--aligment', 'hard'],
      /^Unknown option '--aligment'; did you mean --alignment\? npm run train -- dates --help lists them$/,
    ],
    [['--xyz=1'], /^Unknown option '--xyz'; npm run train -- dates --help lists them$/],
    [['-a'], /^Unknown option '-a'; /],
    [['word'], /^Unexpected argument 'word'; .* lists them$/],
    [['--chunk'], /^--chunk needs a value; .* lists them$/],
    [['--chunk', '-1'], /^--chunk needs a value, and one that begins with - is written --chunk=-1; .* lists them$/],
    [['--alignment', '--backwards'], /^--alignment needs a value, /],
    [['--backwards=yes'], /backwards/],
    [['--alignment', 'sharp'], /^--alignment must be one of soft, hard, chunkwise, got sharp$/],
    [['--chunk=-1'], /^--chunk must be a whole number of at least 1, got -1$/],
    [['--chunk=4'], /^--chunk needs --alignment chunkwise, got soft$/],
    [['--backwards', '--alignment', 'chunkwise'], /^--backwards needs --alignment soft or hard, got chunkwise$/],
    [['--share', '0.5'], /^--share needs --model: give both, or neither$/],
    [['--save', full], /^--save .*full is not empty; name a new folder$/],
    [['--save', file], /^--save .*file is a file; name a folder$/],
    [['--save', path.join(file, 'x')], /^--save .*x cannot be made: .*file is a file$/],
    [
      ['--save', `${full}2`, '--save-small', `${full}2/`],
      /^--save and --save-small both name .*; give each a folder of/,
    ],
  ];
  for (const [args, message] of mistakes) {
    test(args.join(' '), () => {
      assert.throws(() => read(...args), refused(message));
    });
  }
});

test('each kind of value reads what it should, and refuses all else by its name', () => {
  const accepted = [
    [wholeNumber({ atLeast: 0 }), '0', 0],
    [wholeNumber({ atLeast: 1, atMost: 65_535 }), '65535', 65_535],
    [realNumber({ atLeast: 0 }), '0', 0],
    [shareBelowOne, '0', 0],
    [shareUpToOne, '1', 1],
    [someOf(KINDS), 'hard, soft', ['soft', 'hard']],
    [text, '-', '-'],
  ] as const;
  for (const [kind, given, value] of accepted) assert.deepEqual(kind.read(given, '--x'), value);
  const wrong = [
    [wholeNumber({ atLeast: 1 }), ['0', '1.5', '', ' ', 'one', 'Infinity'], 'a whole number of at least 1'],
    [wholeNumber({ atLeast: 1, atMost: 9 }), ['0', '10'], 'a number from 1 to 9'],
    [positiveNumber({ of: ' of seconds' }), ['0', '', 'x', 'Infinity'], 'a number of seconds above 0'],
    [realNumber({ atLeast: 0 }), ['', '-1', 'NaN'], 'a number of at least 0'],
    [shareBelowOne, ['1', '', '-0.1'], 'at least 0 and below 1'],
    [shareUpToOne, ['1.1', ' ', '-0.1'], 'at least 0 and at most 1'],
  ] as const;
  for (const [kind, texts, expected] of wrong) {
    for (const each of texts) {
      const message = `--x must be ${expected}, got ${each}`;
      assert.throws(() => kind.read(each, '--x'), { name: 'UsageError', message });
    }
  }
  for (const [list, got] of [
    ['soft,firm', 'firm'],
    ['', 'nothing'],
  ]) {
    const message = `--x must list some of soft, hard, chunkwise, got ${got}`;
    assert.throws(() => someOf(KINDS).read(list, '--x'), { name: 'UsageError', message });
  }
});

test('the help has every option with its default and what it needs', () => {
  assert.equal(
    helpOf(COMMAND),
    [
      'npm run train -- dates [options]\n',
      'Trains.\n',
      'What to build:',
      '  --alignment NAME   how scores become weights (default soft):',
      '    soft       the soft one',
      '    hard       the hard one',
      '    chunkwise  the chunkwise one',
      '  --chunk N          of chunkwise (default 3; only with --alignment chunkwise)',
      '  --backwards        last symbol first (only with --alignment soft or hard)\n',
      '  --learning-rate X  the highest (default as the alignment has it)',
      '  --model DIR        a model (several times)',
      '  --share N          how much it counts (default 0.75; only with --model)',
      '  --save DIR         where to keep it',
      '  --save-small DIR   and small',
      '  --no-open          prints only',
      '  --help             print this\n',
      'Exact: all is right.',
    ].join('\n'),
  );
});
