// Says clearly that Node is too old. Written in the oldest syntax that has modules: an old Node must be able to read it,
// so the entry scripts import only this file at first and everything else after the check.
export const OLDEST_NODE = 20;

export function isSupportedNode(version) {
  return Number(version.split('.')[0]) >= OLDEST_NODE;
}

/** Ends the process with one clear line if this Node cannot run the course. */
export function requireSupportedNode() {
  const version = process.versions.node;
  if (isSupportedNode(version)) return;
  console.error(
    'attention-notebooks needs Node ' +
      OLDEST_NODE +
      ' or newer; this is Node ' +
      version +
      ' (' +
      process.execPath +
      ').\n' +
      'What to do: install a newer Node (version 22 or 24 is a good choice), open a new terminal, and run the command again.',
  );
  process.exit(1);
}
