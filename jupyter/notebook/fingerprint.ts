/**
 * Tells a lesson as it was published from one that somebody has changed. A published lesson carries a fingerprint of
 * its cells in its own metadata (`npm run notebooks -- --write` puts it there). That needs neither git nor a list to
 * keep in step: whatever way a newer lesson arrives, it brings its fingerprint along.
 */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../kernel/messages';
import type { Notebook } from './format';

const METADATA = 'attention_notebooks';

/** Of what a person writes: text and code, not outputs. Blank cells, which Jupyter adds by itself, do not count. */
export function fingerprint(notebook: Notebook): string {
  const written = notebook.cells
    .map(({ cell_type, source }) => [cell_type, source])
    .filter(([, source]) => source.trim() !== '');
  return createHash('sha256').update(JSON.stringify(written)).digest('hex').slice(0, 32);
}

/** The fingerprint that the notebook was published with, or `undefined`. */
export function publishedFingerprint(notebook: Notebook): string | undefined {
  const published = (notebook.metadata[METADATA] as JsonObject | undefined)?.published;
  return typeof published === 'string' ? published : undefined;
}

/** Whether the notebook's text and code are as published. */
export function isAsPublished(notebook: Notebook): boolean {
  return publishedFingerprint(notebook) === fingerprint(notebook);
}

/** `notebook` with its present cells marked as the published ones. */
export function markPublished(notebook: Notebook): Notebook {
  const own = { ...(notebook.metadata[METADATA] as JsonObject | undefined), published: fingerprint(notebook) };
  return { ...notebook, metadata: { ...notebook.metadata, [METADATA]: own } };
}
