import assert from 'node:assert/strict';
import fs from 'node:fs';
import { suite, test } from 'node:test';
import { NotebookPage } from './notebook-page';
import { onLesson, onPage, theCourse } from './shared';

suite('the table of contents', () => {
  test('lists the lessons by their titles; one opens by a click, and its toolbar leads back', async () => {
    const course = await theCourse();
    await course.addLesson('20-from-contents.ipynb');
    await onPage('/', async ({ page }) => {
      assert.match(await page.title(), /Attention/);
      const lesson = page.locator('.lesson', { hasText: '20' });
      await lesson.getByRole('link', { name: "A lesson for the browser's tests" }).click();
      const notebook = new NotebookPage(page);
      await notebook.drawn();
      assert.match(page.url(), /\/notebooks\/notebooks\/20-from-contents\.ipynb$/);
      await page.getByRole('button', { name: 'Contents' }).click();
      await page.waitForURL(`${course.server.origin}/`);
    });
  });

  test('leaves nothing unsaved behind when the toolbar leads back', async () => {
    const name = '21-unsaved.ipynb';
    await onLesson(name, async (notebook, course) => {
      await notebook.type(1, '// not saved yet');
      await notebook.page.getByRole('button', { name: 'Contents' }).click();
      await notebook.page.waitForURL(`${course.server.origin}/`);
      assert.equal(course.read(name).cells[1].source, '// not saved yet');
      await notebook.page.locator('.lesson', { hasText: '21' }).getByText('changed by you').waitFor();
    });
  });

  test('calls everything by its visible words, whoever listens, and a lesson by its title after a reset', async () => {
    const course = await theCourse();
    const name = await course.addLesson('24-spoken.ipynb');
    const text = fs.readFileSync(course.file(name), 'utf8');
    fs.writeFileSync(course.file(name), text.replace('[1, 2, 3]', '[4, 5, 6]'));
    await onPage('/', async ({ page }) => {
      const labelled = await page
        .locator('[aria-label]')
        .evaluateAll((all: { ariaLabel: string; textContent: string }[]) =>
          all.map(({ ariaLabel, textContent }) => ({ ariaLabel, textContent })),
        );
      assert.ok(labelled.length > 0);
      for (const { ariaLabel, textContent } of labelled) assert.ok(ariaLabel.includes(textContent), ariaLabel);
      await page.getByLabel('Reset this lesson: 24').click();
      await page.getByRole('button', { name: 'Reset lesson 24' }).click();
      const notice = await page.getByRole('status').textContent();
      assert.match(
        notice ?? '',
        /^Lesson 24, “A lesson for the browser's tests”, is the original again\. Your version is/,
      );
    });
  });

  test('shows the folder of all files', async () => {
    await onPage('/tree/notebooks', async ({ page }) => {
      await page.getByText('20-from-contents.ipynb').first().waitFor();
    });
  });
});

suite('reset of a lesson', () => {
  test('brings the original back, keeps the version of the learner, and says where', async () => {
    const name = '22-reset.ipynb';
    await onLesson(name, async (notebook, course) => {
      const { page } = notebook;
      const original = course.read(name);
      await notebook.type(1, '// my own work');
      await page.getByRole('button', { name: 'Reset lesson' }).click();
      await page.click('.jp-Dialog-button:has-text("Reset")');
      const answer = (await page.locator('.jp-Dialog:has-text("Your version is kept")').textContent()) ?? '';
      const copy = /22-reset\.my-copy-[\d-]+\.ipynb/.exec(answer)?.[0];
      assert.ok(copy, `the answer names the copy: ${answer}`);
      await page.click('.jp-Dialog-button:has-text("Ok")');
      assert.equal(await notebook.source(1), original.cells[1].source);
      assert.deepEqual(course.read(name), original);
      assert.equal(course.read(copy).cells[1].source, '// my own work');
      await notebook.idle();
    });
  });

  test('does nothing when the question is answered with no', async () => {
    const name = '23-no-reset.ipynb';
    await onLesson(name, async (notebook) => {
      await notebook.type(1, '// my own work');
      await notebook.page.getByRole('button', { name: 'Reset lesson' }).click();
      await notebook.page.click('.jp-Dialog-button:has-text("Cancel")');
      assert.equal(await notebook.source(1), '// my own work');
    });
  });
});
