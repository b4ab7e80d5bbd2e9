// npm run datasets: sizes and checksums of the text data sets, as their cards quote them.
import { loadGlosses } from '../src/datasets/glosses';
import { loadNeedles } from '../src/datasets/needles';
import { lexiconTable, splitTable } from '../src/datasets/checksum';
import { loadCmudict } from '../src/datasets/cmudict';

const HELP = `npm run datasets

Builds the splits of the data sets from their packages and prints, for each part, its size
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
}
