/**
 * The part of Jupyter's contents API that the notebook page uses, confined to the course's folder; only files below
 * `notebooks/` can change.
 *
 * @see https://jupyter-server.readthedocs.io/en/latest/developers/contents.html
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../notebook/atomic-write';
import { formatNotebook, joinLines, parseNotebook, requireNotebook, NotebookFormatError } from '../notebook/format';
import { renameFile } from '../notebook/rename';
import { type ConfinedFolder, isHidden } from './confined-path';
import { decodeText, MEGABYTE } from './http';
import { HttpError } from './http-error';
import { mediaTypeOf } from './media-types';
import { explainUnreadable } from './read-refusal';
import { explainRefusal } from './write-refusal';

/** A file, notebook or folder as the contents API describes it. */
export interface ContentsModel {
  name: string;
  path: string;
  type: 'file' | 'notebook' | 'directory';
  format: 'json' | 'text' | 'base64' | null;
  content: unknown;
  mimetype: string | null;
  writable: boolean;
  created: string;
  last_modified: string;
  size: number | null;
  hash: null;
  hash_algorithm: null;
}

/** What a page asks for when it reads. */
export interface ReadOptions {
  content?: boolean;
  type?: string;
  format?: string;
}

/** What a page sends when it saves or creates. */
export interface WriteModel {
  type?: string;
  format?: string;
  content?: unknown;
  ext?: string;
  copy_from?: string;
}

const TYPES: readonly unknown[] = ['file', 'notebook', 'directory'];
const FORMATS: readonly unknown[] = ['text', 'base64', 'json'];

/** Longer ones are not shown: they could not be saved again either. */
const LARGEST_FILE = 256 * MEGABYTE;

/** What kind of thing a page says it means. @throws {HttpError} 400 */
export function kindOf({ type, format }: Record<string, unknown>): { type?: string; format?: string } {
  if (type !== undefined && !TYPES.includes(type))
    throw new HttpError(400, `type must be file, notebook or directory, got ${shown(type)}`);
  if (format !== undefined && format !== null && !FORMATS.includes(format))
    throw new HttpError(400, `format must be text, base64 or json, got ${shown(format)}`);
  return { type: type as string | undefined, format: (format as string | null) ?? undefined };
}

/** What a page has sent, looked at. @throws {HttpError} 400 */
export function writeModelOf(body: Record<string, unknown>): WriteModel {
  const text = (name: 'ext' | 'copy_from'): string | undefined => {
    const value = body[name] ?? undefined;
    if (value !== undefined && typeof value !== 'string')
      throw new HttpError(400, `${name} must be a string, got ${shown(value)}`);
    return value;
  };
  const ext = text('ext');
  if (ext !== undefined && /[\\/]/.test(ext))
    throw new HttpError(400, `ext must be an ending such as .ts, got ${shown(ext)}`);
  return { ...kindOf(body), content: body.content, ext, copy_from: text('copy_from') };
}

const shown = (value: unknown): string => JSON.stringify(value).slice(0, 60);

const TEXT = /\.(ts|tsx|js|mjs|cjs|json|md|txt|csv|tsv|html|css|ya?ml|svg)$/i;

const EMPTY_NOTEBOOK = {
  cells: [],
  metadata: {
    kernelspec: { display_name: 'TypeScript', language: 'typescript', name: 'tslab' },
    language_info: { file_extension: '.ts', mimetype: 'text/typescript', name: 'typescript' },
  },
  nbformat: 4,
  nbformat_minor: 5,
};

const exists = (file: string): Promise<boolean> =>
  fs.lstat(file).then(
    () => true,
    () => false,
  );

export class Contents {
  /**
   * @param folder - which files pages may read and write
   * @param beforeWriting - called with the absolute path of a file that is about to be replaced
   */
  constructor(
    private readonly folder: ConfinedFolder,
    private readonly beforeWriting: (absolute: string) => Promise<void> = async () => {},
  ) {}

  /** @throws {HttpError} 404 when there is no such file, 400 when it is not of the type asked for. */
  async read(apiPath: string, { content = true, type, format }: ReadOptions = {}): Promise<ContentsModel> {
    const { relative, absolute } = await this.folder.existing(apiPath);
    const status = await fs.stat(absolute).catch((error: unknown) => explainUnreadable(error, relative));
    const model: ContentsModel = {
      name: path.posix.basename(relative),
      path: relative,
      type: 'directory',
      format: null,
      content: null,
      mimetype: null,
      writable: this.folder.isWritable(relative),
      created: status.birthtime.toISOString(),
      last_modified: status.mtime.toISOString(),
      size: null,
      hash: null,
      hash_algorithm: null,
    };
    if (status.isDirectory()) {
      if (type !== undefined && type !== 'directory')
        throw new HttpError(400, `${relative} is a folder, not a ${type}`);
      if (content) Object.assign(model, { format: 'json', content: await this.list(relative, absolute) });
      return model;
    }
    if (type === 'directory') throw new HttpError(400, `${relative} is not a folder`);
    if (!status.isFile()) throw new HttpError(400, `${relative} is neither a file nor a folder`);
    model.size = status.size;
    model.type = type === 'file' || !relative.endsWith('.ipynb') ? 'file' : 'notebook';
    if (type === 'notebook' && model.type !== 'notebook') throw new HttpError(400, `${relative} is not a notebook`);
    if (model.type === 'file') model.mimetype = mediaTypeOf(relative);
    if (!content) return model;
    if (status.size > LARGEST_FILE)
      throw new HttpError(413, `${relative} is too large to be opened here: more than ${LARGEST_FILE / MEGABYTE} MB`);
    const data = await fs.readFile(absolute).catch((error: unknown) => explainUnreadable(error, relative));
    if (model.type === 'notebook') {
      model.format = 'json';
      try {
        model.content = parseNotebook(data.toString());
      } catch (error) {
        if (error instanceof NotebookFormatError) throw new HttpError(400, `${relative} is ${error.message}`);
        throw error;
      }
    } else {
      const asText = format === 'text' || (format !== 'base64' && TEXT.test(relative)) ? textOf(data) : null;
      // With signs in place of its bytes, the next save would write these.
      if (asText === null && format === 'text') throw new HttpError(400, `${relative} is not UTF-8 text`);
      model.format = asText === null ? 'base64' : 'text';
      model.content = asText ?? data.toString('base64');
    }
    return model;
  }

