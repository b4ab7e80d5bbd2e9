import childProcess, { type ChildProcess } from 'node:child_process';

/**
 * Ends `leader`, which leads a process group of its own, and every process of that group: what it has started and what
 * those have started, unless they have left the group on purpose (`detached`). Does nothing where none of them is left.
 */
export function endWithDescendants(leader: ChildProcess): void {
  const { pid } = leader;
  // It never started. 0 would mean our own group, 1 all processes of this user.
  if (pid === undefined || pid <= 1) return;
  if (process.platform === 'win32') {
    if (leader.exitCode === null && leader.signalCode === null) endTree(pid);
    leader.kill('SIGKILL');
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Nobody is left; macOS says EPERM when all that are left have ended and wait for their parents.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Windows has no process groups, but knows who started whom as long as they run. */
function endTree(pid: number): void {
  childProcess.spawnSync('taskkill', ['/T', '/F', '/PID', String(pid)], { stdio: 'ignore', windowsHide: true });
}
