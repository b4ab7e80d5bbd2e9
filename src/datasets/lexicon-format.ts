/**
 * What other tools write where CMUdict has a word, blanks and its phones. Read as CMUdict's format it would become
 * phones that nobody speaks, in silence; so each form is told by a sign that a true line does not have.
 */

/** A line of a lexicon, cut as CMUdict's format is. */
export interface LexiconLine {
  /** Without comment, and without blanks at its ends. */
  content: string;
  /** What stands before the first blank. */
  head: string;
  /** What stands behind it, at least one. */
  phones: readonly string[];
}

/** What was found in place of the format, and what to do. */
export interface ForeignForm {
  /** To follow "got". */
  found: string;
  /** What to do. */
  remedy: string;
}

/** A form of line; `sign` gives what of the line shows it, if anything does. */
interface Form {
  sign(line: LexiconLine): string | undefined | false;
  found(sign: string): string;
  remedy: string;
}

const HEADINGS = new RegExp(
  '^(words?|graphemes?|orthography|spelling)\\s+' +
    '(phones?|phonemes?|pronunciations?|transcriptions?|ipa|arpabet|x-?sampa)$',
  'i',
);
/** Phones have no such names; `2` and `9` are vowels of X-SAMPA, and `55` is a tone, which never comes first. */
const NUMBER = /^[-+]?(\d*[.,]\d+(e[-+]?\d+)?|\d+e[-+]?\d+|inf)$|^\d+%$/i;
const NUMBER_IN_FRONT = /^(0|\d{2,}|-\d+)$/;
const ONE_DIGIT = /^\d$/;
/** Where one field ends and the next begins; not within a number such as 1,000. */
const SEPARATOR = /.[,;|}=]|.:$/;
/** `[CAT]` before the phones, and `(k ae t)`, `[kæt]`, `/kæt/` around them. */
const IN_BRACKETS = /^\[[^\]]*\]( |$)|^\(.|.\)$|^\/.*\/$/;

const word = (sign: string) => `"${sign}" for a word`;
const phone = (sign: string) => `"${sign}" for a phone`;
const BLANKS_ALONE = 'separate word and phones by blanks alone, each way to speak a word on one line';
const PHONES_ALONE = 'leave nothing beside the word and its phones, separated by blanks';

/** The first that fits is told. */
const FORMS: readonly Form[] = [
  {
    sign: ({ content }) => HEADINGS.test(content) && content,
    found: () => 'headings',
    remedy: 'leave them out',
  },
  {
    sign: ({ content }) => /^[{[(]["(]|<[/?]/.test(content) && content,
    found: () => 'JSON, XML or Lisp',
    remedy: 'write a line for each way to speak a word',
  },
  {
    sign: ({ head }) => /^(\/\/.*|;+)$/.test(head) && head,
    found: () => 'a comment',
    remedy: 'begin comments with # and a blank',
  },
  {
    sign: ({ head, phones }) => [head.replace(/[:,]$/, ''), phones.join(' ')].find(isQuoted),
    found: () => 'quotation marks',
    remedy: BLANKS_ALONE,
  },
  {
    sign: ({ head }) => SEPARATOR.test(head.replace(/\d[.,]\d/g, '')) && head,
    found: word,
    remedy: BLANKS_ALONE,
  },
  {
    sign: ({ phones }) => (NUMBER_IN_FRONT.test(phones[0]!) ? phones[0] : phones.find((each) => NUMBER.test(each))),
    found: (sign) => `the number ${sign}`,
    remedy: 'leave out scores, probabilities and counts',
  },
  {
    sign: ({ phones }) =>
      ['=', ':', '->', '=>'].includes(phones[0]!)
        ? phones[0]
        : phones.find((each) => /^(;+|\/\/.*|\||,|.+,.*)$/.test(each)),
    found: phone,
    remedy: 'separate phones by blanks, begin comments with #, and write each way to speak a word on a line of its own',
  },
  {
    sign: ({ phones }) => phones.find((each) => /^\$[a-z]/.test(each)),
    found: phone,
    remedy: PHONES_ALONE,
  },
  {
    sign: ({ phones }) => IN_BRACKETS.exec(phones.join(' '))?.[0],
    found: () => 'brackets',
    remedy: PHONES_ALONE,
  },
  {
    // A phrase before the tab: where would its phones begin?
    sign: ({ content }) => /^\S+ +\S[^\t]*\t/.test(content) && content,
    found: () => 'blanks before the tab',
    remedy: 'put one word on a line, or separate its phones by blanks alone',
  },
  {
    sign: ({ content }) => {
      const columns = content.split(/\s*\t\s*/);
      return columns.length > 2 && columns.some((column) => /\s/.test(column)) ? String(columns.length) : undefined;
    },
    found: (sign) => `${sign} columns`,
    remedy: PHONES_ALONE,
  },
];

/** What a line is in place of CMUdict's format, if it is not of it. */
export function foreignLine(line: LexiconLine): ForeignForm | undefined {
  for (const { sign, found, remedy } of FORMS) {
    const given = sign(line);
    if (given) return { found: found(given), remedy };
  }
  return undefined;
}

/** What a whole lexicon is in place of CMUdict's format, where no line of it alone could tell. */
export function foreignLexicon(lines: readonly LexiconLine[]): ForeignForm | undefined {
  if (lines.length < 2) return undefined;
  if (lines.every(({ phones }) => phones.length > 1 && ONE_DIGIT.test(phones[0]!))) {
    return { found: 'a number after every word', remedy: 'leave out scores, probabilities and counts' };
  }
  const whole = lines.map(({ phones }) => phones[0]!);
  const most = (count: number) => count > lines.length / 2;
  // Phones are short and come again and again; so do the syllables that some take for the phones of a character.
  const long = whole.filter((each, index) => lengthOf(each) > 3 && lengthOf(lines[index]!.head) > 1);
  if (lines.every(({ phones }) => phones.length === 1) && most(long.length) && most(new Set(whole).size)) {
    return { found: `whole transcriptions, "${long[0]}"`, remedy: 'separate the phones by blanks' };
  }
  return undefined;
}

function isQuoted(text: string): boolean {
  return /^".+"$/.test(text) || /^“.+”$/.test(text);
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}
