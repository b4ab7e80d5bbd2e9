/** `npm run measure:browser`: how long a learner waits for the app, medians of several runs. */
import { parseCommandLine, UsageError } from '../../jupyter/command-line';
import { launchChromium, WatchedPage } from './browser';
import { Course } from './course';
import { FIGURE, NotebookPage } from './notebook-page';

const HELP = `npm run measure:browser [-- --runs N]

Starts the app and headless Chromium, opens a small notebook again and again, and prints how long a
learner waits, in milliseconds: the median, and every run. The machine should be idle.
  --runs N   how often (default 5)
  --help     print this`;

/** Long enough for the server to have the next spare kernel ready. */
const SPARE_KERNEL = 8000;

async function measure(): Promise<void> {
  const { values } = parseCommandLine('npm run measure:browser', process.argv.slice(2), {
    help: { type: 'boolean' },
    runs: { type: 'string', default: '5' },
  });
  if (values.help) return console.log(HELP);
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1)
    throw new UsageError(`--runs must be a whole number from 1, got ${values.runs}`);

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

measure().catch((error: unknown) => {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
