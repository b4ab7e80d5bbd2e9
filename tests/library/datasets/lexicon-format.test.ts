import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LexiconError, parseLexicon } from '../../../src/datasets/cmudict';

/** A lexicon as another tool writes it, the line that gives it away, and what the message says of it. */
const OTHER_TOOLS: [tool: string, text: string, line: number, message: RegExp][] = [
  ['Phonetisaurus, with scores', 'the\t3.46\tdh ah\ncat\t0.99\tk ae t\n', 1, /got the number 3\.46 .*leave out/],
  ['Phonetisaurus, a whole score', 'cat\t12\tk ae t\n', 1, /got the number 12 /],
  ['Phonetisaurus, aligned', 'c}k a}ae t}t\n', 1, /got "c}k" for a word/],
  ['m2m-aligner', 'c|a|t|\tk|ae|t|\n', 1, /got "c\|a\|t\|" for a word/],
  ['MFA with a probability', 'cat\t1.0\tk æ t\n', 1, /got the number 1\.0 /],
  ['MFA with four', 'cat\t0.99\t0.17\t1.0\t1.0\tk æ t\n', 1, /got the number 0\.99 /],
  ['MFA, a whole probability', 'I\t1\taj\ncat\t1\tk æ t\n', 2, /got 3 columns/],
  ['Kaldi with probabilities', 'A 1.0 ah\n', 1, /got the number 1\.0 /],
  ['Kaldi, silence probabilities', 'cat 1 0.5 1.2e-1 1 k ae t\n', 1, /got the number 0\.5 /],
  ['Kaldi, whole probabilities throughout', 'cat 1 k ae t\na 1 ah\n', 1, /got a number after every word/],
  ['Kaldi, symbol table', '<eps> 0\ncat 1\n', 1, /got the number 0 /],
  ['Sequitur with variants', 'cat\t0\t0.750000\tk ae t\n', 1, /got the number 0 /],
  ['scores behind the phones', 'cat\tk ae t\t-3.5\n', 1, /got the number -3\.5 /],
  ['a score with a comma', 'cat k ae t 0,99\n', 1, /got the number 0,99 /],
  ['counts of words', 'the 23135851162\n', 1, /got the number 23135851162 /],
  ['parts of speech', 'read\tVBD\tr eh d\n', 1, /got 3 columns/],
  ['CSV', 'cat,k ae t\n', 1, /got "cat,k" for a word.*one line/],
  ['CSV with blanks', 'cat, k ae t\n', 1, /got "cat," for a word/],
  ['CSV with quotes', '"cat","k ae t"\n', 1, /got ""cat","k" for a word/],
  ['tabs and quotes', 'cat\t"k ae t"\n', 1, /got quotation marks/],
  ['semicolons', 'cat;k ae t\n', 1, /got "cat;k" for a word/],
  ['MARY', "cat|' k { t|NN\n", 1, /got "cat\|'" for a word/],
  ['equals signs', 'cat = k ae t\n', 1, /got "=" for a phone/],
  ['a colon', 'cat: k ae t\n', 1, /got "cat:" for a word/],
  ['phones with commas', 'cat  k, ae, t\n', 1, /got "k," for a phone/],
  ['alternatives on one line', 'read  r iy d | r eh d\n', 1, /got "\|" for a phone.*line of its own/],
  ['headings', 'word\tpronunciation\ncat\tk ae t\n', 1, /got headings/],
  ['HTK', 'CAT [CAT] k ae t sp\n', 1, /got brackets/],
  ['Flite', 'cat (k ae1 t)\n', 1, /got brackets/],
  ['ipa-dict', 'cat\t/ˈkæt/\n', 1, /got brackets/],
  ['ipa-dict, two ways', 'read\t/ɹɛd/, /ɹiːd/\n', 1, /got "\/ɹɛd\/," for a phone/],
  ['Festival', '("cat" nn (((k ae t) 1)))\n', 1, /got JSON, XML or Lisp/],
  ['JSON', '{"cat": "k ae t"}\n', 1, /got JSON, XML or Lisp/],
  ['JSON, a line a word', '{\n "cat": ["k", "ae", "t"],\n', 1, /expected a word, blanks and its phones/],
  ['JSON, its second line', '  "cat": ["k", "ae", "t"],\n', 1, /got quotation marks/],
  ['PLS', '<?xml version="1.0"?>\n', 1, /got JSON, XML or Lisp/],
  ['PLS, an entry', '<lexeme> <grapheme>cat</grapheme> <phoneme>k ae t</phoneme> </lexeme>\n', 1, /got JSON, XML/],
  ['espeak-ng, its list', "// numbers\n_0 z'i@roU\n", 1, /got a comment.*with #/],
  ['espeak-ng, flags', "read\tr'Ed $past\n", 1, /got "\$past" for a phone/],
  ['espeak-ng --ipa', 'hello\thəlˈoʊ\nworld\twˈɜːld\ncat\tkˈæt\n', 1, /got whole transcriptions, "həlˈoʊ"/],
  ['another comment sign', 'cat  k ae t ; the animal\n', 1, /got ";" for a phone/],
  ['a comment of one semicolon', '; made by hand\ncat  k ae t\n', 1, /got a comment/],
  ['UTF-16', 'cat  k ae t\n'.split('').join('\0'), 1, /expected text in UTF-8, got NUL.*UTF-16/],
  ['another encoding', 'a  AH\ncaf\uFFFD  K AE F EY\n', 2, /expected text in UTF-8, got another encoding/],
  ['line ends of old mainframes', 'cat  K AE T\u0085dog  D AO G', 1, /got the control character U\+0085/],
  ['line separators', 'cat  K AE T\u2028dog  D AO G', 1, /got the control character U\+2028/],
];

describe("what is not CMUdict's format is refused by line and reason", () => {
  for (const [tool, text, line, reason] of OTHER_TOOLS) {
    test(tool, () => {
      // Each behind two lines that are right.
      const before = tool.includes('throughout') || tool.startsWith('espeak-ng --') ? '' : ';;; made today\na  AH\n';
      const shift = before === '' ? 0 : 2;
      assert.throws(
        () => parseLexicon(before + text, 'own.dict'),
        (error: Error) => {
          assert.ok(error instanceof LexiconError, error.stack);
          assert.ok(error.message.startsWith(`own.dict, line ${line + shift}: expected `), error.message);
          assert.match(error.message, reason);
          assert.doesNotMatch(error.message, /[\n\0]/, 'one line');
          return true;
        },
      );
    });
  }

  test('a long line is not quoted in full', () => {
    assert.throws(
      () => parseLexicon(`cat\t0.5\t${'k '.repeat(9999)}\n`, 'own.dict'),
      (error: Error) => error.message.length < 250,
    );
  });
});

describe('what looks strange and is right is read', () => {
  const RIGHT: [what: string, text: string, expected: [word: string, ...phones: string[]][]][] = [
    ['X-SAMPA, whose vowels are digits', 'deux d 2\neux 2\nneuf n 9 f\n', [['deux', 'd', '2'], ['eux', '2'], ['neuf', 'n', '9', 'f']]], // prettier-ignore
    ['tones of their own', 'ma m a 55\nmo m o 214\n', [['ma', 'm', 'a', '55'], ['mo', 'm', 'o', '214']]], // prettier-ignore
    ['X-SAMPA, stress and braces', 'cat "k { t\ndu d }:\nabout @ "b a U t\n', [['cat', '"k', '{', 't'], ['du', 'd', '}:'], ['about', '@', '"b', 'a', 'U', 't']]], // prettier-ignore
    ['numerals as words', '1,000  W AH N\n3.14  TH R IY\n42  F AO R\n', [['1,000', 'W', 'AH', 'N'], ['3.14', 'TH', 'R', 'IY'], ['42', 'F', 'AO', 'R']]], // prettier-ignore
    ["CMUdict's punctuation", '"QUOTE  K W\n{BRACE  B R\n,COMMA  K AA\n;SEMI-COLON  S EH\n', [['"quote', 'K', 'W'], ['{brace', 'B', 'R'], [',comma', 'K', 'AA'], [';semi-colon', 'S', 'EH']]], // prettier-ignore
    [
      'special words of MFA',
      '<unk>\tspn\n[bracketed]\tspn\n',
      [
        ['<unk>', 'spn'],
        ['[bracketed]', 'spn'],
      ],
    ],
    [
      'syllables as phones',
      '中 zhong1\n国 guo2\n人 ren2\n',
      [
        ['中', 'zhong1'],
        ['国', 'guo2'],
        ['人', 'ren2'],
      ],
    ],
    [
      'words of a single phone',
      'eye  AY1\noh  OW1\na  AH0\n',
      [
        ['eye', 'AY'],
        ['oh', 'OW'],
        ['a', 'AH'],
      ],
    ],
    ['a single line', 'eye  AY1\n', [['eye', 'AY']]],
    ['CR alone', 'a  AH\rcat  K AE T\r', [['a', 'AH'], ['cat', 'K', 'AE', 'T']]], // prettier-ignore
    ['CR LF and tabs', 'a\tAH\r\ncat\tK AE T\t\r\n', [['a', 'AH'], ['cat', 'K', 'AE', 'T']]], // prettier-ignore
    ['two files with a mark each', '\uFEFFa  AH\n\uFEFFcat  K AE T\n', [['a', 'AH'], ['cat', 'K', 'AE', 'T']]], // prettier-ignore
    ["Swedish colons, English 'n'", "s:t  s a ng k t\n'n'  AH N\n", [['s:t', 's', 'a', 'ng', 'k', 't'], ["'n'", 'AH', 'N']]], // prettier-ignore
    ['Zulu clicks', 'icici i ǀ i ǀ i\niqa i |\\ a\n', [['icici', 'i', 'ǀ', 'i', 'ǀ', 'i'], ['iqa', 'i', '|\\', 'a']]], // prettier-ignore
  ];
  for (const [what, text, expected] of RIGHT) {
    test(what, () => {
      assert.deepEqual(
        parseLexicon(text, 'own.dict').map(({ word, pronunciations }) => [word, ...pronunciations[0]]),
        expected,
      );
    });
  }
});
