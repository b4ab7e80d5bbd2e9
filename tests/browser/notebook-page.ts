/** A notebook in the browser, as the tests handle it. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** The part of Jupyter's application object that the tests look at. */
interface JupyterWindow {
  jupyterapp?: {
    commands: { execute(command: string): Promise<unknown> };
    shell: {
      currentWidget: {
        sessionContext?: { session?: { kernel?: { status: string; connectionStatus: string; id: string } } };
        context: { model: { dirty: boolean }; saveState?: unknown };
        content: {
          activeCellIndex: number;
          mode: string;
          widgets: {
            model: { type: string; executionCount: number | null; sharedModel: { source: string } };
            editor: { focus(): void; setCursorPosition(position: { line: number; column: number }): void };
          }[];
        };
      } | null;
    };
  };
}
declare const window: JupyterWindow;
declare const document: {
  querySelectorAll(selector: string): Iterable<{ textContent: string }>;
};

export const FIRST_CELL = '.jp-Notebook .jp-Cell .jp-RenderedMarkdown h1';
export const FIGURE = '.attention-Figure .main-svg';
/** Upper limits only: a busy machine starts a kernel ten times more slowly. */
const PATIENCE = 120_000;

export class NotebookPage {
  constructor(readonly page: Page) {}

  /** Waits until the first cell is drawn. */
  async drawn(): Promise<void> {
    await this.page.waitForSelector(FIRST_CELL, { timeout: PATIENCE });
  }

  /** Waits until the kernel is connected and has nothing to do. */
  async idle(timeout = PATIENCE): Promise<void> {
    await this.page.waitForFunction(
      () => {
        const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
        return kernel?.status === 'idle' && kernel.connectionStatus === 'connected';
      },
      undefined,
      { timeout },
    );
  }

  /** Whether the kernel has nothing to do before `timeout` is over. */
  becomesIdle(timeout: number): Promise<boolean> {
    return this.idle(timeout).then(
      () => true,
      () => false,
    );
  }

  async menu(...labels: string[]): Promise<void> {
    const [bar, ...items] = labels;
    await this.page.click(`.lm-MenuBar-itemLabel:text-is("${bar}")`);
    for (const item of items) await this.page.click(`.lm-Menu-itemLabel:text-is("${item}")`);
  }

  /** Runs all cells from the menu and waits for the last one; fails when one of them stops the others. */
  async runAll(timeout = PATIENCE): Promise<void> {
    await this.menu('Edit', 'Clear Outputs of All Cells');
    await this.menu('Run', 'Run All Cells');
    const prompts = this.page.locator('.jp-CodeCell .jp-InputPrompt');
    await prompts.filter({ hasText: /[*\d]/ }).first().waitFor();
    await prompts.filter({ hasText: '*' }).first().waitFor({ state: 'detached', timeout });
    await this.idle(timeout);
    const left = await this.page.evaluate(
      () =>
        window.jupyterapp?.shell.currentWidget?.content.widgets.filter(
          ({ model }) =>
            model.type === 'code' && model.sharedModel.source.trim() !== '' && model.executionCount === null,
        ).length,
    );
    const last = (await this.outputs()).at(-1);
    assert.equal(left, 0, `cells did not run; the last output is: ${last}`);
  }

  /** The outputs as text, one entry for each. */
  outputs(): Promise<string[]> {
    return this.page.evaluate(() =>
      [...document.querySelectorAll('.jp-OutputArea-output')].map((output) => output.textContent.trim()),
    );
  }

  source(cell: number): Promise<string> {
    return this.page.evaluate(
      (index) => window.jupyterapp?.shell.currentWidget?.content.widgets[index].model.sharedModel.source ?? '',
      cell,
    );
  }

  kernelId(): Promise<string> {
    return this.page.evaluate(
      () => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.id ?? 'no kernel',
    );
  }

  /** Replaces the text of a cell the way a person does: click, select all, type. */
  async type(cell: number, text: string): Promise<void> {
    await this.page.locator('.jp-Notebook .jp-Cell').nth(cell).locator('.cm-content').click();
    await this.page.keyboard.press('ControlOrMeta+a');
    await this.page.keyboard.insertText(text);
  }

  /** Runs the cell that is being edited. */
  async run(): Promise<void> {
    await this.page.keyboard.press('Control+Enter');
  }

  /** Ctrl+S, until nothing is left to save. */
  async save(): Promise<void> {
    await this.page.keyboard.press('Control+s');
    await this.page.waitForFunction(() => window.jupyterapp?.shell.currentWidget?.context.model.dirty === false);
  }

  /** Waits for a text in the outputs of a cell. */
  async output(cell: number, text: string | RegExp, timeout = PATIENCE): Promise<void> {
    const area = this.page.locator('.jp-Notebook .jp-Cell').nth(cell).locator('.jp-OutputArea-output');
    await area.filter({ hasText: text }).first().waitFor({ timeout });
  }
}
