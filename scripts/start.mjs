// npm start: sets up what is missing, then opens the course in the browser.
import { requireSupportedNode } from './set-up/node-version.mjs';
import { endWith } from './set-up/open-files.mjs';

requireSupportedNode();
process.on('uncaughtException', endWith);
import('./set-up/start.mjs').then(({ main }) => main(process.argv.slice(2)));
