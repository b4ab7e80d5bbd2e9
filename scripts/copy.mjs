// Copies a helper of src/ into another project, with just what it imports.
//
//   npm run copy -- attention/local-predictive ../my-project/src/attention
import fs from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const source = path.join(root, 'src');
const LICENSE_COPY = 'LICENSE-attention-notebooks';

const HELP = `npm run copy -- MODULE FOLDER [--force]
npm run copy -- --list [WORD ...]

Copies a module of src/ to FOLDER with just what it imports. The copy needs
@tensorflow/tfjs, and compiles in strict TypeScript, also with the settings that
tsc --init writes.

The project's tsconfig.json and package.json decide how files import each other:
  module node16 or nodenext, "type": "module"      ./name.js
  the same, CommonJS, with verbatimModuleSyntax    files are .mts, ./name.mjs, since
                                                   import is an error in .ts there
  rewriteRelativeImportExtensions                  ./name.ts
  anything else: CommonJS, a bundler               ./name
A CommonJS file loads the .mts ones by require('.../name.mjs'), from Node 20.19 on,
or by import().

  MODULE   a module (attention/local-predictive), its file
           (src/attention/alignments/local-predictive.ts) or the name of what it
           exports (localPredictiveAlignment)
  FOLDER   where the copies go; made if need be
  --force  write over files that are there already and differ
  --list   show all modules, or those that have to do with every WORD
  --help   show this text`;

/** What the user can mend: told in one line. */
export class UsageError extends Error {}

/** The whole command; `here` is where the user stands, `print` writes a line. */
export function main(args, { here = process.cwd(), print = console.log } = {}) {
  if (args.includes('--help')) return print(HELP);
  const options = args.filter((arg) => arg.startsWith('-'));
  const words = args.filter((arg) => !arg.startsWith('-'));
  const unknown = options.find((option) => option !== '--force' && option !== '--list');
  if (unknown) throw new UsageError(`unknown option ${unknown}`);
  const listing = options.includes('--list');
  if (!listing && words.length !== 2) {
    throw new UsageError(
      `expected MODULE and FOLDER, got ${words.length === 1 ? 'one word' : `${words.length} words`}`,
    );
  }
  const library = readLibrary();
  if (listing) return list(library, words, print);
  const module = findModule(library, words[0], here);
  copy(library, module, { folder: path.resolve(here, words[1]), force: options.includes('--force'), here, print });
}

/** TypeScript's own parser, loaded only when there is work to do. */
function loadTypeScript() {
  try {
    return createRequire(path.join(root, 'package.json'))('typescript');
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    throw new UsageError('TypeScript is not installed: run npm run setup first');
  }
}

/** All modules of src/: what each exports and what it says about itself. */
function readLibrary() {
  const ts = loadTypeScript();
  const modules = new Map();
  for (const name of fs.readdirSync(source, { recursive: true })) {
    if (!name.endsWith('.ts') || name.endsWith('.d.ts')) continue;
    const file = path.join(source, name);
    const parsed = ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    const id = name
      .split(path.sep)
      .join('/')
      .replace(/(\/index)?\.ts$/, '');
    modules.set(file, { file, id, ...describe(ts, parsed) });
  }
  const names = publicNames(ts, modules);
  for (const module of modules.values())
    module.public = module.exports.filter((name) => names.get(name) === module.file);
  return { ts, modules };
}

/** The names that a module declares and exports, and the first sentence about what it is for. */
function describe(ts, parsed) {
  const exports = [];
  const sentences = [];
  for (const statement of parsed.statements) {
    const exported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (!exported) continue;
    const declared = ts.isVariableStatement(statement) ? [...statement.declarationList.declarations] : [statement];
    exports.push(...declared.filter(({ name }) => name).map(({ name }) => name.text));
    const rank = [ts.isFunctionDeclaration, ts.isClassDeclaration, ts.isVariableStatement].findIndex((is) =>
      is(statement),
    );
    const comment = ts.getJSDocCommentsAndTags(statement).find(ts.isJSDoc)?.comment;
    if (rank >= 0 && comment)
      sentences.push({ rank, name: declared[0].name.text, text: ts.getTextOfJSDocComment(comment) });
  }
  return { exports: [...new Set(exports)], sentences: sentences.sort((a, b) => a.rank - b.rank) };
}

function firstSentence(text) {
  const line = text.replace(/\s+/g, ' ').trim();
  return /^.*?\.(?= |$)/.exec(line)?.[0] ?? line;
}

