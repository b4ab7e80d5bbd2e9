// npm run datasets: sizes and checksums of the text data sets, as their cards quote them.
import { loadGlosses } from '../src/datasets/glosses';
import { loadNeedles } from '../src/datasets/needles';
import { loadBrown } from '../src/datasets/brown';
import { lexiconTable, splitTable, textTable } from '../src/datasets/checksum';
import { loadCmudict } from '../src/datasets/cmudict';
import { loadStateOfTheUnion } from '../src/datasets/state-of-the-union';

const HELP = `npm run datasets

Builds the data sets and their splits from their packages and prints, for each part, its size
and its SHA-256: the tables of the cards in datasets/.`;

const [argument] = process.argv.slice(2);
if (argument === '--help') {
  console.log(HELP);
} else if (argument !== undefined) {
  console.error(`npm run datasets: unknown option ${argument}; npm run datasets -- --help says what there is`);
  process.exitCode = 2;
} else {
  console.log(`Glosses\n${splitTable(loadGlosses())}`);
  console.log(`Needles\n${splitTable(loadNeedles())}`);
  console.log(`CMUdict\n${lexiconTable(loadCmudict())}`);
  console.log(`Brown\n${textTable(loadBrown())}`);
  console.log(`State of the Union\n${textTable(loadStateOfTheUnion())}`);
}
