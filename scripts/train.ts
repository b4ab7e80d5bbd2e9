// npm run train -- TASK [options]: trains a model of the course and prints what it reaches on held-out data.
import { runTasks } from './command-line/tasks';
import { dates } from './train/dates';
import { embeddings } from './train/embeddings';
import { g2p } from './train/g2p';
import { glosses } from './train/glosses';

const about = 'Trains a model of the course and prints what it reaches on held-out data.';

void runTasks({ line: 'npm run train', about, tasks: [dates, embeddings, g2p, glosses] }, process.argv.slice(2));