/** Which file each name comes from that src/index.ts exports. */
function publicNames(ts, modules) {
  const collect = (file) => {
    const names = new Map(modules.get(file).exports.map((name) => [name, file]));
    const parsed = ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
    for (const statement of parsed.statements) {
      if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier) continue;
      const from = collect(resolveImport(file, statement.moduleSpecifier.text));
      if (!statement.exportClause) for (const [name, origin] of from) names.set(name, origin);
      else if (ts.isNamedExports(statement.exportClause)) {
        for (const { name, propertyName } of statement.exportClause.elements) {
          const origin = from.get((propertyName ?? name).text);
          if (origin) names.set(name.text, origin);
        }
      }
    }
    return names;
  };
  return collect(path.join(source, 'index.ts'));
}

function list({ modules }, words, print) {
  const rows = [...modules.values()].flatMap(({ id, public: names, sentences }) => {
    const text = sentences.find(({ name }) => names.includes(name))?.text;
    return text ? [{ id, names: names.join(' '), sentence: firstSentence(text) }] : [];
  });
  const wanted = rows
    .filter((row) => words.every((word) => Object.values(row).join(' ').toLowerCase().includes(word.toLowerCase())))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  if (wanted.length === 0) throw new UsageError(`no module has to do with ${words.join(' and ')}`);
  const width = Math.max(...wanted.map(({ id }) => id.length));
  const room = (process.stdout.columns ?? 140) - width - 2;
  for (const { id, sentence } of wanted) print(`${id.padEnd(width)}  ${shorten(sentence, room)}`);
}

function shorten(sentence, room) {
  return sentence.length <= room ? sentence : `${sentence.slice(0, Math.max(room - 2, 20)).replace(/\W*\s\S*$/, '')} …`;
}

/** The module that the user means, by its place below src/ (inner folders may be left out), its file or an export. */
function findModule({ modules }, wanted, here) {
  const all = [...modules.values()];
  const file = [path.resolve(here, wanted), path.resolve(root, wanted)].find((place) => modules.has(place));
  if (file) return modules.get(file);
  const parts = wanted.replace(/\.ts$/, '').split(/[\\/]/).filter(Boolean);
  const found = [
    all.filter(({ id }) => id === parts.join('/')),
    all.filter(({ public: names }) => names.includes(wanted)),
    all.filter(({ id }) => isShortFor(parts, id.split('/'))),
  ].find((candidates) => candidates.length > 0);
  if (!found) {
    const last = parts.at(-1) ?? '';
    const similar = all.filter(({ id, public: names }) => names.length > 0 && id.split('/').at(-1).includes(last));
    const hint = similar.length > 0 && last !== '' ? `; similar: ${similar.map(({ id }) => id).join(', ')}` : '';
    throw new UsageError(`there is no module ${wanted}${hint}. npm run copy -- --list shows all modules`);
  }
  if (found.length > 1) {
    throw new UsageError(`${wanted} may be ${found.map(({ id }) => id).join(' or ')}: give the whole name`);
  }
  return found[0];
}

/** Whether `parts` is `whole` with some inner folders left out. */
function isShortFor(parts, whole) {
  if (parts.at(-1) !== whole.at(-1) || (parts.length > 1 && parts[0] !== whole[0])) return false;
  let at = 0;
  for (const folder of whole) if (folder === parts[at]) at += 1;
  return at === parts.length;
}

