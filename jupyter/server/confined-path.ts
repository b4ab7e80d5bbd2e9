/** From the paths that a page sends to files inside the course's folder, and nowhere else. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { HttpError } from './http-error';

/** Folders and files that a page neither sees nor reaches: hidden ones and installed packages. */
const HIDDEN = /^(\.|node_modules$)/i;

/** Means something else on some system: separators, drive letters and streams, control characters, trailing dots. */
const UNSAFE = /[\x00-\x1f\x7f\\:*?"<>|]|[. ]$/;

/** Devices of Windows, whatever their ending. */
const DEVICE = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)/i;

/** Why a file or folder may not get this name; `null`: it may. */
function nameFault(name: string): string | null {
  if (name.startsWith('.')) return 'it may not begin with a dot';
  if (/^node_modules$/i.test(name)) return 'a folder of that name holds installed packages';
  if (/\p{Surrogate}/u.test(name)) return 'it holds half of a surrogate pair, which is no character';
  if (/[\x00-\x1f\x7f]/.test(name)) return 'it holds a control character';
  const sign = /[\\:*?"<>|]/.exec(name)?.[0];
  if (sign !== undefined) return `it may not contain ${sign}`;
  if (name.endsWith('.')) return 'it may not end with a dot';
  if (name.endsWith(' ')) return 'it may not end with a blank';
  if (DEVICE.test(name)) return 'Windows keeps it for a device';
  return null;
}

export const isHidden = (name: string): boolean => HIDDEN.test(name);

/** A path of the contents API and the file that it stands for. */
export interface ConfinedPath {
  /** Relative to the root, with forward slashes; empty for the root itself. */
  relative: string;
  absolute: string;
}

const partsOf = (apiPath: string): string[] => apiPath.split('/').filter((part) => part !== '');

const notFound = (): HttpError => new HttpError(404, 'not found');

const isInside = (folder: string, file: string): boolean => file === folder || file.startsWith(folder + path.sep);

export class ConfinedFolder {
  /**
   * @param root - the folder that pages may read
   * @param writable - the folder below it in which pages may change files
   */
  constructor(
    readonly root: string,
    readonly writable: string,
  ) {}

  /** The existing file or folder at `apiPath`. @throws {HttpError} 404 when it does not exist or lies outside. */
  async existing(apiPath: string): Promise<ConfinedPath> {
    const confined = this.lexically(apiPath);
    await this.requireInside(await this.realPath(confined.absolute));
    return confined;
  }

  /**
   * The file or folder at `apiPath`, existing or about to be made in an existing folder.
   * @throws {HttpError} 400 when a part of the path is no name for a file, 403 when pages may not change it, 404 when its
   *   folder does not exist or lies outside.
   */
  async toWrite(apiPath: string): Promise<ConfinedPath> {
    const parts = partsOf(apiPath);
    if (parts.length === 0) throw new HttpError(400, 'the name is missing');
    for (const part of parts) {
      const fault = nameFault(part);
      if (fault !== null) throw new HttpError(400, `${JSON.stringify(part)} cannot be used as a name: ${fault}`);
    }
    const confined = this.confine(parts);
    const { relative, absolute } = confined;
    const writable = await this.realPath(path.join(this.root, this.writable));
    const folder = await fs.realpath(path.dirname(absolute)).catch(() => {
      throw new HttpError(404, `there is no folder ${parts.slice(0, -1).join('/')}`);
    });
    await this.requireInside(folder);
    if (!isInside(writable, folder))
      throw new HttpError(403, `${relative} is read-only: only files below ${this.writable}/ can change`);
    const status = await fs.lstat(absolute).catch(() => null);
    if (status?.isSymbolicLink()) throw new HttpError(403, `${relative} is a link: it is not written through`);
    return confined;
  }

  /** Whether pages may change the file at `relative`, going by its name alone. */
  isWritable(relative: string): boolean {
    return relative.startsWith(`${this.writable}/`);
  }

  private lexically(apiPath: string): ConfinedPath {
    const parts = partsOf(apiPath);
    if (parts.some((part) => isHidden(part) || UNSAFE.test(part))) throw notFound();
    return this.confine(parts);
  }

  private confine(parts: string[]): ConfinedPath {
    return { relative: parts.join('/'), absolute: path.join(this.root, ...parts) };
  }

  private async realPath(file: string): Promise<string> {
    return fs.realpath(file).catch(() => {
      throw notFound();
    });
  }

  /** Links may lead neither outside nor to what is hidden. */
  private async requireInside(real: string): Promise<void> {
    const root = await this.realPath(this.root);
    if (!isInside(root, real)) throw notFound();
    if (path.relative(root, real).split(path.sep).some(isHidden)) throw notFound();
  }
}
