/** The spelling of the four special tokens; text that happens to contain one is treated as an unknown token. */
const SPECIAL = { padding: '<pad>', unknown: '<unk>', start: '<start>', end: '<end>' } as const;
const SPECIAL_SPELLINGS: ReadonlySet<string> = new Set(Object.values(SPECIAL));

/** Options of {@link Vocabulary.build}. */
export interface VocabularyOptions {
  /** A token must occur at least this often to get an id of its own. Default: 1. */
  minimumCount?: number | undefined;
  /** Keep at most this many tokens, the most frequent ones; special tokens are not counted. Default: all. */
  maximumTokens?: number | undefined;
  /** Reserve ids for the start and the end of a sequence: for whatever a decoder shall write. Default: false. */
  startAndEnd?: boolean | undefined;
}

/** Options of {@link Vocabulary.encode}. */
export interface EncodeOptions {
  /** Put the start id in front. Default: false. */
  start?: boolean | undefined;
  /** Put the end id at the end. Default: false. */
  end?: boolean | undefined;
}

/** A {@link Vocabulary} as plain data, for JSON. */
export interface VocabularyJSON {
  /** Whether the ids 2 and 3 are the start and the end of a sequence. */
  startAndEnd: boolean;
  /** The tokens in the order of their ids, special tokens left out. */
  tokens: string[];
}

/**
 * The two-way table between tokens and the integers that an embedding looks up.
 *
 * Id 0 is padding and id 1 stands for every token that the vocabulary does not know. With `startAndEnd`, 2 and 3 mark
 * the start and the end of a sequence. The other ids go by falling frequency, ties in the order of character codes, so
 * the same texts always give the same ids.
 *
 * @example
 * const vocabulary = Vocabulary.build([['to', 'be', 'or', 'not', 'to', 'be']]);
 * vocabulary.encode(['to', 'sleep']); // [3, 1]: "sleep" is unknown
 * @see Lesson 01, "Embeddings".
 */
export class Vocabulary {
  /** The id of padding. */
  readonly paddingId = 0;
  /** The id of every token that is not in the vocabulary. */
  readonly unknownId = 1;
  private readonly tokens: readonly string[];
  private readonly ids: ReadonlyMap<string, number>;
  private readonly hasStartAndEnd: boolean;

  /**
   * @param tokens in the order of their ids, special tokens left out. {@link Vocabulary.build} counts them from text.
   * @throws {Error} when a token occurs twice or is spelt like a special token.
   */
  constructor(tokens: readonly string[], { startAndEnd = false }: Pick<VocabularyOptions, 'startAndEnd'> = {}) {
    this.hasStartAndEnd = startAndEnd;
    const special = [SPECIAL.padding, SPECIAL.unknown, ...(startAndEnd ? [SPECIAL.start, SPECIAL.end] : [])];
    this.tokens = [...special, ...tokens];
    const ids = new Map<string, number>();
    for (const [index, token] of tokens.entries()) {
      if (typeof token !== 'string') throw new TypeError(`tokens[${index}] must be a string, got ${String(token)}`);
      if (SPECIAL_SPELLINGS.has(token)) throw new Error(`tokens[${index}] is "${token}", which is a special token`);
      if (ids.has(token)) throw new Error(`tokens[${index}] repeats "${token}": each token must occur once`);
      ids.set(token, special.length + index);
    }
    this.ids = ids;
  }

  /**
   * Counts the tokens of many texts and gives an id to each that is frequent enough.
   *
   * @throws {RangeError} when `minimumCount` or `maximumTokens` is not a positive integer.
   */
  static build(
    tokenLists: Iterable<readonly string[]>,
    { minimumCount = 1, maximumTokens = Infinity, startAndEnd = false }: VocabularyOptions = {},
  ): Vocabulary {
    requirePositive('minimumCount', minimumCount);
    if (maximumTokens !== Infinity) requirePositive('maximumTokens', maximumTokens);
    const counts = new Map<string, number>();
    for (const list of tokenLists) {
      if (!Array.isArray(list)) {
        throw new TypeError(`tokenLists must hold arrays of tokens, got ${JSON.stringify(list)}: split the text first`);
      }
      for (const token of list) counts.set(token, (counts.get(token) ?? 0) + 1);
    }
    const kept = [...counts]
      .filter(([token, count]) => count >= minimumCount && !SPECIAL_SPELLINGS.has(token))
      .sort(([a, countOfA], [b, countOfB]) => countOfB - countOfA || (a < b ? -1 : 1))
      .slice(0, maximumTokens);
    return new Vocabulary(
      kept.map(([token]) => token),
      { startAndEnd },
    );
  }

