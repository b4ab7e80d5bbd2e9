/** What JSON from elsewhere may hold, so that everything that walks through it afterwards gets to its end. */

/** Python's writer of notebooks, which calls itself for each level, gives up at about a thousand. */
const DEEPEST = 500;

/** What is wrong with a value that JSON.parse gave: too many levels, or a number that became infinite. `null`: nothing. */
export function jsonFault(value: unknown): string | null {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return `it is nested too deeply: more than ${DEEPEST} objects and lists within each other`;
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item === 'number' && !Number.isFinite(item)) return 'it holds a number that is too large';
      if (typeof item !== 'object' || item === null) continue;
      for (const member of Object.values(item)) if (typeof member !== 'string') next.push(member);
    }
    level = next;
  }
  return null;
}
