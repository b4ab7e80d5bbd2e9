import fs from 'node:fs';
import path from 'node:path';

/**
 * A module for `node --require` under which nothing that is written below a folder gets its name, as on a full disk.
 *
 * @param scratch where the module goes.
 */
export function fullDiskBelow(folder: string, scratch: string): string {
  const file = path.join(scratch, 'full-disk.cjs');
  fs.writeFileSync(
    file,
    `const fs = require('node:fs');
     const rename = fs.renameSync;
     fs.renameSync = (from, to) => {
       if (!require('node:path').resolve(to).startsWith(${JSON.stringify(folder)})) return rename(from, to);
       const message = 'ENOSPC: no space left on device, rename ' + to;
       throw Object.assign(new Error(message), { code: 'ENOSPC', syscall: 'rename' });
     };`,
  );
  return file;
}
