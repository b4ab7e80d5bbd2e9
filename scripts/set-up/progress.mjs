// Shows what set-up is doing: one updating line in a terminal, plain lines elsewhere, nothing when there is nothing to do.

const SECONDS_BETWEEN_PLAIN_LINES = 5;

export const megabytes = (bytes) => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`);
const since = (start) => `${((Date.now() - start) / 1000).toFixed(1)} s`;

export function createProgress(stream = process.stderr) {
  const running = new Map();
  const live = Boolean(stream.isTTY);
  let timer;

  const erase = () => live && stream.write('\r\x1b[2K');
  const draw = () => {
    if (!live || running.size === 0) return;
    const text = [...running].map(([name, { detail, start }]) => `${name} ${detail || since(start)}`).join(' · ');
    erase();
    stream.write(text.slice(0, (stream.columns ?? 80) - 1));
  };
  const line = (text) => {
    erase();
    stream.write(`${text}\n`);
    draw();
  };

  return {
    line,
    /** Begins a step; its `update` may be called as often as one likes. */
    step(name) {
      const start = Date.now();
      let lastLine = start;
      running.set(name, { detail: '', start });
      if (live) timer ??= setInterval(draw, 200);
      else line(`${name} …`);
      draw();
      const end = () => {
        running.delete(name);
        if (running.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
      };
      return {
        update(detail) {
          running.set(name, { detail, start });
          if (live || Date.now() - lastLine < SECONDS_BETWEEN_PLAIN_LINES * 1000) return;
          lastLine = Date.now();
          line(`${name} … ${detail}`);
        },
        done(result) {
          end();
          line(`${name}: ${result} (${since(start)})`);
        },
        /** Ends the step without a word: the error that follows says it. */
        stop() {
          end();
          erase();
          draw();
        },
      };
    },
  };
}
