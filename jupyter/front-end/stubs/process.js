// What the packages ask of Node's `process`. Paths of the server have no leading slash: they are resolved from the root.
export const process = { env: {}, cwd: () => '/' };
