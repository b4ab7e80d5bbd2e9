/** One course and one Chromium for all browser tests: starting them costs more than most tests. */
import path from 'node:path';
import { after } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { launchChromium, WatchedPage } from './browser';
import { Course, repository } from './course';
import { NotebookPage } from './notebook-page';

let course: Promise<Course> | undefined;
let browser: Promise<Browser> | undefined;

after(async () => {
  await (await browser)?.close();
  await (await course)?.close();
});

export function theCourse(): Promise<Course> {
  return (course ??= Course.start());
}

/** Opens a page of the course, runs `test`, and demands that no request left the course and no new error appeared. */
export async function onPage(
  address: string,
  test: (watched: WatchedPage, course: Course) => Promise<void>,
  options?: BrowserContextOptions,
): Promise<void> {
  await onPageOf(await theCourse(), address, test, options);
}

/** The same for a course of the test's own. */
export async function onPageOf(
  running: Course,
  address: string,
  test: (watched: WatchedPage, course: Course) => Promise<void>,
  options?: BrowserContextOptions,
): Promise<void> {
  const watched = await WatchedPage.open(await (browser ??= launchChromium()), options);
  try {
    await watched.page.goto(running.server.address(address));
    await test(watched, running);
    watched.assertQuiet(running.server.origin);
  } catch (error) {
    const picture = path.join(repository, 'build', 'test-failures', `${path.basename(address) || 'contents'}.png`);
    await watched.page.screenshot({ path: picture });
    console.error(`The page as it was when the test failed: ${picture}`);
    throw error;
  } finally {
    await watched.close();
  }
}

/** Adds a lesson, opens it, and waits until its kernel is there. */
export async function onLesson(
  name: string,
  test: (notebook: NotebookPage, course: Course) => Promise<void>,
  options?: BrowserContextOptions,
): Promise<void> {
  await (await theCourse()).addLesson(name);
  await onPage(
    `/notebooks/notebooks/${name}`,
    async ({ page }, running) => {
      const notebook = new NotebookPage(page);
      await notebook.drawn();
      await notebook.idle();
      await test(notebook, running);
    },
    options,
  );
}

/** Asks again and again until `condition` holds; for what no selector can express. */
export async function until(what: string, condition: () => Promise<boolean>, timeout = 60_000): Promise<void> {
  for (const end = Date.now() + timeout; !(await condition()); await setTimeout(50))
    if (Date.now() > end) throw new Error(`waited ${timeout / 1000} s in vain until ${what}`);
}
