import path from 'node:path';
import { pathToFileURL } from 'node:url';

// TypeScript turns `import()` into `require`, which cannot load a module of this kind on Node 20.
const load = new Function('url', 'return import(url)') as (url: string) => Promise<unknown>;

/** A module of scripts/set-up; `Exports` says what the test uses of it. */
export function importSetUp<Exports>(file: string): Promise<Exports> {
  const absolute = path.resolve(__dirname, '..', '..', 'scripts', 'set-up', file);
  return load(pathToFileURL(absolute).href) as Promise<Exports>;
}
