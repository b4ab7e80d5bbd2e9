import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parseNotebook } from '../../jupyter/notebook/format';

const FOLDER = 'notebooks';
const lessons = fs.readdirSync(FOLDER).filter((name) => /^\d\d-.*\.ipynb$/.test(name));

/** The rows of a table whose first two columns are English and Chinese. */
function rowsBelow(text: string, heading: RegExp): string[][] {
  const from = text.search(heading);
  if (from < 0) return [];
  const rows = text.slice(from).split('\n');
  const first = rows.findIndex((line) => line.startsWith('| English | 中文 |'));
  const table = rows.slice(first + 2);
  const end = table.findIndex((line) => !line.startsWith('|'));
  return table.slice(0, end < 0 ? undefined : end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function wordsOf(lesson: string): string[][] {
  const { cells } = parseNotebook(fs.readFileSync(path.join(FOLDER, lesson), 'utf8'));
  return cells.flatMap(({ source }) => rowsBelow(source, /^## Words/m));
}

test('every lesson has a table of words, and an English word has one Chinese word in all of them', () => {
  const chinese = new Map<string, string>();
  for (const lesson of lessons) {
    const words = wordsOf(lesson);
    assert.ok(words.length >= 5, `${lesson} has ${words.length} words`);
    for (const [english, translation] of words) {
      assert.match(translation, /\p{Script=Han}/u, `${lesson}: ${english}`);
      assert.equal(chinese.get(english) ?? translation, translation, `${lesson}: ${english}`);
      chinese.set(english, translation);
    }
  }
});

test("the README's words are those of the lessons that it names", () => {
  const words = rowsBelow(fs.readFileSync('README.md', 'utf8'), /^## Words in English and Chinese/m);
  assert.ok(words.length >= 20, `${words.length} words`);
  assert.equal(new Set(words.map(([english]) => english)).size, words.length, 'each once');
  for (const [english, translation, number] of words) {
    const lesson = lessons.find((name) => name.startsWith(number)) ?? assert.fail(`there is no lesson ${number}`);
    const row = wordsOf(lesson).find(([word]) => word === english) ?? assert.fail(`${lesson} has no ${english}`);
    assert.equal(row[1], translation, english);
  }
});

test("the README's map names every lesson once, with files that exist", () => {
  const readme = fs.readFileSync('README.md', 'utf8');
  const rows = readme.split('\n').filter((line) => /^\| \d\d \| \[/.test(line));
  assert.deepEqual(
    rows.map((row) => /\(notebooks\/([^)]+)\)/.exec(row)?.[1]),
    [...lessons].sort(),
  );
  for (const row of rows) {
    assert.equal(row.split(' | ').length, 5, row);
    for (const [, link] of row.matchAll(/\]\((?!https?:)([^)]+)\)/g)) assert.ok(fs.existsSync(link), link);
    const title = /\[([^\]]+)\]\(notebooks\/([^)]+)\)/.exec(row)!;
    const { cells } = parseNotebook(fs.readFileSync(path.join(FOLDER, title[2]), 'utf8'));
    assert.match(cells[0].source, new RegExp(`^# .*${title[1].replace(/[?*+.()]/g, '\\$&')}`), title[2]);
  }
});
