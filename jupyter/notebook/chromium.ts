/** Headless Chromium: draws the static images of published notebooks, and runs the tests of the page. */
import fs from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Chromium's own housekeeping would look like requests of ours. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @throws {Error} that says how to get Chromium, when it is not there. */
export async function launchChromium(): Promise<Browser> {
  if (!fs.existsSync(EXECUTABLE)) {
    throw new Error(
      `There is no Chromium at ${EXECUTABLE}. Install it (Debian and Ubuntu: apt-get install chromium), ` +
        'or set CHROMIUM_PATH to the program.',
    );
  }
  return chromium.launch({ executablePath: EXECUTABLE, headless: true, args: ARGUMENTS });
}
