import path from 'node:path';
import { suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { privatePage } from '../../jupyter/open-browser';
import { launchChromium } from './browser';
import { theCourse } from './shared';

suite('the private file that the browser is opened on', () => {
  test('leads into the course once, and leaves no key in the address', async () => {
    const { server, root } = await theCourse();
    const browser = await launchChromium();
    try {
      const file = privatePage(server.addressForOnce('/tree/notebooks'), [path.join(root, '.learner')]) ?? '';
      const page = await (await browser.newContext()).newPage();
      await page.goto(pathToFileURL(file).href);
      await page.waitForURL(`${server.origin}/tree/notebooks`);
      await page.goto(`${server.origin}/`);
      await page.getByRole('heading', { name: 'Attention, step by step' }).waitFor();

      const late = await (await browser.newContext()).newPage();
      await late.goto(pathToFileURL(file).href);
      await late.getByText('this address has served once').waitFor();
    } finally {
      await browser.close();
    }
  });
});
