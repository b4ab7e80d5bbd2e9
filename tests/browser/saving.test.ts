import assert from 'node:assert/strict';
import fs from 'node:fs';
import { suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { NotebookPage } from './notebook-page';
import { onLesson, onPage, theCourse, until } from './shared';

/** Stops every save of `page` on its way to the server until it is let through. */
class HeldSaves {
  private readonly held: (() => void)[] = [];
  private open = false;

  static async of(page: Page): Promise<HeldSaves> {
    const saves = new HeldSaves();
    await page.route(/\/api\/contents\//, async (route) => {
      if (route.request().method() === 'PUT' && !saves.open)
        await new Promise<void>((resolve) => saves.held.push(resolve));
      await route.continue();
    });
    return saves;
  }

  /** Waits until one is on its way; never may a second one overtake it. */
  async one(): Promise<void> {
    await until('a save is on its way', async () => this.held.length > 0);
    assert.equal(this.held.length, 1);
  }

  letOneThrough(): void {
    assert.equal(this.held.length, 1);
    this.held.shift()?.();
  }

  letAllThrough(): void {
    this.open = true;
    for (const go of this.held) go();
  }
}

/** What happens to a lesson's first cell: typed, sent, and typed again before the answer comes. */
async function editDuringSave(notebook: NotebookPage): Promise<HeldSaves> {
  const saves = await HeldSaves.of(notebook.page);
  await notebook.type(1, '// first');
  await notebook.page.keyboard.press('Control+s');
  await saves.one();
  await notebook.type(1, '// second');
  return saves;
}

suite('what is typed while a save is under way', () => {
  test('is saved soon afterwards, without a word', async () => {
    await onLesson('40-during.ipynb', async (notebook, course) => {
      const saves = await editDuringSave(notebook);
      const firstCell = (): string => course.read('40-during.ipynb').cells[1].source;
      saves.letOneThrough();
      await saves.one();
      assert.equal(firstCell(), '// first');
      saves.letAllThrough();
      await until('the disk has it', async () => firstCell() === '// second');
    });
  });

  test('keeps the browser from leaving until it is saved', async () => {
    await onLesson('41-leaving.ipynb', async (notebook) => {
      const { page } = notebook;
      const saves = await editDuringSave(notebook);
      saves.letOneThrough();
      await saves.one();
      const [question] = await Promise.all([page.waitForEvent('dialog'), page.close({ runBeforeUnload: true })]);
      assert.equal(question.type(), 'beforeunload');
      await question.dismiss();
      assert.equal(await notebook.source(1), '// second');
      saves.letAllThrough();
    });
  });

  test('is saved by a second Ctrl+S, after the first and not beside it', async () => {
    await onLesson('42-twice.ipynb', async (notebook, course) => {
      const { page } = notebook;
      await page.evaluate(autosave, false);
      try {
        const saves = await editDuringSave(notebook);
        await page.keyboard.press('Control+s');
        await page.keyboard.press('Control+s');
        await page.waitForTimeout(500); // long enough for a request that must not come
        saves.letOneThrough();
        await saves.one();
        saves.letAllThrough();
        await until('the disk has it', async () => course.read('42-twice.ipynb').cells[1].source === '// second');
      } finally {
        await page.evaluate(autosave, true);
      }
    });
  });

  test('goes with the notebook when it is renamed, and no file is left under the old name', async () => {
    await onLesson('43-old.ipynb', async (notebook, course) => {
      const { page } = notebook;
      const saves = await editDuringSave(notebook);
      await notebook.menu('File', 'Rename…');
      await page.locator('.jp-Dialog input').fill('43-new.ipynb');
      await page.locator('.jp-Dialog').getByRole('button', { name: 'Rename' }).click();
      await page.waitForTimeout(500); // long enough for a request that must not come
      saves.letAllThrough();
      await until(
        'the new file has it',
        async () =>
          fs.existsSync(course.file('43-new.ipynb')) && course.read('43-new.ipynb').cells[1].source === '// second',
      );
      assert.ok(!fs.existsSync(course.file('43-old.ipynb')));
    });
  });

  test('is in the version that a reset keeps; from then on nothing can be typed until the original is there', async () => {
    const name = '44-reset.ipynb';
    await onLesson(name, async (notebook, course) => {
      const { page } = notebook;
      const original = course.read(name);
      const saves = await editDuringSave(notebook);
      await page.getByRole('button', { name: 'Reset lesson' }).click();
      await page.click('.jp-Dialog-button:has-text("Reset")');
      await page.locator('.jp-Dialog', { hasText: 'Bringing the original back' }).waitFor();
      await page.keyboard.insertText('// too late');
      assert.equal(await notebook.source(1), '// second');
      saves.letAllThrough();
      const answer = (await page.locator('.jp-Dialog:has-text("Your version is kept")').textContent()) ?? '';
      const copy = /44-reset\.my-copy-[\d-]+\.ipynb/.exec(answer)?.[0];
      assert.ok(copy, answer);
      await page.click('.jp-Dialog-button:has-text("Ok")');
      assert.equal(course.read(copy).cells[1].source, '// second');
      assert.deepEqual(course.read(name), original);
      assert.equal(await notebook.source(1), original.cells[1].source);
    });
  });

  test('is saved in a text file too', async () => {
    const course = await theCourse();
    fs.writeFileSync(course.file('notes.txt'), 'before\n');
    await onPage('/edit/notebooks/notes.txt', async ({ page }) => {
      const saves = await HeldSaves.of(page);
      const type = async (text: string): Promise<void> => {
        await page.locator('.jp-FileEditor .cm-content').click();
        await page.keyboard.press('ControlOrMeta+a');
        await page.keyboard.insertText(text);
      };
      await type('first');
      await page.keyboard.press('Control+s');
      await saves.one();
      await type('second');
      saves.letAllThrough();
      await until('the disk has it', async () => fs.readFileSync(course.file('notes.txt'), 'utf8') === 'second');
    });
  });
});

/** Turns autosave on or off, in the page. */
function autosave(on: boolean): Promise<unknown> {
  const { jupyterapp } = globalThis as unknown as {
    jupyterapp: { commands: { isToggled(id: string): boolean; execute(id: string): Promise<unknown> } };
  };
  const { commands } = jupyterapp;
  return commands.isToggled('docmanager:toggle-autosave') === on
    ? Promise.resolve()
    : commands.execute('docmanager:toggle-autosave');
}
