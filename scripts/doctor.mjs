// npm run doctor: what works on this machine, and what to do about the rest. See set-up/checks.mjs.
import { requireSupportedNode } from './set-up/node-version.mjs';

requireSupportedNode();
import('./set-up/doctor-command.mjs').then(({ main }) => main(process.argv.slice(2)));
