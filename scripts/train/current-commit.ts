import { spawnSync } from 'node:child_process';

/** The commit that is checked out, with a + when files differ from it; `unknown` outside a repository. */
export function currentCommit(): string {
  const git = (...args: string[]): string => spawnSync('git', args, { encoding: 'utf8' }).stdout?.trim() ?? '';
  const commit = git('rev-parse', '--short=12', 'HEAD');
  if (!commit) return 'unknown';
  return git('status', '--porcelain', '--', 'src', 'scripts') ? `${commit}+` : commit;
}
