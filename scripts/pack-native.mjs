// npm run pack:native: the package in packages/ with the native files in it, ready to be published by its owner.
import { requireSupportedNode } from './set-up/node-version.mjs';

requireSupportedNode();
import('./set-up/pack-native.mjs').then(({ main }) => main(process.argv.slice(2)));
