/** A watch over what its pages ask for and complain about. */
import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export { launchChromium } from '../../jupyter/notebook/chromium';

/**
 * What Jupyter's own code reports at load, invisibly and without consequence, because its plugins read settings that
 * are just being read again. Nothing else may appear.
 */
const KNOWN_ERRORS: RegExp[] = [
  // the keyboard shortcuts hear of another plugin's settings before their own have come
  /^TypeError: Cannot read properties of undefined \(reading 'schema'\)\n/,
  // the document manager looks for the default viewers of file types
  /^Cannot convert undefined or null to object \(/,
];

/** A page with a context of its own, which remembers its errors and its requests. */
export class WatchedPage {
  readonly errors: string[] = [];
  readonly addresses: string[] = [];

  private constructor(readonly page: Page) {
    page.on('pageerror', (error) => this.errors.push(String(error.stack ?? error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(`${message.text()} (${message.location().url})`);
    });
    page.on('request', (request) => this.addresses.push(request.url()));
    page.on('websocket', (socket) => this.addresses.push(socket.url()));
  }

  static async open(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, ...options });
    context.setDefaultTimeout(120_000);
    return new WatchedPage(await context.newPage());
  }

  get unexpectedErrors(): string[] {
    return this.errors.filter((error) => !KNOWN_ERRORS.some((known) => known.test(error)));
  }

  /** Fails if a request went to another origin than the course's, or an unknown error appeared. */
  assertQuiet(origin: string): void {
    const ours = [`${origin}/`, `${origin.replace('http', 'ws')}/`, 'data:', 'blob:'];
    const foreign = this.addresses.filter((address) => !ours.some((start) => address.startsWith(start)));
    assert.deepEqual(foreign, [], 'requests that leave the course');
    assert.deepEqual(this.unexpectedErrors, [], 'errors in the console');
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
