import { hashText } from './split';

/**
 * The items ordered by the hash of their key: a shuffle that never changes, on no machine and in no year, and that does
 * not depend on the order in which the items came. Equal hashes are ordered by key.
 *
 * @see Used by lessons 03 and 04 to cut splits of exact size.
 */
export function orderByHash<Item>(items: readonly Item[], key: (item: Item) => string): Item[] {
  return items
    .map((item) => ({ item, key: key(item), hash: hashText(key(item)) }))
    .sort((a, b) => a.hash - b.hash || (a.key < b.key ? -1 : 1))
    .map(({ item }) => item);
}
