import { ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import type { WordBatches } from './word-training';

/** What a worker is to run once. */
export interface Task {
  /**
   * A bidirectional LSTM of this library or of tf.layers, forward and backward; a square matrix product; a training step
   * of an encoder-decoder, of this library or of tf.layers; or, with `words`, a step on words of CMUdict.
   */
  what: 'ours' | 'layers' | 'matmul' | 'trainingStep' | 'layersTrainingStep' | 'wordTraining';
  /**
   * (batch, time, features, units); the matrix' size; (batch, source symbols, target symbols, vocabulary, embedding,
   * encoder, encoder layers, decoder); or (embedding, encoder, encoder layers, decoder).
   */
  shape: number[];
  /** Of a step on words: who computes it, and which words share a batch. */
  words?: WordBatches;
}

/** What that took. */
export interface TaskResult {
  milliseconds: number;
  cpuMilliseconds: number;
}

/** A process that measures, with a fixed number of threads. */
export class Worker {
  private readonly lines: AsyncIterableIterator<string>;
  private failed = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly threads: number,
  ) {
    this.lines = readline.createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    child.stderr!.on('data', (text) => (this.failed += String(text)));
    child.on('error', (error) => (this.failed += error.message));
    child.stdin!.on('error', () => {}); // said by the missing answer
  }

  /** A process of this library and TensorFlow.js; `variables` are added to its environment. */
  static tensorflow(threads: number, variables: Record<string, string> = {}): Worker {
    const script = path.join(__dirname, 'worker.ts');
    const args = ['--require', 'ts-node/register/transpile-only', script];
    return Worker.start(process.execPath, args, threads, { TF_NUM_INTRAOP_THREADS: String(threads), ...variables });
  }

  /** A process of PyTorch, or the reason why there is none to compare with. */
  static async torch(threads: number): Promise<{ worker: Worker; about: string } | string> {
    const python = process.env.PYTHON ?? '/usr/bin/python3';
    const count = String(threads);
    const worker = Worker.start(python, [path.join(__dirname, 'torch_worker.py')], threads, {
      OMP_NUM_THREADS: count,
      OPENBLAS_NUM_THREADS: count,
      MKL_NUM_THREADS: count,
      // Otherwise threads that wait for each other keep the cores busy, and a shared machine comes to a halt.
      OMP_WAIT_POLICY: 'PASSIVE',
      GOMP_SPINCOUNT: '0',
    });
    const line = await worker.lines.next();
    if (line.done) {
      worker.stop();
      const reason = worker.failed.trim().split('\n').pop();
      return `PyTorch is not compared: ${python} does not run it (${reason}). Set PYTHON to one that does.`;
    }
    const { torch, blas } = JSON.parse(line.value) as { torch: string; blas: string | null };
    if (blas === null) {
      worker.stop();
      return (
        `PyTorch is not compared: PyTorch ${torch} of ${python} computes with the reference BLAS, which is many times ` +
        'slower than it could be. Install OpenBLAS (on Debian: libopenblas0-pthread), or set PYTHON to another one.'
      );
    }
    return { worker, about: `PyTorch ${torch}, ${blas}` };
  }

  private static start(program: string, args: string[], threads: number, variables: Record<string, string>): Worker {
    const env = { ...process.env, ...variables, BENCH_THREADS: String(threads) };
    return new Worker(spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] }), threads);
  }

  /** Runs a task once. @throws {Error} with what the process wrote, when it ended. */
  async measure(task: Task): Promise<TaskResult> {
    this.child.stdin!.write(JSON.stringify(task) + '\n');
    const line = await this.lines.next();
    if (line.done) throw new Error(`A measuring process ended: ${this.failed.trim()}`);
    return JSON.parse(line.value) as TaskResult;
  }

  stop(): void {
    this.child.kill();
  }
}
