import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMPILED_ASSEMBLY, SOURCES } from '../../../src/wasm/compiled-assembly';

// Compiled from sources by itself, not by ts-node: an ES module.
const importModule = new Function('file', 'return import(file)') as (file: string) => Promise<{
  hashOfSources(): string;
}>;

/** TypeScript knows it among a browser's types only. */
declare const WebAssembly: {
  Module: {
    new (bytes: Uint8Array): object;
    imports(module: object): object[];
    exports(module: object): { kind: string }[];
  };
};

test('what is committed was compiled from the present sources: otherwise run npm run build:wasm', async () => {
  const { hashOfSources } = await importModule(require.resolve('../../../src/wasm/assembly/build.mjs'));
  assert.equal(SOURCES, hashOfSources());
});

test('it wants nothing but memory, and brings no data of its own that would lie in somebody else’s', () => {
  const bytes = Buffer.from(COMPILED_ASSEMBLY, 'base64');
  const module = new WebAssembly.Module(bytes);
  assert.deepEqual(WebAssembly.Module.imports(module), [{ module: 'env', name: 'memory', kind: 'memory' }]);
  assert.ok(WebAssembly.Module.exports(module).every(({ kind }) => kind === 'function'));
  const DATA = 11;
  for (let at = 8; at < bytes.length;) {
    const section = bytes[at++];
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      size += (byte & 127) << shift;
      if (byte < 128) break;
    }
    assert.notEqual(section, DATA, 'a data section');
    at += size;
  }
});