function copy({ ts }, module, { folder, force, here, print }) {
  if (fs.existsSync(folder) && !fs.statSync(folder).isDirectory()) throw new UsageError(`${folder} is not a folder`);
  if (/\.ts$/.test(folder)) throw new UsageError(`FOLDER must name a folder, got ${folder}`);
  const way = path.relative(source, folder);
  const outside = way === '..' || way.startsWith(`..${path.sep}`) || path.isAbsolute(way); // absolute: another drive
  if (!outside) throw new UsageError(`${folder} lies in the library itself`);
  const { files, packages } = closure(ts, module.file);
  const project = readProject(ts, folder);
  const { name, version, license } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const licence = fs.readFileSync(path.join(root, 'LICENSE'), 'utf8');
  const copyright = /^Copyright.*$/m.exec(licence)[0];
  const header = (file) =>
    `// Copied from ${name} ${version}: src/${path.relative(source, file).split(path.sep).join('/')}\n` +
    `// ${copyright}. ${license} licence: see ${LICENSE_COPY}.\n\n`;

  const copies = files.map((file) => {
    const text = fs.readFileSync(file, 'utf8');
    const target = path.join(folder, path.relative(source, file));
    if (!file.endsWith('.ts')) return { target, text };
    return {
      target: target.replace(/\.ts$/, project.extension),
      text: header(file) + nodeReference(ts, text, project) + withImports(ts, file, text, project),
    };
  });
  copies.push({ target: path.join(folder, LICENSE_COPY), text: licence });
  const changed = copies.filter(
    ({ target, text }) => !fs.existsSync(target) || fs.readFileSync(target, 'utf8') !== text,
  );
  const inTheWay = changed.filter(({ target }) => fs.existsSync(target));
  if (inTheWay.length > 0 && !force) {
    const names = inTheWay.map(({ target }) => path.relative(folder, target)).join(', ');
    throw new UsageError(
      `${folder} has other files of these names: ${names}. Nothing was copied; --force writes over them`,
    );
  }
  writeAll(folder, changed);

  const shown = path.relative(here, folder) || '.';
  for (const { target } of copies) print(path.join(shown, path.relative(folder, target)));
  const needed = [...packages].filter((specifier) => !isBuiltIn(specifier)).sort();
  if ([...packages].some(isBuiltIn)) needed.push('@types/node (uses Node itself)');
  print(`\nThe copy needs: ${needed.join(', ') || 'nothing else'}.`);
  if (project.remedy) print(`${path.relative(here, project.config)}: ${project.remedy}`);
}

/**
 * What the project around a folder wants: `extension` of the files, `suffix` of what they import, whether Node's types
 * must be asked for, and what the user has to set, if anything.
 */
function readProject(ts, folder) {
  const { config, options } = readConfig(ts, folder);
  const isModule = packageType(folder) === 'module';
  if (!options) return { extension: '.ts', suffix: isModule ? '.js' : '', asksForTypes: false };
  const kinds = ts.ModuleKind;
  const target = options.target ?? ts.ScriptTarget.ES5;
  const kind = options.module ?? (target >= ts.ScriptTarget.ES2015 ? kinds.ES2015 : kinds.CommonJS);
  const likeNode = kind >= kinds.Node16 && kind <= kinds.NodeNext;
  const isCommonJS = likeNode ? !isModule : kind === kinds.CommonJS;
  const extension = options.verbatimModuleSyntax && isCommonJS ? '.mts' : '.ts';
  const own = options.rewriteRelativeImportExtensions || (likeNode && options.allowImportingTsExtensions);
  const explicit = own ? extension : extension.replace('ts', 'js');
  const remedies = [];
  if (target < ts.ScriptTarget.ES2022) remedies.push('"target": "es2022" or later');
  if (isCommonJS && !likeNode && !options.esModuleInterop) remedies.push('"esModuleInterop": true');
  return {
    config,
    extension,
    suffix: own || extension === '.mts' || (likeNode && isModule) ? explicit : '',
    asksForTypes: options.types !== undefined && !options.types.includes('node'),
    remedy: remedies.length > 0 && `set ${remedies.join(' and ')}, which the copy is written for.`,
  };
}

/** The settings of the nearest tsconfig.json; of one that only refers to others, those of the one that has the folder. */
function readConfig(ts, folder) {
  const config = ts.findConfigFile(folder, ts.sys.fileExists);
  if (!config) return {};
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} };
  const read = (file) => ts.getParsedCommandLineOfConfigFile(file, {}, host);
  const parsed = read(config);
  if (!parsed) throw new UsageError(`${config} cannot be read`);
  const references = (parsed.projectReferences ?? []).map((reference) => ts.resolveProjectReferencePath(reference));
  const parts = parsed.fileNames.length === 0 ? references.filter((file) => ts.sys.fileExists(file)) : [];
  const having = parts.find((file) =>
    Object.keys(read(file)?.wildcardDirectories ?? {}).some((place) => !path.relative(place, folder).startsWith('..')),
  );
  const chosen = having ?? parts[0];
  return chosen ? { config: chosen, options: read(chosen)?.options } : { config, options: parsed.options };
}

/** The `type` of the nearest package.json, by which Node tells ES modules from CommonJS. */
function packageType(folder) {
  const file = path.join(folder, 'package.json');
  if (fs.existsSync(file)) {
    try {
      return JSON.parse(fs.readFileSync(file, 'utf8')).type;
    } catch {
      throw new UsageError(`${file} is not JSON`);
    }
  }
  const parent = path.dirname(folder);
  return parent === folder ? undefined : packageType(parent);
}

