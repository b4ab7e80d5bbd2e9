/** Where a float32 lies: `index` numbers after `address`. */
// @ts-ignore: AssemblyScript knows decorators of functions
@inline
export function at(address: usize, index: i32): usize {
  return address + (<usize>index << 2);
}

/** Copies `count` numbers. */
// @ts-ignore: AssemblyScript knows decorators of functions
@inline
export function copy(to: usize, from: usize, count: i32): void {
  memory.copy(to, from, <usize>count << 2);
}

/** Sets `count` numbers to 0. */
// @ts-ignore: AssemblyScript knows decorators of functions
@inline
export function clear(to: usize, count: i32): void {
  memory.fill(to, 0, <usize>count << 2);
}
