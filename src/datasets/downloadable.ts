import fs from 'node:fs';
import path from 'node:path';
import { projectFolder } from '../project-folder';
import { checkDownload, type Checksum } from './download';

/** A data set that a user may download; no lesson and no test needs it. */
export interface DownloadableDataset {
  /** Where it comes from. */
  url: string;
  /** The name of the file in `datasets/NAME/`. */
  file: string;
  /** How large it is, in bytes, where that is published. */
  bytes?: number | undefined;
  /** What its makers, or those who use it, say that it is; its card says who. */
  checksum: Checksum;
}

/** The data sets of `npm run download`, but for GloVe, which comes through npm. Their cards are in `datasets/`. */
export const DOWNLOADABLE_DATASETS = {
  sst2: {
    url: 'https://dl.fbaipublicfiles.com/glue/data/SST-2.zip',
    file: 'SST-2.zip',
    bytes: 7_439_277,
    checksum: { algorithm: 'sha256', value: 'd67e16fb55739c1b32cdce9877596db1c127dc322d93c082281f64057c16deaa' },
  },
  tatoeba: {
    url: 'https://d2l-data.s3-accelerate.amazonaws.com/fra-eng.zip',
    file: 'fra-eng.zip',
    checksum: { algorithm: 'sha1', value: '94646ad1522d915e7b0f9296181140edcf86a4f5' },
  },
} as const satisfies Record<string, DownloadableDataset>;

/** Where the file of a data set belongs. */
export function downloadedFile(name: keyof typeof DOWNLOADABLE_DATASETS): string {
  return path.join(projectFolder('datasets'), name, DOWNLOADABLE_DATASETS[name].file);
}

/**
 * The file of a data set that was downloaded, checked.
 *
 * @throws {Error} when it is not there; the message says how to get it.
 * @throws {DownloadError} when it is another file than the expected one.
 */
export function readDownload(name: keyof typeof DOWNLOADABLE_DATASETS): Buffer {
  const file = downloadedFile(name);
  const { url, checksum } = DOWNLOADABLE_DATASETS[name];
  if (!fs.existsSync(file)) {
    throw new Error(`${file} is missing. npm run download -- ${name} fetches it; or save ${url} there yourself.`);
  }
  checkDownload(file, checksum);
  return fs.readFileSync(file);
}
