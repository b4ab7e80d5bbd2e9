/** `npm run notebooks:check`: checks the form of all notebooks of the course, without running them. */
import path from 'node:path';
import { parseCommandLine, UsageError } from './command-line';
import { checkNotebook } from './notebook/check';
import { selectNotebooks } from './notebook/select';
import { repositoryRoot } from './repository';

const HELP = `npm run notebooks:check [-- 04 path/to/file.ipynb ...]

Checks the form of notebooks without running them: format, headings, sections, links, text
alternatives of figures, length of code cells, no absolute paths.
  --help   print this`;

export function main(argv: string[]): void {
  try {
    check(argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`npm run notebooks:check: ${error.message}`);
    process.exitCode = 2;
  }
}

function check(argv: string[]): void {
  const { values, positionals } = parseCommandLine('npm run notebooks:check', argv, { help: { type: 'boolean' } });
  if (values.help) return console.log(HELP);
  let count = 0;
  const files = selectNotebooks(repositoryRoot, positionals);
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

if (require.main === module) main(process.argv.slice(2));
