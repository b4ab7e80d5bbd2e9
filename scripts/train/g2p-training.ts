import type { PronouncedWord } from '../../src/datasets/cmudict';
import {
  buildVocabularies,
  saveQuantised,
  saveSeq2Seq,
  Seq2SeqModel,
  Seq2SeqVocabularies,
  TextPair,
  trainSeq2Seq,
} from '../../src/seq2seq';
import { characterTokens } from '../../src/text';
import { describeFigures, measure } from '../g2p-figures';
import { lexiconName, Lexicons, readLexicons, sharedWords, unknownSymbols } from '../lexicons';
import { G2pModel, loadG2pModels } from '../g2p-models';
import { doAll, saveOrKeep } from './save';
import { UsageError } from '../command-line/usage-error';
import {
  earlyStoppingOf,
  keepBest,
  learningOf,
  lossOf,
  modelToTrain,
  nameOf,
  parameterCount,
  recipeOf,
  recordTraining,
  timed,
  weightsName,
} from './encoder-decoder-model';
import type { G2pTraining } from './g2p';

/** Words of one length, rounded up to a multiple of this, share a batch: little padding, and batches that are not all of one length. */
export const BUCKET_WIDTH = 2;

/** Trains, prints the figures on held-out words, saves the model and records the figures if wanted. */
export async function trainG2p(training: G2pTraining): Promise<void> {
  const { seed, checkpoint, epochs, bucketTargets } = training;
  const lexicons = readLexicons(training);
  if (training.patience !== undefined && lexicons.dev.length === 0) {
    throw new UsageError('--patience watches the dev words, and there are none: give --dev-file too');
  }
  const own = lexicons.train.flatMap(pairsOf);
  const vocabularies = buildVocabularies(own);
  requireKnownPhones(training.moreTrainFile, lexicons.more, vocabularies);
  const pairs = [...own, ...lexicons.more.flatMap(pairsOf)];
  const held = [...lexicons.dev, ...lexicons.test].flatMap(pairsOf);
  const saved = { model: modelToTrain(training, vocabularies, [...pairs, ...held]), vocabularies };
  const { model } = saved;
  const teachers = { models: teachersOf(training, saved), share: training.teacherShare };
  const parameters = parameterCount(model);
  const stepsPerEpoch = Math.ceil(pairs.length / training.batch);
  console.log(
    `${nameOf(training)}, ${parameters} parameters, ${lexicons.train.length + lexicons.more.length} words with ` +
      `${pairs.length} pronunciations, ${stepsPerEpoch} steps an epoch, seed ${seed}`,
  );
  warnOfWords(lexicons, vocabularies);

  const early = earlyStoppingOf(training, model);
  const recipe = recipeOf(training, { epochs });
  const config = {
    ...{ task: 'g2p', ...model.description, ...recipe, words: lexiconName(lexicons.train) },
    ...(lexicons.more.length > 0 && { moreWords: lexiconName(lexicons.more) }),
    ...(bucketTargets && { bucketTargets }),
    // The best epoch so far is the best on these words, and the checkpoint's weights grew from those.
    ...(early && { devWords: lexiconName(lexicons.dev) }),
    ...(training.from.length > 0 && { from: weightsName(model) }),
    ...(teachers.models.length > 0 && { teachers: teachers.models.map(weightsName), teacherShare: teachers.share }),
  };
  const learn = () =>
    trainSeq2Seq(model, {
      ...{ pairs, vocabularies, bucketWidth: BUCKET_WIDTH, bucketTargets },
      ...learningOf(training, epochs * stepsPerEpoch),
      ...lossOf(training, model, teachers),
      evaluate: (epoch): Record<string, number> => {
        if (lexicons.dev.length === 0) return {};
        const { wer, per } = measure([saved], lexicons.dev);
        console.log(`epoch ${epoch + 1}: dev WER ${percent(wer)}, PER ${percent(per)}`);
        early?.record(per);
        return { wer, per };
      },
      stop: early?.stop,
      checkpoint: checkpoint && { ...checkpoint, config, otherVariables: early?.state },
    });
  const history = epochs === 0 ? undefined : await timed(learn);
  keepBest(early, (lowest) => `a dev PER of ${percent(lowest)}`);

  const step = history?.losses.length ?? 0;
  const metrics: Record<string, number> = {};
  for (const part of ['dev', 'test'] as const) {
    if (lexicons[part].length === 0) continue;
    const figures = measure([saved], lexicons[part]);
    console.log(`${part}: ${describeFigures(figures)}`);
    Object.assign(metrics, { [`${part}Wer`]: figures.wer, [`${part}Per`]: figures.per });
  }
  const passes = Number((step / stepsPerEpoch).toFixed(2));
  const outcome = history && { command: training.command, parameters, epochs: passes, history, metrics };
  doAll(
    () => save(training, saved, step),
    () => saveSmall(training, saved),
    () => outcome && training.record && recordTraining('g2p', training, outcome),
  );
}

function save({ save: folder }: G2pTraining, saved: G2pModel, step: number): void {
  if (folder === undefined) return;
  console.log(`saved: ${saveOrKeep('save', folder, (place) => saveSeq2Seq(place, saved, step))}`);
}

function saveSmall({ saveSmall: folder }: G2pTraining, saved: G2pModel): void {
  if (folder === undefined) return;
  const place = saveOrKeep('save-small', folder, (place) => {
    saveQuantised(place, saved);
    return place;
  });
  console.log(`saved with one byte a weight: ${place}`);
}

/** The models to learn from. @throws {UsageError} when one knows other letters or phones, or writes the other way. */
function teachersOf({ teachers }: G2pTraining, { model, vocabularies }: G2pModel): Seq2SeqModel[] {
  return loadG2pModels(teachers, 'teacher').map((teacher, index) => {
    const named = `--teacher ${teachers[index]}`;
    if (JSON.stringify(teacher.vocabularies) !== JSON.stringify(vocabularies)) {
      throw new UsageError(`${named} knows other letters or phones than the training words have`);
    }
    if (Boolean(teacher.model.description.backwards) !== Boolean(model.description.backwards)) {
      throw new UsageError(`${named} writes the other way: a teacher must go the way of its student`);
    }
    return teacher.model;
  });
}

/** An example for each way to speak a word. */
export function pairsOf({ word, pronunciations }: PronouncedWord): TextPair[] {
  return pronunciations.map((phones) => ({ source: characterTokens(word), target: phones }));
}

/** @throws {UsageError} when an added word has a phone that the model cannot write: it would learn to write "unknown". */
function requireKnownPhones(
  file: string | undefined,
  words: readonly PronouncedWord[],
  { target }: Seq2SeqVocabularies,
): void {
  for (const { word, pronunciations } of words) {
    const phone = pronunciations.flat().find((each) => !target.has(each));
    if (phone === undefined) continue;
    throw new UsageError(
      `--more-train-file ${file} gives "${word}" the phone ${phone}, which none of the training words has; ` +
        'write it with their phones, or put both lexicons into one --train-file',
    );
  }
}

function warnOfWords({ train, more, dev, test }: Lexicons, vocabularies: Seq2SeqVocabularies): void {
  for (const warning of unknownSymbols('added', more, vocabularies)) console.error(warning);
  for (const [name, part] of Object.entries({ dev, test })) {
    const shared = sharedWords(part, [...train, ...more]);
    if (shared > 0)
      console.error(`${shared} of the ${part.length} ${name} words are training words too: the figures flatter`);
    for (const warning of unknownSymbols(name, part, vocabularies)) console.error(warning);
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
