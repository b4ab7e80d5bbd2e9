// Loaded first (`node --require`) in every process that set-up starts: ends it, and what it started, when set-up dies.
// Without it, `kill -9` on set-up would leave an npm behind that goes on writing into node_modules.
// Set-up holds the other end of the pipe at file descriptor 3; the system closes it when set-up is gone.
// eslint-disable-next-line @typescript-eslint/no-require-imports -- `node --require` takes CommonJS
const net = require('net');

const pipe = new net.Socket({ fd: 3, readable: true, writable: false });
pipe.on('error', end);
pipe.on('close', end);
pipe.resume();
pipe.unref();

function end() {
  try {
    process.kill(process.platform === 'win32' ? process.pid : -process.pid, 'SIGKILL');
  } catch {
    process.exit(1);
  }
}
