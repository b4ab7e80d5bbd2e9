/** `npm run screenshot`: a picture of the real app, for the README and for looking at a change. */
import path from 'node:path';
import { courseNotebooks } from '../../jupyter/notebook/select';
import { notebookAddress } from '../../jupyter/server/course-page';
import type { Command, CommandLine } from '../../scripts/command-line/command';
import { wholeNumber, text } from '../../scripts/command-line/kinds';
import type { OptionTable } from '../../scripts/command-line/options';
import { runCommand } from '../../scripts/command-line/run-command';
import { UsageError } from '../../scripts/command-line/usage-error';
import { launchChromium, WatchedPage } from './browser';
import { Course, repository } from './course';
import { NotebookPage } from './notebook-page';

const COUNT = wholeNumber({ atLeast: 1 });

const COMMAND = {
  line: 'npm run screenshot',
  words: 'FILE.png',
  about: 'Opens the course in headless Chromium and takes a picture of it, stored outputs included; no cell runs.',
  options: {
    lesson: { kind: text, value: 'NN', help: 'this lesson instead of the table of contents' },
    figure: { kind: COUNT, help: 'scroll to its N-th figure' },
    dark: { kind: 'flag', help: 'as on a system with a dark theme' },
    width: { kind: COUNT, default: 1280, help: 'of the window' },
    height: { kind: COUNT, default: 900, help: 'of the window' },
  },
} satisfies Command<OptionTable>;

async function screenshot({ values, words }: CommandLine<(typeof COMMAND)['options']>): Promise<void> {
  const [file, ...more] = words;
  if (file === undefined || more.length > 0) {
    throw new UsageError('one file name is needed, for example: npm run screenshot -- picture.png');
  }
  const { width, height, figure } = values;
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
      if (figure !== undefined) {
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

void runCommand(COMMAND, process.argv.slice(2), screenshot);
