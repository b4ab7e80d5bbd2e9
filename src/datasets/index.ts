export * from './dates';
export { loadDateLocales } from './date-locales';
export { writeLocalDate, type DateLocale } from './date-patterns';
export * from './split';
export { lexiconChecksum, lexiconTable, splitChecksum, splitTable, textTable } from './checksum';
export { loadGlosses, GLOSS_CLASSES, type GlossSizes } from './glosses';
export { type LabelledText, type LabelledTexts } from './labelled-text';
export { HAYSTACK_LENGTH, loadNeedles, NEEDLE_CLASSES, NEEDLE_LENGTH, type Needle, type NeedleSizes } from './needles';
export { orderByHash } from './order-by-hash';
export { recordedRuns, recordRun, type RecordedRun } from './recorded-runs';
export { readSynsets, type PartOfSpeech, type Synset } from './wordnet';
export {
  LexiconError,
  loadCmudict,
  parseLexicon,
  type CmudictSizes,
  type PronouncedWord,
  type PronouncedWords,
} from './cmudict';
export { BROWN_GENRES, loadBrown, parseBrown, type BrownText } from './brown';
export { loadStateOfTheUnion, plainSentences, type Address } from './state-of-the-union';
export { loadGlossSentences } from './gloss-sentences';
export { readNounSenses, type NounSense } from './wordnet-nouns';
export { loadSst2, parseSst2, SST2_CLASSES } from './sst2';
export { loadTatoeba, parseTatoeba, type SentencePair, type SentencePairs } from './tatoeba';
export {
  checkDownload,
  downloadFile,
  DownloadError,
  type Checksum,
  type DownloadedFile,
  type DownloadOptions,
} from './download';
