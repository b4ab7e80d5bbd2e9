/** The kernel as another Jupyter starts it: from kernel.json alone, over TCP, with a connection file of its own. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { MessageSigner, newMessage, type KernelMessage } from '../../jupyter/kernel/messages';
import { repositoryRoot } from '../../jupyter/repository';
import { eventually, makeFolder, runs } from './course';

const zeromq = createRequire(require.resolve('tslab/package.json'))('zeromq') as typeof import('zeromq');
const PORTS = ['shell_port', 'iopub_port', 'stdin_port', 'control_port', 'hb_port'];

async function freePorts(): Promise<number[]> {
  const servers = PORTS.map(() => net.createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

test('the registered kernel loses no output, needs no node on PATH, and leaves the files of its host alone', async (t) => {
  const folder = makeFolder(t);
  const script = path.join(repositoryRoot, 'scripts', 'kernel.mjs');
  const installed = spawnSync(process.execPath, [script, '--install', '--prefix', folder], { encoding: 'utf8' });
  assert.equal(installed.status, 0, installed.stderr);
  const { argv, env } = JSON.parse(
    fs.readFileSync(path.join(folder, 'share/jupyter/kernels/tslab/kernel.json'), 'utf8'),
  ) as { argv: string[]; env: Record<string, string> };

  // Jupyter keeps the connection files of all kernels in one folder.
  const runtime = path.join(folder, 'runtime');
  fs.mkdirSync(runtime);
  fs.writeFileSync(path.join(runtime, 'kernel-other.json'), '{}');
  const connectionFile = path.join(runtime, 'kernel-this.json');
  const ports = await freePorts();
  const key = 'a key';
  const connection = {
    ...{ transport: 'tcp', ip: '127.0.0.1', key, signature_scheme: 'hmac-sha256' },
    ...Object.fromEntries(PORTS.map((name, index) => [name, ports[index]])),
  };
  fs.writeFileSync(connectionFile, JSON.stringify(connection));
  // The host is a process that ends before its kernel does.
  const host = spawn(
    process.execPath,
    ['-e', HOST, ...argv.map((part) => part.replace('{connection_file}', connectionFile))],
    {
      cwd: folder,
      env: { ...env, PATH: '/nowhere', HOME: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  t.after(() => host.kill('SIGKILL'));
  const [pid] = ((await once(host.stdout, 'data')) as [Buffer]).map((data) => Number(data.toString()));
  t.after(() => {
    if (runs(pid)) process.kill(pid, 'SIGKILL');
  });

  const signer = new MessageSigner(key);
  const shell = new zeromq.Dealer({ linger: 0 });
  const iopub = new zeromq.Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  t.after(() => [shell, iopub].forEach((socket) => socket.close()));
  shell.connect(`tcp://127.0.0.1:${ports[0]}`);
  iopub.connect(`tcp://127.0.0.1:${ports[1]}`);
  iopub.subscribe('');
  const messages: KernelMessage[] = [];
  void (async () => {
    for await (const frames of iopub) {
      const message = signer.fromFrames('iopub', frames);
      if (message) messages.push(message);
    }
  })();
  const request = async (type: string, content: object): Promise<KernelMessage> => {
    const message = newMessage('shell', type, 'test', content as Record<string, unknown>);
    await shell.send(signer.toFrames(message));
    return message;
  };
  const idle = (request: KernelMessage): boolean =>
    messages.some(
      ({ parent_header, content }) =>
        parent_header.msg_id === request.header.msg_id && content.execution_state === 'idle',
    );
  let probe = await request('kernel_info_request', {});
  const asking = setInterval(() => void request('kernel_info_request', {}).then((next) => (probe = next)), 1000);
  await eventually('the kernel answers', () => messages.length > 0 || idle(probe));
  clearInterval(asking);

  const code = 'for (let i = 0; i < 5000; i++) console.log(`line ${i}`)';
  const run = await request('execute_request', { code, silent: false, store_history: true });
  await eventually('the cell has ended', () => idle(run));
  const text = messages
    .filter(({ header, parent_header }) => header.msg_type === 'stream' && parent_header.msg_id === run.header.msg_id)
    .map(({ content }) => content.text)
    .join('');
  assert.equal(text, Array.from({ length: 5000 }, (_, line) => `line ${line}\n`).join(''));

  if (process.platform === 'win32') return;
  host.kill('SIGKILL');
  await eventually('the kernel ends with its host', () => !runs(pid), 10);
  assert.deepEqual(fs.readdirSync(runtime).sort(), ['kernel-other.json', 'kernel-this.json']);

  const removed = spawnSync(process.execPath, [script, '--remove', '--prefix', folder], { encoding: 'utf8' });
  assert.match(removed.stdout, /^Removed from .*: tslab\.\n$/);
  assert.ok(!fs.existsSync(path.join(folder, 'share', 'jupyter')));
});

const HOST = `
  const [program, ...args] = process.argv.slice(1);
  const env = { ...process.env, JPY_PARENT_PID: String(process.pid) };
  const kernel = require('node:child_process').spawn(program, args, { env, stdio: 'ignore', detached: true });
  console.log(kernel.pid);
  setInterval(() => {}, 1000);
`;
