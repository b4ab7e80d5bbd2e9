import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { onLesson, until } from './shared';

suite('when a cell misbehaves', () => {
  test('an endless loop is interrupted, and the kernel keeps what it knew', async () => {
    await onLesson('30-endless.ipynb', async (notebook) => {
      const { page } = notebook;
      await notebook.type(1, 'const kept = 7;');
      await notebook.run();
      await notebook.type(2, 'while (true) {}');
      await notebook.run();
      await page.waitForSelector('.jp-InputPrompt:text-is("[*]:")');
      // tslab drops an interrupt that comes while it still checks the types: press until the loop ends, as anyone would.
      await until('the loop is interrupted', async () => {
        await page.click('[data-command="notebook:interrupt-kernel"]');
        return notebook.becomesIdle(1000);
      });
      await notebook.type(2, 'kept + 1');
      await page.waitForTimeout(300); // after an error tslab answers every request with "abort" for 200 ms
      await notebook.run();
      await notebook.output(2, '8');
    });
  });

  test('a cell that prints without end is interrupted, says what it left out, and the page stays in use', async () => {
    await onLesson('33-printing.ipynb', async (notebook) => {
      const { page } = notebook;
      const says = (text: string): Promise<unknown> =>
        page.waitForFunction(`document.querySelector('.jp-Notebook').textContent.includes(${JSON.stringify(text)})`);
      await notebook.type(1, "while (true) console.log('line');");
      await notebook.run();
      await says('This cell writes more than a page can show');
      await page.click('[data-command="notebook:interrupt-kernel"]');
      await says('Left out here:');
      await notebook.idle();
      await notebook.type(2, '6 * 7');
      await page.waitForTimeout(300); // after an error tslab answers every request with "abort" for 200 ms
      await notebook.run();
      await notebook.output(2, '42');
    });
  });

  test('a restart forgets what the kernel knew, and nothing else', async () => {
    await onLesson('31-restart.ipynb', async (notebook) => {
      const { page } = notebook;
      await notebook.type(1, 'const forgotten = 7;');
      await notebook.run();
      await notebook.idle();
      await page.click('[data-command="notebook:restart-kernel"]');
      await page.click('.jp-Dialog-button:has-text("Restart")');
      await notebook.idle();
      assert.equal(await notebook.source(1), 'const forgotten = 7;');
      await notebook.type(2, 'typeof forgotten');
      await notebook.run();
      await notebook.output(2, "Cannot find name 'forgotten'");
    });
  });

  test('a killed kernel is replaced, and the unsaved text stays', async () => {
    await onLesson('32-killed.ipynb', async (notebook, course) => {
      const { page } = notebook;
      await notebook.type(1, "process.kill(process.pid, 'SIGKILL');");
      await notebook.run();
      await page.waitForSelector('.jp-Dialog:has-text("appears to have died. It will restart automatically")');
      await page.click('.jp-Dialog-button:has-text("Ok")');
      await notebook.idle();
      assert.equal(await notebook.source(1), "process.kill(process.pid, 'SIGKILL');");
      await notebook.type(1, '6 * 7');
      await notebook.run();
      await notebook.output(1, '42');
      await notebook.save();
      assert.equal(course.read('32-killed.ipynb').cells[1].source, '6 * 7');
    });
  });
});
