/**
 * Opens the course in the browser so that no other user of the machine gets in. Whatever stands on a command line can be
 * read by all users in the list of processes, so what is handed to the system is the name of a file that only this user
 * can read; the page in it leads to the course. And the address in that page serves once.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { leadingPage } from './server/entrance';

const PREFIX = 'attention-open-';

/** What has to do with the machine; the tests have one of their own. */
export interface BrowserSystem {
  platform?: NodeJS.Platform;
  environment?: NodeJS.ProcessEnv;
  /** `os.release()`: Windows' Linux names itself there. */
  release?: string;
}

/**
 * Opens `address`, which should serve once, in the system's browser.
 *
 * @param folders - where the private file may lie: the first that can be written and keeps it private
 * @param failed - called when no browser could be opened
 */
export function openBrowser(
  address: string,
  folders: readonly string[],
  failed: () => void,
  system: BrowserSystem = {},
): void {
  const target = isElsewhere(system) ? address : privatePage(address, folders);
  if (target === null) return failed();
  const { platform = process.platform } = system;
  const [program, args]: [string, string[]] =
    platform === 'darwin'
      ? ['open', [target]]
      : platform === 'win32'
        ? ['rundll32', ['url.dll,FileProtocolHandler', target]]
        : ['xdg-open', [target]];
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.once('error', failed);
  child.once('exit', (code) => {
    if (code !== 0 && code !== null) failed();
  });
  child.unref();
}

/**
 * Whether the browser does not see this machine's files: the one of Windows, for its Linux, or the one of whoever works
 * here from afar with VS Code. There, the address itself is handed over, as on Windows, where the users' command lines
 * are hidden from each other.
 */
export function isElsewhere({
  platform = process.platform,
  environment = process.env,
  release = os.release(),
}: BrowserSystem): boolean {
  if (platform === 'win32') return true;
  if (platform !== 'linux') return false;
  const isWindowsLinux = /microsoft/i.test(release);
  const isRemoteEditor = /[\\/]\.?vscode|[\\/]helpers[\\/]browser\.sh$/i.test(environment.BROWSER ?? '');
  return isWindowsLinux || isRemoteEditor;
}

/** A file with a page that leads to `address`, gone when this program ends; `null` where none can be kept private. */
export function privatePage(address: string, folders: readonly string[]): string | null {
  for (const parent of folders) {
    let folder: string | undefined;
    try {
      fs.mkdirSync(parent, { recursive: true });
      removeOldFolders(parent);
      const made = (folder = fs.mkdtempSync(path.join(parent, PREFIX))); // mode 0700
      process.once('exit', () => fs.rmSync(made, { recursive: true, force: true }));
      const file = path.join(made, 'course.html');
      fs.writeFileSync(file, '', { mode: 0o600, flag: 'wx' });
      // Disks of other systems keep no modes: everything there is everybody's.
      if (![made, file].every(isPrivate)) continue;
      fs.writeFileSync(file, leadingPage(address));
      return file;
    } catch {
      // A folder that cannot be written: the next one.
      if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
    }
  }
  return null;
}

/** What programs that were killed have left: the keys in there are long closed. */
function removeOldFolders(parent: string): void {
  const yesterday = Date.now() - 24 * 3600 * 1000;
  for (const name of fs.readdirSync(parent)) {
    const folder = path.join(parent, name);
    if (name.startsWith(PREFIX) && fs.statSync(folder).mtimeMs < yesterday)
      fs.rmSync(folder, { recursive: true, force: true });
  }
}

const isPrivate = (file: string): boolean => (fs.statSync(file).mode & 0o077) === 0;
