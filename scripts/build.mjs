// npm run build: compiles src/, jupyter/ and scripts/ to build/ and links the library by name.
import { requireSupportedNode } from './set-up/node-version.mjs';

requireSupportedNode();
import('./set-up/build-command.mjs').then(({ main }) => main(process.argv.slice(2)));
