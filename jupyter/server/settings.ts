/**
 * The learner's settings of the notebook page (theme, shortcuts and so on). The front end's build lists the schemas of
 * its packages, with the course's defaults, in `schemas.json`; without them the page has no menus, toolbars or shortcuts.
 */
import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '../../scripts/command-line/usage-error';
import { writeAtomically } from '../notebook/atomic-write';
import type { JsonObject } from '../kernel/messages';
import { HttpError } from './http-error';
import { explainRefusal } from './write-refusal';

interface Schema {
  version: string;
  schema: JsonObject;
}

/** One package's settings as the settings API describes them. */
export interface SettingModel {
  id: string;
  version: string;
  schema: JsonObject;
  raw: string;
  settings: JsonObject;
  created: null;
  last_modified: null;
  warning: null;
}

function readObject<Value>(file: string): Record<string, Value> {
  if (!fs.existsSync(file)) return {};
  const value: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it holds no JSON object');
  return value as Record<string, Value>;
}

export class Settings {
  private readonly schemas: Record<string, Schema>;
  private readonly chosen: Record<string, string>;

  /**
   * @param frontEnd - the folder of the built front end
   * @param file - where the learner's choices are kept
   * @throws {UsageError} when that file holds something else
   */
  constructor(
    frontEnd: string,
    private readonly file: string,
  ) {
    this.schemas = readObject<Schema>(path.join(frontEnd, 'schemas.json'));
    try {
      this.chosen = readObject<string>(file);
      const wrong = Object.keys(this.chosen).find((id) => typeof this.chosen[id] !== 'string');
      if (wrong !== undefined) throw new Error(`${wrong} must be text`);
    } catch (error) {
      throw new UsageError(`${file} cannot be read (${(error as Error).message}). Remove it: it holds only settings.`);
    }
  }

  get all(): SettingModel[] {
    return Object.keys(this.schemas).map((id) => this.model(id));
  }

  /** @throws {HttpError} 404 when the front end has no such package. */
  model(id: string): SettingModel {
    if (!Object.hasOwn(this.schemas, id)) throw new HttpError(404, `there are no settings ${id}`);
    // The page reads `raw` itself, comments included.
    const raw = Object.hasOwn(this.chosen, id) ? this.chosen[id] : '{}';
    const { version, schema } = this.schemas[id];
    return { id, version, schema, raw, settings: {}, created: null, last_modified: null, warning: null };
  }

  async choose(id: string, raw: unknown): Promise<void> {
    this.model(id);
    if (typeof raw !== 'string') throw new HttpError(400, 'settings must be sent as text in `raw`');
    this.chosen[id] = raw;
    try {
      await fs.promises.mkdir(path.dirname(this.file), { recursive: true });
      await writeAtomically(this.file, `${JSON.stringify(this.chosen, null, 2)}\n`);
    } catch (error) {
      explainRefusal(error, path.basename(this.file));
    }
  }
}
