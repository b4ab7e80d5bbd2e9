// npm run evaluate -- TASK [options]: the figures of a trained model, or of several together, on held-out data.
import { runTasks } from './command-line/tasks';
import { embeddings } from './evaluate/embeddings';
import { g2p } from './evaluate/g2p';

const about = 'Prints the figures of a trained model, or of several together, on held-out data.';

void runTasks({ line: 'npm run evaluate', about, tasks: [embeddings, g2p] }, process.argv.slice(2));
