import { type NotebookDisplay, notebookDisplay } from '../notebook-display';

/** Where a long computation says how far it is. */
export interface Progress {
  /** Shows the present state; called often, so an implementation draws only now and then. */
  update(state: ProgressState): void;
  /** Shows the last state and a closing sentence. */
  finish(state: ProgressState, sentence: string): void;
}

/** How far a training is. */
export interface ProgressState {
  /** Steps done. */
  step: number;
  /** Steps in all, when known. */
  steps?: number | undefined;
  /** The present epoch, 1 the first. */
  epoch: number;
  /** The mean loss of the last steps. */
  loss: number;
  /** Steps a second. */
  speed: number;
  /** Seconds to go, when known. */
  remaining?: number | undefined;
  /** The latest evaluation's figures. */
  metrics?: Readonly<Record<string, number>> | undefined;
}

/** What {@link chooseProgress} needs of an output stream. */
export interface ProgressStream {
  /** Whether the stream is a terminal, where a line can be drawn again. */
  isTTY?: boolean | undefined;
  /** The terminal's width. */
  columns?: number | undefined;
  /** Writes text. */
  write(text: string): unknown;
}

const BAR_WIDTH = 24;

/**
 * The progress display that suits the place: one line that changes in a notebook, a bar in a terminal, and elsewhere (a
 * log file, a browser's console) a plain line every ten seconds.
 */
export function chooseProgress(stream: ProgressStream = errorStream()): Progress {
  const notebook = notebookDisplay();
  if (notebook) return notebookLine(notebook);
  return stream.isTTY ? terminalBar(stream) : plainLines(stream);
}

function errorStream(): ProgressStream {
  return typeof process === 'undefined' ? { write: (text) => console.info(text.trimEnd()) } : process.stderr;
}

/** Shows nothing. */
export const silentProgress: Progress = { update: () => {}, finish: () => {} };

/** Whether this process is a tslab kernel that runs a notebook's cell. */
export function inNotebook(): boolean {
  return notebookDisplay() !== undefined;
}

function notebookLine(write: NotebookDisplay): Progress {
  const displayId = crypto.randomUUID();
  const due = every(0.25);
  let shown = false;
  const show = (text: string) => {
    write({ data: { 'text/plain': text }, metadata: {}, transient: { display_id: displayId } }, shown);
    shown = true;
  };
  return {
    update: (state) => {
      if (due()) show(`${bar(state)}${describe(state)}`);
    },
    finish: (state, sentence) => show(`${describe(state)}\n${sentence}`),
  };
}

function terminalBar(stream: ProgressStream): Progress {
  const due = every(0.1);
  const draw = (text: string) => stream.write(`\r\u001b[K${text.slice(0, (stream.columns ?? 80) - 1)}`);
  return {
    update: (state) => {
      if (due()) draw(`${bar(state)}${describe(state)}`);
    },
    finish: (state, sentence) => {
      draw(`${bar(state)}${describe(state)}`);
      stream.write(`\n${sentence}\n`);
    },
  };
}

function plainLines(stream: ProgressStream): Progress {
  const due = every(10);
  return {
    update: (state) => {
      if (due()) stream.write(`${describe(state)}\n`);
    },
    finish: (state, sentence) => stream.write(`${describe(state)}\n${sentence}\n`),
  };
}

function bar({ step, steps }: ProgressState): string {
  if (steps === undefined) return '';
  const full = Math.round((BAR_WIDTH * Math.min(step, steps)) / steps);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} `;
}

function describe({ step, steps, epoch, loss, speed, remaining, metrics = {} }: ProgressState): string {
  const parts = [`step ${step}${steps === undefined ? '' : `/${steps}`}`, `epoch ${epoch}`, `loss ${loss.toFixed(4)}`];
  for (const [name, value] of Object.entries(metrics)) parts.push(`${name} ${Number(value.toPrecision(4))}`);
  parts.push(`${speed.toPrecision(3)} steps/s`);
  if (remaining !== undefined) parts.push(`${readableTime(remaining)} left`);
  return parts.join('  ');
}

/** Seconds as people read them: `42 s`, `3 min 05 s`, `2 h 10 min`. */
export function readableTime(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** A function that says yes at most once in so many seconds. */
function every(seconds: number): () => boolean {
  let last = -Infinity;
  return () => {
    const now = performance.now();
    if (now - last < seconds * 1000) return false;
    last = now;
    return true;
  };
}
