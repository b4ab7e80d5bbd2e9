import fs from 'node:fs';
import path from 'node:path';
import { projectFolder } from '../project-folder';
import type { DateLocale } from './date-patterns';

/**
 * How 25 languages write dates, by Unicode CLDR: for {@link dateExamples} and `writeLocalDate`. No two of their 96
 * patterns make one string of two different dates.
 *
 * @throws {Error} when the file is missing, as in a copy of this module elsewhere.
 * @see datasets/date-locales/README.md for source, licence and limits. Used by lesson 05.
 */
export function loadDateLocales(): DateLocale[] {
  const file = path.join(projectFolder('datasets'), 'date-locales', 'locales.json');
  if (!fs.existsSync(file)) throw new Error(`${file} is missing; npm run datasets:locales writes it`);
  return (JSON.parse(fs.readFileSync(file, 'utf8')) as { locales: DateLocale[] }).locales;
}
