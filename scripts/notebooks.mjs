// npm run notebooks: sets up what is missing, then runs the notebooks without a browser.
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireSupportedNode } from './set-up/node-version.mjs';

requireSupportedNode();
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const { report, setUp } = await import('./set-up/set-up.mjs');
try {
  await setUp(root);
} catch (error) {
  process.exit(report(error));
}
const { main } = createRequire(path.join(root, 'package.json'))('./build/jupyter/run-notebooks.js');
await main(process.argv.slice(2));
