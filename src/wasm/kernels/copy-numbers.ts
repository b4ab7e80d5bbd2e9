/** Copies `count` numbers; few are moved one by one, since a call into the engine costs as much as thirty of them. */
export function copyNumbers(from: Float32Array, source: number, to: Float32Array, target: number, count: number): void {
  if (count > 32) to.set(from.subarray(source, source + count), target);
  else for (let index = 0; index < count; index++) to[target + index] = from[source + index]!;
}
