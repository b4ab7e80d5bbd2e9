/** A mistake in what the user typed or asked for: the program says it in one line and ends with status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
