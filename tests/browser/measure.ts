/** `npm run measure:browser`: how long a learner waits for the app, medians of several runs. */
import type { Command, CommandLine } from '../../scripts/command-line/command';
import { wholeNumber } from '../../scripts/command-line/kinds';
import type { OptionTable } from '../../scripts/command-line/options';
import { runCommand } from '../../scripts/command-line/run-command';
import { launchChromium, WatchedPage } from './browser';
import { Course } from './course';
import { FIGURE, NotebookPage } from './notebook-page';

const COMMAND = {
  line: 'npm run measure:browser',
  about:
    'Starts the app and headless Chromium, opens a small notebook again and again, and prints how long a learner waits, ' +
    'in milliseconds: the median, and every run. The machine should be idle.',
  options: { runs: { kind: wholeNumber({ atLeast: 1 }), default: 5, help: 'how often' } },
} satisfies Command<OptionTable>;

/** Long enough for the server to have the next spare kernel ready. */
const SPARE_KERNEL = 8000;

async function measure({ values: { runs } }: CommandLine<(typeof COMMAND)['options']>): Promise<void> {
  const times: Record<string, number[]> = {};
  const note = (what: string, start: number): void =>
    void (times[what] ??= []).push(Math.round(performance.now() - start));
  const course = await Course.start();
  const browser = await launchChromium();
  try {
    for (let run = 0; run < runs; run++) {
      const name = await course.addLesson(`${String(run).padStart(2, '0')}-measure.ipynb`);
      await new Promise((resolve) => setTimeout(resolve, SPARE_KERNEL));
      const watched = await WatchedPage.open(browser);
      const { page } = watched;
      const notebook = new NotebookPage(page);
      const start = performance.now();
      await page.goto(course.server.address(`/notebooks/notebooks/${name}`));
      await notebook.drawn();
      note('page to first cell', start);
      await notebook.idle();
      note('page to idle kernel', start);
      await page.waitForSelector(FIGURE);
      note('page to first figure', start);
      await notebook.type(1, "console.log('first');");
      const first = performance.now();
      await notebook.run();
      await notebook.output(1, 'first');
      note('first cell', first);
      await notebook.type(1, "console.log('second');");
      await notebook.idle();
      const second = performance.now();
      await notebook.run();
      await notebook.output(1, 'second');
      note('trivial cell', second);
      const again = performance.now();
      await page.reload();
      await notebook.drawn();
      note('page again, to first cell', again);
      await watched.close();
    }
  } finally {
    await browser.close();
    await course.close();
  }
  for (const [what, all] of Object.entries(times)) {
    const sorted = [...all].sort((one, other) => one - other);
    console.log(`${what.padEnd(26)} ${String(sorted[Math.floor(runs / 2)]).padStart(6)} ms   (${all.join(', ')})`);
  }
}

void runCommand(COMMAND, process.argv.slice(2), measure);
