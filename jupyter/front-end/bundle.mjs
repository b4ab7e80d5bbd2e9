// Bundles source/ and Jupyter's packages with esbuild into dist/, ready to be served under /static.
import * as esbuild from 'esbuild';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFavicons } from './favicons.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const readJson = (...parts) => JSON.parse(fs.readFileSync(path.join(here, ...parts), 'utf8'));
const manifestOf = (name) => readJson('node_modules', name, 'package.json');

const jupyterPackages = Object.keys(readJson('package.json').dependencies).filter((name) =>
  /^@jupyter(lab|-notebook)\//.test(name),
);
const themes = jupyterPackages.filter((name) => manifestOf(name).jupyterlab?.themePath);

/** The style sheet of every package, as one module: what Jupyter's own build generates. */
const stylesOfAllPackages = {
  name: 'styles-of-all-packages',
  setup(build) {
    build.onResolve({ filter: /^styles-of-all-packages$/ }, ({ path }) => ({ path, namespace: 'styles' }));
    build.onLoad({ filter: /.*/, namespace: 'styles' }, () => ({
      contents: jupyterPackages
        .filter((name) => manifestOf(name).styleModule && !themes.includes(name))
        .map((name) => `import '${name}/${manifestOf(name).styleModule}';`)
        .join('\n'),
      resolveDir: here,
    }));
  },
};

/** Jupyter's packages are written for webpack: `~package` in style sheets, icons as text in scripts, as URL in styles. */
const webpackHabits = {
  name: 'webpack-habits',
  setup(build) {
    const again = ({ resolveDir, importer, kind }) => ({ resolveDir, importer, kind, pluginData: 'again' });
    build.onResolve({ filter: /^~/ }, (args) => build.resolve(args.path.slice(1), again(args)));
    // The icon font comes in five formats; every browser that runs Jupyter reads woff2.
    build.onResolve({ filter: /webfonts\/fa-.*\.(eot|svg|ttf|woff)(\?|#|$)/ }, ({ kind }) =>
      kind === 'url-token' ? { path: 'data:,', external: true } : null,
    );
    build.onResolve({ filter: /\.svg$/ }, async (args) => {
      if (args.kind === 'url-token' || args.pluginData === 'again') return null;
      const { path: file } = await build.resolve(args.path, again(args));
      // Relative: the bundle must not depend on where the project lies.
      return { path: path.relative(here, file), namespace: 'svg-text' };
    });
    build.onLoad({ filter: /.*/, namespace: 'svg-text' }, (args) => ({
      contents: fs.readFileSync(path.join(here, args.path), 'utf8'),
      loader: 'text',
    }));
  },
};

/** With splitting, esbuild gives `import()` of CommonJS no named exports, which MathJax's loader needs: name them. */
const namedMathJax = {
  name: 'named-mathjax',
  setup(build) {
    build.onResolve({ filter: /^mathjax-full\// }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, namespace: 'named' } : null,
    );
    build.onLoad({ filter: /.*/, namespace: 'named' }, ({ path }) => {
      const names = Object.keys(require(path)).filter((name) => name !== 'default' && name !== '__esModule');
      const exports = names.map((name) => `export const ${name} = all.${name};`);
      return { contents: [`import * as all from '${path}';`, ...exports].join('\n'), resolveDir: here };
    });
  },
};

/** All settings that the packages know, with our defaults in place of theirs; the server serves them as they are. */
function settingsSchemas() {
  const schemas = {};
  for (const name of jupyterPackages) {
    const { version, jupyterlab } = manifestOf(name);
    if (!jupyterlab?.schemaDir) continue;
    for (const file of fs.readdirSync(path.join(here, 'node_modules', name, jupyterlab.schemaDir)).sort()) {
      const schema = readJson('node_modules', name, jupyterlab.schemaDir, file);
      schemas[`${name}:${path.basename(file, '.json')}`] = { version, schema };
    }
  }
  const { version } = readJson('package.json');
  schemas['attention-notebooks:lesson'] = { version, schema: readJson('source', 'lesson.schema.json') };
  for (const [id, values] of Object.entries(readJson('source', 'default-settings.json'))) {
    for (const [key, value] of Object.entries(values)) {
      const property = schemas[id]?.schema.properties[key];
      if (!property) throw new Error(`default-settings.json: ${id} has no setting ${key}`);
      property.default = value;
    }
  }
  return schemas;
}

/** The licences of everything that went into the bundle, which their owners ask to travel with it. */
function licences(metafile) {
  const folders = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const folder = /^(?:.*:)?(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (folder) folders.add(folder);
  }
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license, homepage } = readJson(folder, 'package.json');
      const file = fs.readdirSync(path.join(here, folder)).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file ? fs.readFileSync(path.join(here, folder, file), 'utf8').trim() : (homepage ?? '');
      return `${name} ${version}, ${license}\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

export async function bundle(out) {
  fs.rmSync(out, { recursive: true, force: true });
  const { metafile } = await esbuild.build({
    absWorkingDir: here,
    entryPoints: [
      { in: 'source/application.ts', out: 'app' },
      ...themes.map((name) => ({
        in: `node_modules/${name}/${manifestOf(name).jupyterlab.themePath}`,
        out: `themes/${name}/index`,
      })),
    ],
    outdir: out,
    chunkNames: 'chunks/[name]-[hash]',
    assetNames: 'assets/[name]-[hash]',
    bundle: true,
    format: 'esm',
    target: 'es2022',
    splitting: true,
    minify: true,
    metafile: true,
    legalComments: 'none',
    define: {
      'process.env.NODE_ENV': '"production"',
      global: 'globalThis',
      __dirname: '"/"',
    },
    loader: {
      ...{ '.svg': 'dataurl', '.png': 'dataurl', '.gif': 'dataurl', '.jpg': 'dataurl' },
      ...{ '.woff': 'file', '.woff2': 'file', '.ttf': 'file', '.eot': 'file' },
    },
    inject: [path.join(here, 'stubs', 'process.js')],
    alias: { path: 'path-browserify', util: path.join(here, 'stubs', 'util.js') },
    plugins: [stylesOfAllPackages, webpackHabits, namedMathJax],
    logLevel: 'warning',
  });
  writeFavicons(path.join(out, 'favicons'));
  fs.writeFileSync(path.join(out, 'schemas.json'), JSON.stringify(settingsSchemas()));
  fs.writeFileSync(path.join(out, 'LICENSES.txt'), licences(metafile));
  return metafile;
}