/** The text with its imports of other copied files as the project wants them. */
function withImports(ts, file, text, { suffix }) {
  if (suffix === '') return text;
  let result = text;
  const { importedFiles } = ts.preProcessFile(text, true, true);
  for (const { fileName, pos } of importedFiles.filter((each) => each.fileName.startsWith('.')).reverse()) {
    const start = text.indexOf(fileName, pos);
    const imported = path.relative(path.dirname(file), resolveImport(file, fileName)).split(path.sep).join('/');
    if (!imported.endsWith('.ts')) continue;
    const written = (imported.startsWith('.') ? imported : `./${imported}`).replace(/\.ts$/, suffix);
    result = result.slice(0, start) + written + result.slice(start + fileName.length);
  }
  return result;
}

/** `"types": []`, as tsc --init writes it, leaves Node's types out unless a file asks for them. */
function nodeReference(ts, text, { asksForTypes }) {
  return asksForTypes && usesNode(ts, text) ? '/// <reference types="node" />\n\n' : '';
}

const NODE_GLOBALS = ['process', 'require', 'Buffer', '__dirname', '__filename', 'NodeJS', 'setImmediate'];

/** Whether a file imports a module of Node, or uses one of its globals without declaring it for itself. */
function usesNode(ts, text) {
  const parsed = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest);
  const [used, declared] = [new Set(), new Set()];
  const visit = (node) => {
    if (ts.isIdentifier(node)) used.add(node.text);
    if ((ts.isVariableDeclaration(node) || ts.isParameter(node)) && ts.isIdentifier(node.name)) {
      declared.add(node.name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(parsed);
  return (
    parsed.statements.some(({ moduleSpecifier }) => moduleSpecifier && isBuiltIn(moduleSpecifier.text)) ||
    NODE_GLOBALS.some((name) => used.has(name) && !declared.has(name))
  );
}

/** The module and everything that it imports from src/, and the packages without which they do not run. */
function closure(ts, entry) {
  const files = new Set();
  const packages = new Set();
  const visit = (file) => {
    if (files.has(file)) return;
    files.add(file);
    if (!file.endsWith('.ts')) return;
    const text = fs.readFileSync(file, 'utf8');
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      if (fileName.startsWith('.')) visit(resolveImport(file, fileName));
    }
    // Data that lie in npm packages are found by name, not imported.
    for (const [, name] of text.matchAll(/dataPackageFolder\('([^']+)'\)/g)) packages.add(name);
    // A package that is only require()d is optional: tensorflow.ts takes tfjs-node where it is there.
    for (const { moduleSpecifier } of ts.createSourceFile(file, text, ts.ScriptTarget.Latest).statements) {
      if (moduleSpecifier && !moduleSpecifier.text.startsWith('.')) packages.add(packageName(moduleSpecifier.text));
    }
  };
  visit(entry);
  return { files: [...files], packages };
}

function resolveImport(from, specifier) {
  const base = path.resolve(path.dirname(from), specifier);
  const file = [`${base}.ts`, path.join(base, 'index.ts'), base].find((place) => fs.existsSync(place));
  if (!file) throw new Error(`${path.relative(root, from)} imports ${specifier}, which is not there`);
  return file;
}

function packageName(specifier) {
  if (isBuiltIn(specifier)) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function isBuiltIn(specifier) {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}

/** First everything beside its place, then each into it: a full disk leaves no half-written copy. */
function writeAll(folder, copies) {
  const created = [];
  const staged = copies.map(({ target, text }) => ({ target, text, temporary: `${target}.${process.pid}.copying` }));
  try {
    for (const { target, text, temporary } of staged) {
      const newFolder = fs.mkdirSync(path.dirname(target), { recursive: true });
      if (newFolder) created.push(newFolder);
      fs.writeFileSync(temporary, text);
    }
    for (const { target, temporary } of staged) {
      if (!fs.existsSync(target)) created.push(target);
      fs.renameSync(temporary, target);
    }
  } catch (error) {
    const leftOver = [...staged.map(({ temporary }) => temporary), ...created];
    for (const place of leftOver.filter((name) => fs.existsSync(name))) fs.rmSync(place, { recursive: true });
    throw new UsageError(`cannot write to ${folder}: ${error.message}. Nothing was copied`);
  }
}

if (fs.realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) {
  try {
    // npm goes to the project's folder and tells where the user was.
    main(process.argv.slice(2), { here: process.env.INIT_CWD });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`npm run copy: ${error.message} (npm run copy -- --help)`);
    process.exit(2);
  }
}
