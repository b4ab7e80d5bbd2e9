import assert from 'node:assert/strict';
import path from 'node:path';
import { suite, test } from 'node:test';
import { repository } from './course';
import { FIGURE, NotebookPage } from './notebook-page';
import { onPage, theCourse } from './shared';

const NAME = '04-attention-pooling.ipynb';
/** The lesson takes up to three minutes on an idle machine. */
const PATIENCE = 20 * 60_000;

suite('lesson 04 in the browser', () => {
  test('runs from the first cell to the last: every cell finishes, formulas and figures are drawn', async () => {
    const course = await theCourse();
    await course.addLesson(NAME, path.join(repository, 'notebooks', NAME));
    await onPage(`/notebooks/notebooks/${NAME}`, async ({ page }) => {
      const notebook = new NotebookPage(page);
      await notebook.drawn();
      await notebook.idle();
      await notebook.runAll(PATIENCE);
      assert.deepEqual(await page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').allTextContents(), []);
      assert.ok((await page.locator('mjx-container').count()) > 0, 'formulas are drawn');
      await page.locator(FIGURE).first().waitFor({ state: 'attached' });
      const figures = page.locator('.attention-Figure');
      assert.equal(await figures.locator('.js-plotly-plot').count(), await figures.count(), 'every figure is drawn');
      for (const label of await figures.locator('> [role=img]').evaluateAll(labelsOf))
        assert.ok(label.length > 20, label);
    });
  });
});

function labelsOf(figures: unknown[]): string[] {
  return (figures as { ariaLabel: string }[]).map(({ ariaLabel }) => ariaLabel);
}
