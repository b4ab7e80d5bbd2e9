// npm start: sets up what is missing, then opens the course in the browser.
import { requireSupportedNode } from './set-up/node-version.mjs';

requireSupportedNode();
import('./set-up/start.mjs').then(({ main }) => main(process.argv.slice(2)));
