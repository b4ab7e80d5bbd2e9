// npm run evaluate -- TASK [options]: the figures of a trained model, or of several together, on held-out data.
import { embeddings } from './evaluate/embeddings';
import { g2p } from './evaluate/g2p';
import { runCommand } from './train/command';

const purpose = 'Prints the figures of a trained model, or of several together, on held-out data.';

void runCommand({ command: 'npm run evaluate', purpose, tasks: [embeddings, g2p] }, process.argv.slice(2));