  private async list(relative: string, absolute: string): Promise<ContentsModel[]> {
    const all = await fs.readdir(absolute).catch((error: unknown) => explainUnreadable(error, relative));
    const names = all.filter((name) => !isHidden(name));
    const models = await Promise.all(
      names.map((name) =>
        this.read(`${relative}/${name}`, { content: false }).catch((error: unknown) => {
          // A link that leads outside, a socket, a file that has just gone: not for the page.
          if (error instanceof HttpError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
          throw error;
        }),
      ),
    );
    return models.filter((model): model is ContentsModel => model !== null);
  }

  /** Saves a file or notebook, or makes a folder. */
  async save(apiPath: string, model: WriteModel): Promise<ContentsModel> {
    const { relative, absolute } = await this.folder.toWrite(apiPath);
    const old = await fs.stat(absolute).catch(() => null);
    if (old?.isDirectory() && model.type !== 'directory') throw new HttpError(409, `${relative} is a folder`);
    try {
      if (model.type === 'directory') await fs.mkdir(absolute, { recursive: true });
      else {
        const data = fileData(model);
        await this.beforeWriting(absolute);
        await writeAtomically(absolute, data);
      }
    } catch (error) {
      explainRefusal(error, relative);
    }
    return this.read(relative, { content: false });
  }

  /** Makes a new file in `folder`, or a copy of another, under a name that is still free. */
  async create(folder: string, { type = 'file', ext = '.txt', copy_from }: WriteModel): Promise<ContentsModel> {
    const source = copy_from === undefined ? null : await this.read(copy_from);
    if (source?.type === 'directory') throw new HttpError(400, `${source.path} is a folder: folders are not copied`);
    const name = source
      ? source.name.replace(/(\.[^.]+)?$/, '-Copy$1')
      : type === 'notebook'
        ? 'Untitled.ipynb'
        : type === 'directory'
          ? 'Untitled Folder'
          : `untitled${ext === '' || ext.startsWith('.') ? ext : `.${ext}`}`;
    const model: WriteModel = source
      ? { type: source.type, format: source.format ?? undefined, content: source.content }
      : { type, format: 'text', content: type === 'notebook' ? EMPTY_NOTEBOOK : '' };
    for (let number = 0; ; number++) {
      const numbered = number === 0 ? name : name.replace(/(\.[^.]+)?$/, `${number}$1`);
      const { relative, absolute } = await this.folder.toWrite(`${folder}/${numbered}`);
      if (!(await exists(absolute))) return this.save(relative, model);
    }
  }

  async rename(from: string, to: string): Promise<ContentsModel> {
    const old = await this.folder.toWrite(from);
    await this.folder.existing(from);
    const wanted = await this.folder.toWrite(to);
    const isFolder = (await fs.stat(old.absolute)).isDirectory();
    if (isFolder && wanted.relative.startsWith(`${old.relative}/`))
      throw new HttpError(400, `${old.relative} cannot be moved into itself`);
    // Looked at before each attempt: a file that comes while Windows lets us wait is not replaced.
    const rename = async (oldFile: string, newFile: string): Promise<void> => {
      if (await exists(newFile)) throw new HttpError(409, `${wanted.relative} exists already`);
      await fs.rename(oldFile, newFile);
    };
    await renameFile(old.absolute, wanted.absolute, { rename }).catch((error: unknown) =>
      explainRefusal(error, old.relative, 'renamed'),
    );
    return this.read(wanted.relative, { content: false });
  }

  /** Removes a file or an empty folder. */
  async remove(apiPath: string): Promise<void> {
    const { relative, absolute } = await this.folder.toWrite(apiPath);
    await this.folder.existing(apiPath);
    const status = await fs.stat(absolute);
    if (!status.isDirectory())
      return fs.unlink(absolute).catch((error: unknown) => explainRefusal(error, relative, 'removed'));
    await fs.rmdir(absolute).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOTEMPTY')
        throw new HttpError(400, `${relative} is not empty: remove what is in it first`);
      explainRefusal(error, relative, 'removed');
    });
  }
}

function fileData(model: WriteModel): string | Buffer {
  if (model.type === 'notebook') {
    try {
      requireNotebook(model.content);
    } catch (error) {
      throw new HttpError(400, `not saved: ${(error as Error).message}`);
    }
    return formatNotebook(joinLines(model.content));
  }
  const { content, format } = model;
  if (typeof content !== 'string') throw new HttpError(400, 'not saved: the content of a file must be a string');
  if (format === 'base64') {
    if (!BASE64.test(content)) throw new HttpError(400, 'not saved: the content is not base64');
    return Buffer.from(content, 'base64');
  }
  if (/\p{Surrogate}/u.test(content))
    throw new HttpError(400, 'not saved: the text holds half of a surrogate pair, which no file can hold');
  return Buffer.from(content);
}

const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;

function textOf(data: Buffer): string | null {
  try {
    return decodeText(data);
  } catch {
    return null;
  }
}
