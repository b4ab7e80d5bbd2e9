import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FIGURE, NotebookPage } from './notebook-page';
import { onLesson, onPage, until } from './shared';

/** The cells of fixtures/00-fixture.ipynb, in order. */
const CELLS = { title: 0, numbers: 1, plus: 2, figure: 3, html: 4, later: 5 };
const DESCRIPTION = 'Weights on words, 2 rows: one: word 0.7; two: a 0.6.';

suite('a notebook in the browser', () => {
  test('draws text, formulas, tables and stored outputs without running anything', async () => {
    await onLesson('10-stored.ipynb', async (notebook) => {
      const { page } = notebook;
      await page.waitForSelector(FIGURE);
      assert.equal(await page.locator('mjx-container').count(), 3);
      assert.equal(await page.locator('.jp-RenderedMarkdown table').count(), 1);
      const outputs = await notebook.outputs();
      assert.deepEqual(outputs.slice(0, 2), ['sum 6', '4']);
      assert.equal(outputs.at(-1), 'finished');
      const figure = page.locator('.attention-Figure');
      assert.equal(await figure.locator('[data-title*="Share"]').count(), 0, 'no button uploads the figure');
      assert.ok((await figure.locator('[data-title]').count()) > 3, 'the other buttons are there');
      assert.equal(await figure.locator('> [role=img]').getAttribute('aria-label'), DESCRIPTION);
      await figure.getByText('Text description').click();
      assert.equal(await figure.locator('pre').textContent(), DESCRIPTION);
    });
  });

  test('keeps scripts of stored outputs from running until the notebook is trusted', async () => {
    await onLesson('11-trust.ipynb', async (notebook) => {
      const paragraph = notebook.page.locator('.jp-RenderedHTML p');
      assert.equal(await paragraph.textContent(), 'before the script');
      await notebook.menu('File', 'Trust Notebook');
      await notebook.page.click('.jp-Dialog-button.jp-mod-warn, .jp-Dialog-button.jp-mod-accept');
      await paragraph.filter({ hasText: 'the script ran' }).waitFor();
    });
  });

  test('runs all cells: streams, values, figures, scripts, pauses', async () => {
    await onLesson('12-run-all.ipynb', async (notebook) => {
      await notebook.runAll();
      await notebook.page.waitForSelector(FIGURE);
      const outputs = await notebook.outputs();
      assert.equal(outputs.length, 5);
      assert.deepEqual(outputs.slice(0, 2), ['sum 6', '4']);
      assert.match(outputs[2], /Weights on words/);
      assert.match(outputs[3], /^the script ran/);
      assert.equal(outputs[4], 'finished');
    });
  });

  test('shows a type error of a cell, and goes on', async () => {
    await onLesson('13-error.ipynb', async (notebook) => {
      await notebook.type(CELLS.numbers, 'const wrong: number = "text";');
      await notebook.run();
      await notebook.output(CELLS.numbers, "Type 'string' is not assignable to type 'number'");
      await notebook.type(CELLS.plus, '20 + 3');
      await notebook.idle();
      await notebook.page.waitForTimeout(300); // after an error tslab answers every request with "abort" for 200 ms
      await notebook.run();
      await notebook.output(CELLS.plus, '23');
    });
  });

  test('keeps an edited cell through saving and loading again', async () => {
    await onLesson('14-edit.ipynb', async (notebook, course) => {
      const text = "// mine: attention, 注意\nconsole.log('edited');";
      await notebook.type(CELLS.numbers, text);
      await notebook.run();
      await notebook.output(CELLS.numbers, 'edited');
      await notebook.save();
      assert.equal(course.read('14-edit.ipynb').cells[CELLS.numbers].source, text);
      await notebook.page.reload();
      await notebook.drawn();
      await notebook.idle();
      assert.equal(await notebook.source(CELLS.numbers), text);
      await notebook.output(CELLS.numbers, 'edited');
    });
  });

  test('completes names and shows types', async () => {
    await onLesson('15-completion.ipynb', async (notebook) => {
      const { page } = notebook;
      await notebook.type(CELLS.numbers, 'const words: string[] = ["a"];');
      await notebook.run();
      await notebook.type(CELLS.plus, 'words.fil');
      await page.keyboard.press('Tab');
      const items = page.locator('.jp-Completer-item');
      // One match is filled in at once; several are offered.
      await items.first().waitFor();
      assert.match((await items.allTextContents()).join(' '), /fill.*filter|filter.*fill/);
      await page.keyboard.press('Escape');
      await notebook.type(CELLS.plus, 'words');
      await page.keyboard.press('Shift+Tab');
      await page.waitForSelector('.jp-Tooltip:has-text("string[]")');
    });
  });

  test('follows the system into the dark, and fits figures to the window', async () => {
    await onLesson('16-theme.ipynb', async (notebook) => {
      const { page } = notebook;
      await page.waitForSelector(FIGURE);
      const titleStyle = () => page.locator('.attention-Figure .gtitle').getAttribute('style');
      const figureWidth = async () => (await page.locator(FIGURE).first().boundingBox())?.width ?? 0;
      const light = await titleStyle();
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.locator('body[data-jp-theme-light="false"]').waitFor({ state: 'attached' });
      await until('the figure has other colours', async () => (await titleStyle()) !== light);
      const wide = await figureWidth();
      await page.setViewportSize({ width: 700, height: 900 });
      await until('the figure is narrower', async () => (await figureWidth()) < wide - 300);
    });
  });
});

suite('two tabs on one notebook', () => {
  test('share the kernel, and none overwrites what the other saved without asking', async () => {
    await onLesson('17-two-tabs.ipynb', async (first, course) => {
      const name = '17-two-tabs.ipynb';
      await onPage(`/notebooks/notebooks/${name}`, async ({ page }) => {
        const second = new NotebookPage(page);
        await second.drawn();
        await second.idle();
        assert.equal(await second.kernelId(), await first.kernelId());
        await first.type(CELLS.numbers, 'const shared = 42;');
        await first.run();
        await first.save();
        await second.type(CELLS.plus, 'shared + 1');
        await second.run();
        await second.output(CELLS.plus, '43');
        await page.keyboard.press('Control+s');
        await page.waitForSelector('.jp-Dialog:has-text("changed on disk")');
        await page.click('.jp-Dialog-button:has-text("Revert")');
        // The dialog is gone before the notebook has been fetched again.
        await until(
          'the second tab has the cell',
          async () => (await second.source(CELLS.numbers)) === 'const shared = 42;',
        );
        assert.equal(course.read(name).cells[CELLS.numbers].source, 'const shared = 42;');
      });
    });
  });
});