  /** How many ids there are, special ones included: the `inputDim` of an embedding. */
  get size(): number {
    return this.tokens.length;
  }

  /**
   * The id that a decoder reads first.
   *
   * @throws {Error} when the vocabulary was made without `startAndEnd`.
   */
  get startId(): number {
    return this.requireStartAndEnd(2);
  }

  /**
   * The id that a decoder writes last.
   *
   * @throws {Error} when the vocabulary was made without `startAndEnd`.
   */
  get endId(): number {
    return this.requireStartAndEnd(3);
  }

  /** Whether the token has an id of its own. */
  has(token: string): boolean {
    return this.ids.has(token);
  }

  /** The token's id; `unknownId` when the vocabulary does not know it. */
  id(token: string): number {
    return this.ids.get(token) ?? this.unknownId;
  }

  /**
   * The token of an id; special ids read `<pad>`, `<unk>`, `<start>` and `<end>`.
   *
   * @throws {RangeError} when there is no such id.
   */
  token(id: number): string {
    const token = this.tokens[id];
    if (token === undefined) throw new RangeError(`id must be an integer from 0 to ${this.size - 1}, got ${id}`);
    return token;
  }

  /**
   * Turns tokens into ids.
   *
   * @throws {TypeError} when `tokens` is a string instead of an array: its characters are probably not what you mean.
   * @throws {Error} when `start` or `end` is asked for and the vocabulary was made without `startAndEnd`.
   */
  encode(tokens: readonly string[], { start = false, end = false }: EncodeOptions = {}): number[] {
    if (!Array.isArray(tokens)) {
      throw new TypeError(`tokens must be an array, got ${JSON.stringify(tokens)}: split the text first`);
    }
    const ids = tokens.map((token) => this.id(token));
    return [...(start ? [this.startId] : []), ...ids, ...(end ? [this.endId] : [])];
  }

  /**
   * Turns ids back into tokens: padding and start marks are left out and the first end mark ends the sequence. Unknown
   * tokens read `<unk>`. For a look at the raw ids, map them through {@link Vocabulary.token}.
   *
   * @throws {RangeError} when an id is not in the vocabulary.
   */
  decode(ids: Iterable<number>): string[] {
    const tokens: string[] = [];
    for (const id of ids) {
      const token = this.token(id);
      if (this.hasStartAndEnd && id === this.endId) break;
      const silent = id === this.paddingId || (this.hasStartAndEnd && id === this.startId);
      if (!silent) tokens.push(token);
    }
    return tokens;
  }

  /** Plain data for `JSON.stringify`; {@link Vocabulary.fromJSON} reads it back. */
  toJSON(): VocabularyJSON {
    return { startAndEnd: this.hasStartAndEnd, tokens: this.tokens.slice(this.hasStartAndEnd ? 4 : 2) };
  }

  /**
   * Reads what {@link Vocabulary.toJSON} wrote.
   *
   * @throws {TypeError} when the data is something else.
   */
  static fromJSON(json: VocabularyJSON): Vocabulary {
    if (typeof json?.startAndEnd !== 'boolean' || !Array.isArray(json.tokens)) {
      throw new TypeError('a vocabulary in JSON must look like {"startAndEnd": false, "tokens": ["the", ...]}');
    }
    return new Vocabulary(json.tokens, { startAndEnd: json.startAndEnd });
  }

  private requireStartAndEnd(id: number): number {
    if (!this.hasStartAndEnd) {
      throw new Error('this vocabulary has no start and end: build it with { startAndEnd: true }');
    }
    return id;
  }
}

function requirePositive(argument: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${argument} must be a positive integer, got ${value}`);
  }
}
