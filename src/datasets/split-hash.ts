/**
 * A number that depends on the text alone: the same on every machine and in every year, so that a split into training
 * and test data never moves when the data set grows or its order changes.
 *
 * FNV-1a over the UTF-8 bytes, then a finaliser (that of MurmurHash3). Without the finaliser the last character moves
 * only the low bits, and texts that differ at their end alone (synset offsets do) land side by side.
 *
 * @returns an integer in 0 .. 2^32 - 1.
 * @see Fowler, Noll & Vo, "The FNV Non-Cryptographic Hash Algorithm"; Appleby, MurmurHash3, `fmix32`. Used by lessons
 *     03 and 04 for every split.
 */
export function splitHash(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The items ordered by the hash of their key: a shuffle that never changes. Equal hashes are ordered by key. */
export function orderByHash<Item>(items: readonly Item[], key: (item: Item) => string): Item[] {
  return items
    .map((item) => ({ item, key: key(item), hash: splitHash(key(item)) }))
    .sort((a, b) => a.hash - b.hash || (a.key < b.key ? -1 : 1))
    .map(({ item }) => item);
}
