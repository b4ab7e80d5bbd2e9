/** `npm run notebooks:check`: checks the form of all notebooks of the course, without running them. */
import path from 'node:path';
import { runCommand } from '../scripts/command-line/run-command';
import { checkNotebook } from './notebook/check';
import { selectNotebooks } from './notebook/select';
import { repositoryRoot } from './repository';

const COMMAND = {
  line: 'npm run notebooks:check',
  words: '[04 path/to/file.ipynb ...]',
  about:
    'Checks the form of notebooks without running them: format, headings, sections, links, text alternatives of ' +
    'figures, length of code cells, no absolute paths.',
  options: {},
};

export function main(argv: string[]): Promise<void> {
  return runCommand(COMMAND, argv, ({ words }) => check(words));
}

function check(words: readonly string[]): void {
  let count = 0;
  const files = selectNotebooks(repositoryRoot, words);
  for (const file of files) {
    const kind = path.basename(path.dirname(file)) === 'solutions' ? 'solution' : 'lesson';
    for (const problem of checkNotebook(file, { root: repositoryRoot, kind })) {
      console.log(`${path.relative(process.cwd(), file)}: ${problem}`);
      count += 1;
    }
  }
  console.log(`${files.length} notebooks, ${count} problems`);
  if (count > 0) process.exitCode = 1;
}

if (require.main === module) void main(process.argv.slice(2));
