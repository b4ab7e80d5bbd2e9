import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import { parseNotebook, type Cell, type Notebook } from '../../jupyter/notebook/format';
import { readOutline, withoutCodeBlocks } from '../../jupyter/notebook/outline';
import { courseNotebooks } from '../../jupyter/notebook/select';
import { Course, repository } from './course';
import { NotebookPage } from './notebook-page';
import { onPageOf } from './shared';

/** What lessons and cards link to, beside the notebooks. */
const FOLDERS = ['src', 'datasets', 'models', 'results'];
const LINK = /\]\(([^()\s]+)\)/g;
const EXTERNAL = /^https?:/;

/** The whole course, so that every link has its file; not the one that other tests share, whose lessons they count. */
let course: Promise<Course> | undefined;
after(async () => (await course)?.close());

async function wholeCourse(): Promise<Course> {
  const whole = await Course.start();
  for (const folder of FOLDERS)
    fs.cpSync(path.join(repository, folder), path.join(whole.root, folder), { recursive: true });
  fs.mkdirSync(whole.file('solutions'));
  const { lessons, solutions } = courseNotebooks(repository);
  for (const file of [...lessons, ...solutions])
    fs.copyFileSync(file, path.join(whole.root, path.relative(repository, file)));
  return whole;
}

function write(whole: Course, name: string, cells: Cell[]): void {
  const title: Cell = { cell_type: 'markdown', id: 'title', metadata: {}, source: '# Links' };
  const notebook: Notebook = { cells: [title, ...cells], metadata: {}, nbformat: 4, nbformat_minor: 5 };
  // As it is: our writer, like Jupyter's, leaves out that outputs are trusted.
  fs.writeFileSync(whole.file(name), JSON.stringify(notebook));
}

const markdown = (id: string, source: string): Cell => ({ cell_type: 'markdown', id, metadata: {}, source });

/** A cell that has shown `html`. */
const shown = (id: string, html: string): Cell => ({
  cell_type: 'code',
  id,
  // As after running it; otherwise Jupyter takes away what could be dangerous.
  metadata: { trusted: true },
  source: '',
  execution_count: 1,
  outputs: [{ output_type: 'display_data', data: { 'text/html': html }, metadata: {} }],
});

/** Opens a notebook or file of the whole course in a page of its own; its kernel, if there is one, ends with it. */
async function onFile(address: string, test: (page: Page, course: Course) => Promise<void>): Promise<void> {
  const whole = await (course ??= wholeCourse());
  await onPageOf(whole, address, async ({ page }) => test(page, whole));
  await endKernels(whole);
}

async function endKernels({ server: { sessions } }: Course): Promise<void> {
  for (const { id } of sessions.models) await sessions.close(id);
}

interface Link {
  href: string;
  target: string;
}

/** The links of the page's text and outputs, once there are `count`. */
async function links(page: Page, count: number): Promise<Link[]> {
  const anchors = page.locator('.jp-RenderedHTMLCommon a:not(.jp-InternalAnchorLink)');
  await anchors.nth(count - 1).waitFor({ state: 'attached' });
  return anchors.evaluateAll((all: Link[]) => all.map(({ href, target }) => ({ href, target })));
}

/** Fails unless `page` shows what is in the file or folder at `relative`. */
async function assertShows(page: Page, root: string, relative: string): Promise<void> {
  const file = path.join(root, relative);
  if (fs.statSync(file).isDirectory()) {
    for (const name of fs.readdirSync(file))
      await page.locator('.jp-DirListing-itemName').getByText(name, { exact: true }).waitFor();
    return;
  }
  const text = fs.readFileSync(file, 'utf8');
  if (relative.endsWith('.ipynb')) {
    const { title } = readOutline(parseNotebook(text));
    assert.ok(title);
    await page.locator('.jp-Notebook h1', { hasText: title }).waitFor();
    return;
  }
  if (relative.endsWith('.md')) {
    const title = /^# (.+)$/m.exec(text)?.[1].replace(/`/g, '');
    await page.locator('.jp-MarkdownViewer h1', { hasText: title }).waitFor();
    return;
  }
  if (relative.endsWith('.json')) {
    const { length } = Object.keys(JSON.parse(text) as object);
    await page.locator('.jp-RenderedJSON', { hasText: `${length} items` }).waitFor();
    return;
  }
  const [firstLine] = text.split('\n');
  await page.locator('.jp-FileEditor .cm-line', { hasText: firstLine.trim() }).first().waitFor();
}

