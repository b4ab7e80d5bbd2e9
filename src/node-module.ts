/** Node's own modules, for code that runs in a browser too and asks for them only where they are. */
/** The parts of Node that are used here, so that a project without Node's types can compile a copy of this file. */
declare const process: { getBuiltinModule?: (name: string) => unknown };
declare const require: (name: string) => unknown;

/**
 * A module of Node's own, such as `node:fs`, for code that runs in a browser too and asks for it only where it is.
 *
 * @typeParam T what is used of it.
 */
export function nodeModule<T>(name: string): T {
  // By a variable: a bundler would follow a literal name, and a browser has no such thing. getBuiltinModule is
  // there from Node 20.16 on, and in modules that have no require.
  return (process.getBuiltinModule?.(name) ?? require(name)) as T;
}

/**
 * The same for a module's top: it is asked for when something of it is used, so in a browser all else of the file works.
 *
 * @typeParam T the module, as `import type * as nodeFs` gives it to `typeof nodeFs`.
 */
export function lazyNodeModule<T extends object>(name: string): T {
  return new Proxy({} as T, { get: (_, property) => Reflect.get(nodeModule<T>(name), property) });
}
