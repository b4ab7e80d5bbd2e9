/** `npm run screenshot`: a picture of the real app, for the README and for looking at a change. */
import path from 'node:path';
import { parseCommandLine, UsageError } from '../../jupyter/command-line';
import { courseNotebooks } from '../../jupyter/notebook/select';
import { notebookAddress } from '../../jupyter/server/course-page';
import { launchChromium, WatchedPage } from './browser';
import { Course, repository } from './course';
import { NotebookPage } from './notebook-page';

const HELP = `npm run screenshot -- FILE.png [--lesson NN] [--figure N] [--dark] [--width N] [--height N]

Opens the course in headless Chromium and takes a picture of it, stored outputs included;
no cell runs.
  --lesson NN   this lesson instead of the table of contents
  --figure N    scroll to its N-th figure
  --dark        as on a system with a dark theme
  --width N     of the window (default 1280)
  --height N    of the window (default 900)
  --help        print this`;

const OPTIONS = {
  dark: { type: 'boolean' },
  figure: { type: 'string' },
  height: { type: 'string' },
  help: { type: 'boolean' },
  lesson: { type: 'string' },
  width: { type: 'string' },
} as const;

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`--${name} must be a whole number from 1, got ${text}`);
  return value;
}

async function screenshot(): Promise<void> {
  const { values, positionals } = parseCommandLine('npm run screenshot', process.argv.slice(2), OPTIONS);
  if (values.help) return console.log(HELP);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0)
    throw new UsageError('npm run screenshot takes one file name, for example: npm run screenshot -- picture.png');
  const width = wholeNumber('width', values.width, 1280);
  const height = wholeNumber('height', values.height, 900);
  const figure = wholeNumber('figure', values.figure, 1);
  const files = courseNotebooks(repository).lessons;
  const lessons = files.map((name) => path.basename(name));
  const lesson = lessons.find((name) => name.startsWith(`${values.lesson}-`));
  if (values.lesson !== undefined && lesson === undefined)
    throw new UsageError(
      `--lesson ${values.lesson}: there is no such lesson in notebooks/. There are: ${lessons.join(', ')}`,
    );

  const course = await Course.start();
  for (const name of files) await course.addLesson(path.basename(name), name);
  const browser = await launchChromium();
  try {
    const colorScheme = values.dark ? 'dark' : 'light';
    const { page } = await WatchedPage.open(browser, { viewport: { width, height }, colorScheme });
    await page.goto(course.server.address(lesson ? notebookAddress(`notebooks/${lesson}`) : '/'));
    if (lesson) {
      const notebook = new NotebookPage(page);
      await notebook.drawn();
      await notebook.idle();
      if (values.figure !== undefined) {
        const wanted = page.locator(`.attention-Figure:has(.main-svg)`).nth(figure - 1);
        await wanted.waitFor({ state: 'attached' });
        // Cells that come into view take their real height, which moves the figure again.
        for (let settling = 0; settling < 4; settling++) {
          await wanted.evaluate((element: { scrollIntoView(options: object): void }) =>
            element.scrollIntoView({ block: 'center' }),
          );
          await page.waitForTimeout(500);
        }
      }
    }
    await page.screenshot({ path: file });
    console.log(`${file}: ${width} x ${height}`);
  } finally {
    await browser.close();
    await course.close();
  }
}

screenshot().catch((error: unknown) => {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
