/** Draws a display of its own below the running cell, or changes it: tslab's writer of `display_data` messages. */
export type NotebookDisplay = (
  message: { data: Record<string, unknown>; metadata: object; transient: { display_id: string } },
  update: boolean,
) => void;

/**
 * The writer of the notebook cell that runs now, if this process is a tslab kernel. It is looked up among the modules
 * that are already loaded: importing tslab here would load a TypeScript compiler into every program that trains, and
 * another tslab than the kernel's when that was installed by somebody else.
 */
export function notebookDisplay(): NotebookDisplay | undefined {
  if (typeof require !== 'function' || !require.cache) return undefined; // in a bundle, which is no kernel
  for (const [file, loaded] of Object.entries(require.cache)) {
    if (!/[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(file)) continue;
    const display = (loaded?.exports as { lastWriteDisplayData?: NotebookDisplay | null }).lastWriteDisplayData;
    if (display) return display;
  }
  return undefined;
}