suite('the links of the lessons', () => {
  const { lessons, solutions } = courseNotebooks(repository);

  for (const [folder, files] of Object.entries({ '': lessons, solutions })) {
    test(`of notebooks/${folder} lead to the page that shows their file, each in a tab of its own`, async () => {
      const cells = files
        .flatMap((file) => parseNotebook(fs.readFileSync(file, 'utf8')).cells)
        .filter(({ cell_type, source }) => cell_type === 'markdown' && withoutCodeBlocks(source).match(LINK));
      const targets = cells.flatMap(({ source }) =>
        [...withoutCodeBlocks(source).matchAll(LINK)].map((link) => link[1]),
      );
      assert.ok(targets.length > 10);
      const whole = await (course ??= wholeCourse());
      const name = path.posix.join(folder, '90-links.ipynb');
      write(
        whole,
        name,
        cells.map(({ source }, index) => markdown(`cell-${index}`, source)),
      );

      const destinations = new Map<string, string>();
      await onFile(`/notebooks/notebooks/${name}`, async (page, { root }) => {
        const found = await links(page, targets.length);
        assert.equal(found.length, targets.length);
        for (const [index, { href, target }] of found.entries()) {
          const wanted = targets[index];
          assert.equal(target, '_blank', wanted);
          if (EXTERNAL.test(wanted)) assert.equal(href, wanted);
          else destinations.set(path.posix.join('notebooks', folder, wanted), href);
        }
        for (const [file, href] of destinations) {
          await page.goto(href);
          await assertShows(page, root, file);
          await endKernels(whole);
        }
      });
    });
  }
});

suite('in a notebook', () => {
  const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"><rect width="7" height="5"/></svg>';

  async function onNotebook(
    name: string,
    cells: Cell[],
    test: (page: Page, course: Course) => Promise<void>,
  ): Promise<void> {
    const whole = await (course ??= wholeCourse());
    fs.mkdirSync(whole.file('my figures'), { recursive: true });
    fs.writeFileSync(whole.file('my figures/图 1.svg'), PICTURE);
    fs.writeFileSync(whole.file('my figures/numbers.csv'), 'a,b\n1,2\n');
    write(whole, name, cells);
    await onFile(`/notebooks/notebooks/${name}`, async (page) => {
      await new NotebookPage(page).drawn();
      await test(page, whole);
    });
  }

  /** The page that opens when the link with this text is clicked. */
  async function click(page: Page, text: string): Promise<Page> {
    const [opened] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('link', { name: text, exact: true }).click(),
    ]);
    return opened;
  }

  test('pictures beside it are drawn, in text and in outputs', async () => {
    const cells = [
      markdown('text', '![in text](<my figures/图 1.svg>)\n\n<img alt="as HTML" src="my%20figures/图%201.svg">'),
      shown('output', '<img alt="in an output" src="my figures/图 1.svg">'),
    ];
    await onNotebook('91-pictures.ipynb', cells, async (page) => {
      for (const alt of ['in text', 'as HTML', 'in an output']) {
        const picture = page.getByAltText(alt);
        await picture.scrollIntoViewIfNeeded();
        await picture.evaluate((image: { decode(): Promise<void> }) => image.decode());
        const width = await picture.evaluate((image: { naturalWidth: number }) => image.naturalWidth);
        assert.equal(width, 7, alt);
      }
    });
  });

  test('a click opens source, card, folder, notebook, and links of outputs, and the notebook stays', async () => {
    const targets = {
      source: '../src/text/padding.ts',
      card: '../datasets/dates/README.md',
      folder: '../src/seq2seq/',
      notebook: 'solutions/05-soft-attention.ipynb',
      'own file': 'my%20figures/图%201.svg',
    };
    const cells = [
      markdown(
        'text',
        Object.entries(targets)
          .map(([name, target]) => `[${name}](${target})`)
          .join('\n\n'),
      ),
      shown('output', '<a href="../src/text/padding.ts">from an output</a>'),
    ];
    await onNotebook('92-clicks.ipynb', cells, async (page, whole) => {
      const address = page.url();
      for (const [name, target] of [...Object.entries(targets), ['from an output', targets.source]]) {
        const opened = await click(page, name);
        await assertShows(opened, whole.root, path.join('notebooks', decodeURIComponent(target)));
        await opened.close();
      }
      assert.equal(page.url(), address);
    });
  });

  test('a link to a heading of the notebook goes there', async () => {
    const cells = [
      markdown('text', `[below](#Far-below)\n\n${'line\n\n'.repeat(100)}`),
      markdown('far', '## Far below'),
    ];
    await onNotebook('93-headings.ipynb', cells, async (page) => {
      await page.getByRole('link', { name: 'below', exact: true }).click();
      await inView(page, 'Far below');
    });
  });

  test('a link to what is not there says so in its tab', async () => {
    await onNotebook('94-missing.ipynb', [markdown('text', '[gone](../src/gone.ts)')], async (page) => {
      const opened = await click(page, 'gone');
      await opened.getByRole('heading', { name: 'There is nothing at this address' }).waitFor();
    });
  });

  test('a link that offers a download downloads the file itself', async () => {
    const cells = [shown('output', '<a href="my figures/numbers.csv" download>get the numbers</a>')];
    await onNotebook('95-download.ipynb', cells, async (page, whole) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'get the numbers' }).click(),
      ]);
      assert.equal(
        fs.readFileSync(await download.path(), 'utf8'),
        fs.readFileSync(whole.file('my figures/numbers.csv'), 'utf8'),
      );
    });
  });
});

/** Waits until the heading is where a reader sees it. */
async function inView(page: Page, heading: string): Promise<void> {
  const found = page.getByRole('heading', { name: heading });
  await found.waitFor();
  await page.waitForFunction(
    (element) => {
      const { top } = (element as unknown as { getBoundingClientRect(): { top: number } }).getBoundingClientRect();
      return top >= 0 && top < 900;
    },
    await found.elementHandle(),
  );
}
