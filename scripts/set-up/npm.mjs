// Finds npm and runs it; says in plain words why it failed.
import fs from 'node:fs';
import path from 'node:path';
import { runNode } from './child-process.mjs';
import { SetUpError, MORE_SPACE, NOT_WRITABLE } from './errors.mjs';

const CLI = /[\\/]npm[\\/]bin[\\/]npm-cli\.[cm]?js$/;

/** npm's own script: the npm that is running us, the one on PATH, or the one that came with this Node. */
export function findNpm() {
  const node = path.dirname(process.execPath);
  const onPath = (process.env.PATH ?? '').split(path.delimiter).flatMap((folder) => [
    path.join(folder, 'npm'), // a link to npm-cli.js, on Linux and macOS
    path.join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'), // beside npm.cmd, on Windows
  ]);
  const beside = [
    path.join(node, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(node, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  for (const candidate of [process.env.npm_execpath, ...onPath, ...beside]) {
    if (!candidate || !fs.existsSync(candidate)) continue;
    const script = fs.realpathSync(candidate);
    if (CLI.test(script)) return script;
  }
  return undefined;
}

export function requireNpm() {
  const npm = findNpm();
  if (npm) return npm;
  throw new SetUpError(
    'npm was not found: not on PATH, and not beside this Node',
    'Install Node from its usual package or installer, which brings npm (on Debian and Ubuntu: the package npm too), then run the command again.',
  );
}

/** Runs `npm ...args`. Throws a SetUpError that names the cause when it fails. */
export async function runNpm(args, { cwd, signal, purpose }) {
  // npm waits ten seconds and then a minute before it tries again: too long without a word.
  const patience = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];
  const { status, killedBy, stderr } = await runNode([requireNpm(), ...args, ...patience, '--loglevel=error'], {
    cwd,
    signal,
  });
  if (status !== 0) throw npmError(purpose, stderr, killedBy ?? `exit status ${status}`, status);
}

const UNREACHABLE = [
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ERR_SOCKET_TIMEOUT',
  'EIDLETIMEOUT',
];
const CONNECTION =
  'Check the connection with `npm ping`. Behind a proxy or with a mirror of the registry, set it for npm: `npm config set https-proxy …` or `npm config set registry …`.';

function npmError(purpose, stderr, ending, status) {
  const code = /^npm (?:error|ERR!) code (\S+)/m.exec(stderr)?.[1] ?? '';
  if (UNREACHABLE.includes(code)) {
    return new SetUpError(`${purpose}: npm cannot reach its registry (${code})`, CONNECTION);
  }
  if (/^E4\d\d$|^E5\d\d$/.test(code)) {
    return new SetUpError(`${purpose}: the npm registry answered ${code.slice(1)}`, CONNECTION);
  }
  if (code === 'EINTEGRITY') {
    return new SetUpError(
      `${purpose}: npm received other bytes than the lock file promises`,
      'A damaged download or a proxy that changes packages. `npm cache verify`, then run the command again.',
    );
  }
  if (/^Z_|^TAR_/.test(code)) {
    return new SetUpError(`${purpose}: npm received a damaged package (${code})`, 'Run the command again.');
  }
  // npm's exit status is then the system's error number, which it shows nowhere else.
  if (code === 'ENOSPC' || status === 228) return new SetUpError(`${purpose}: the disk is full`, MORE_SPACE);
  if (['EACCES', 'EPERM', 'EROFS'].includes(code)) {
    const file = /^npm (?:error|ERR!) path (.+)/m.exec(stderr)?.[1] ?? 'a folder';
    return new SetUpError(`${purpose}: npm cannot write ${file} (${code})`, NOT_WRITABLE);
  }
  const said = stderr
    .split('\n')
    .filter((line) => /^npm (error|ERR!)/.test(line) && !/complete log|npm (error|ERR!)\s*$/.test(line))
    .slice(0, 6)
    .join('\n');
  return new SetUpError(
    `${purpose}: npm failed (${ending})${said ? `\n${said}` : ''}`,
    'Run `npm run doctor`, and see npm’s own words above.',
  );
}
