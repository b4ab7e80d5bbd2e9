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
import { HttpError } from './http-error';
import { mediaTypeOf } from './media-types';
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
    const status = await fs.stat(absolute);
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
    if (!status.isFile() || type === 'directory') throw new HttpError(400, `${relative} is not a folder`);
    model.size = status.size;
    model.type = type === 'file' || !relative.endsWith('.ipynb') ? 'file' : 'notebook';
    if (type === 'notebook' && model.type !== 'notebook') throw new HttpError(400, `${relative} is not a notebook`);
    if (model.type === 'file') model.mimetype = mediaTypeOf(relative);
    if (!content) return model;
    const data = await fs.readFile(absolute);
    if (model.type === 'notebook') {
      model.format = 'json';
      try {
        model.content = parseNotebook(data.toString());
      } catch (error) {
        if (error instanceof NotebookFormatError) throw new HttpError(400, `${relative} is ${error.message}`);
        throw error;
      }
    } else {
      model.format = format === 'base64' || (format !== 'text' && !TEXT.test(relative)) ? 'base64' : 'text';
      model.content = data.toString(model.format === 'base64' ? 'base64' : 'utf8');
    }
    return model;
  }

  private async list(relative: string, absolute: string): Promise<ContentsModel[]> {
    const names = (await fs.readdir(absolute)).filter((name) => !isHidden(name));
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
          : `untitled${ext}`;
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
    // Looked at before each attempt: a file that comes while Windows lets us wait is not replaced.
    const rename = async (oldFile: string, newFile: string): Promise<void> => {
      if (await exists(newFile)) throw new HttpError(409, `${wanted.relative} exists already`);
      await fs.rename(oldFile, newFile);
    };
    await renameFile(old.absolute, wanted.absolute, { rename }).catch((error: unknown) =>
      explainRefusal(error, wanted.relative),
    );
    return this.read(wanted.relative, { content: false });
  }

  /** Removes a file or an empty folder. */
  async remove(apiPath: string): Promise<void> {
    const { relative, absolute } = await this.folder.toWrite(apiPath);
    await this.folder.existing(apiPath);
    const status = await fs.stat(absolute);
    if (!status.isDirectory()) return fs.unlink(absolute).catch((error: unknown) => explainRefusal(error, relative));
    await fs.rmdir(absolute).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOTEMPTY')
        throw new HttpError(400, `${relative} is not empty: remove what is in it first`);
      explainRefusal(error, relative);
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
  if (typeof model.content !== 'string') throw new HttpError(400, 'not saved: the content of a file must be a string');
  return Buffer.from(model.content, model.format === 'base64' ? 'base64' : 'utf8');
}
