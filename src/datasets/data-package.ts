/** Data that come as npm packages: found where npm has put them. */
import path from 'node:path';

/**
 * The folder of an installed package.
 *
 * @throws {Error} when it is not installed.
 */
export function dataPackageFolder(name: string): string {
  try {
    return path.dirname(require.resolve(`${name}/package.json`));
  } catch (cause) {
    throw new Error(
      `The package ${name} is not installed: npm run setup in the course, npm install ${name} in a project of your own.`,
      { cause },
    );
  }
}
