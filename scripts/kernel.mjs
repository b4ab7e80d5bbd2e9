// npm run kernel: registers the course's kernel with other Jupyter programs, or takes it out again.
import { requireSupportedNode } from './set-up/node-version.mjs';

requireSupportedNode();
import('./set-up/kernel-command.mjs').then(({ main }) => main(process.argv.slice(2)));
