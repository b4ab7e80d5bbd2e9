/** Data that come as npm packages: found where npm has put them. */
import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * The folder of an installed package.
 *
 * @throws {Error} when it is not installed.
 */
export function dataPackageFolder(name: string): string {
  try {
    return path.dirname(resolver().resolve(`${name}/package.json`));
  } catch (cause) {
    throw new Error(
      `The package ${name} is not installed: npm run setup in the course, npm install ${name} in a project of your own.`,
      { cause },
    );
  }
}

/** An ES module has no `require` of its own: there the project is looked at in which the process runs. */
function resolver(): Pick<NodeJS.Require, 'resolve'> {
  return typeof require === 'function' ? require : createRequire(path.join(process.cwd(), 'package.json'));
}
