// npm run setup: installs what the course needs. See set-up/set-up.mjs.
import { requireSupportedNode } from './set-up/node-version.mjs';

requireSupportedNode();
import('./set-up/command.mjs').then(({ main }) => main(process.argv.slice(2)));
