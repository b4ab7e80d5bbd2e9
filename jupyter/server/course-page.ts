/** The course's table of contents: plain HTML that needs no script and nothing from the network. */
import { escapeHtml } from './html';
import type { Lesson } from './lessons';

const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #23262b; --soft: #5b626c; --line: #dfdcd3;
  --accent: #1f5f8b; --accent-ink: #ffffff; --mark: #7a4b00; --mark-paper: #fdf1d9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181c; --card: #1e2126; --ink: #e7e6e2; --soft: #a4abb5; --line: #343941;
    --accent: #8cc4ea; --accent-ink: #10202c; --mark: #f3cf8b; --mark-paper: #3a2f1a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 3.5rem 1.25rem 5rem; }
h1 { font: 600 2.1rem/1.2 Georgia, 'Times New Roman', serif; margin: 0 0 .6rem; letter-spacing: -.01em; }
h2 { font: 600 1.2rem/1.35 Georgia, 'Times New Roman', serif; margin: 0; }
p { margin: 0 0 1rem; }
.lead { color: var(--soft); max-width: 38rem; margin-bottom: 2.2rem; }
a { color: var(--accent); text-underline-offset: .18em; }
a:focus-visible, button:focus-visible, summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
ol { list-style: none; margin: 0; padding: 0; display: grid; gap: .9rem; }
.lesson { display: grid; grid-template-columns: 3rem 1fr; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem 1rem 1rem; }
.number { font: 600 1.2rem/1.35 Georgia, serif; color: var(--soft); font-variant-numeric: tabular-nums; }
.lesson h2 a { color: inherit; text-decoration-color: var(--line); }
.lesson h2 a:hover { text-decoration-color: var(--accent); }
.goals { color: var(--soft); margin: .35rem 0 .55rem; padding-left: 1.1rem; font-size: .97rem; }
.goals li + li { margin-top: .1rem; }
.facts { display: flex; flex-wrap: wrap; align-items: baseline; gap: .35rem 1.1rem; margin: .35rem 0 0; font-size: .92rem; color: var(--soft); }
.badge { background: var(--mark-paper); color: var(--mark); border-radius: 999px; padding: .05rem .65rem; }
.notice { background: var(--mark-paper); color: var(--mark); border-radius: 10px; padding: .8rem 1.1rem; margin-bottom: 1.6rem; }
.notice a { color: inherit; }
summary { cursor: pointer; color: var(--soft); text-decoration: underline; text-underline-offset: .18em; text-decoration-color: var(--line); }
details[open] { flex-basis: 100%; }
details form { border-left: 3px solid var(--line); margin: .5rem 0 .2rem; padding-left: .9rem; }
details form p { margin: 0 0 .5rem; }
button { font: inherit; color: var(--accent-ink); background: var(--accent); border: 0; border-radius: 6px; padding: .3rem .9rem; cursor: pointer; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .92rem; }
.empty { border: 1px dashed var(--line); border-radius: 10px; padding: 1.2rem; color: var(--soft); }
@media (max-width: 34rem) { .lesson { grid-template-columns: 1fr; } main { padding-top: 2rem; } }
`;

function document(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

/** The address of a notebook's page. */
export function notebookAddress(apiPath: string): string {
  return `/notebooks/${apiPath.split('/').map(encodeURIComponent).join('/')}`;
}

/** The way back to the original: one click where nothing is there that it could replace. */
function resetForm({ name, number, missing }: Lesson): string {
  const action = `/api/attention-notebooks/lessons/${encodeURIComponent(name)}/reset`;
  if (missing)
    return `<form method="post" action="${action}"><button type="submit">Bring lesson ${number} back</button></form>`;
  return `<details><summary aria-label="Reset this lesson: ${number}">Reset this lesson</summary>
<form method="post" action="${action}">
<p>Puts the original back. What you have now is kept beside it, under a name with today's date.</p>
<button type="submit">Reset lesson ${number}</button>
</form></details>`;
}

/** The title without the number before it. */
const titleOf = ({ title }: Lesson): string => escapeHtml(title.replace(/^(?:Lesson )?\d\d?[.:]? /i, ''));

function lessonItem(lesson: Lesson): string {
  const title = titleOf(lesson);
  const heading = lesson.missing ? title : `<a href="${notebookAddress(lesson.path)}">${title}</a>`;
  const id = `lesson-${lesson.name}`;
  const goals = lesson.goals.map((goal) => `<li>${escapeHtml(goal)}</li>`).join('');
  const facts = [
    ...(lesson.time ? [`<span>Time: ${escapeHtml(lesson.time)}</span>`] : []),
    ...(lesson.changed && !lesson.problem ? ['<span class="badge">changed by you</span>'] : []),
    ...(lesson.missing ? ['<span class="badge">its file is gone: deleted or renamed</span>'] : []),
    ...(lesson.problem ? [`<span class="badge">${escapeHtml(lesson.problem)}</span>`] : []),
    ...(lesson.solution
      ? [
          `<a href="${notebookAddress(lesson.solution)}" aria-label="Solutions of lesson ${lesson.number}">Solutions</a>`,
        ]
      : []),
    resetForm(lesson),
  ];
  return `<li class="lesson">
<span class="number" aria-hidden="true">${lesson.number}</span>
<article aria-labelledby="${id}">
<h2 id="${id}">${heading}</h2>
${goals ? `<ul class="goals">${goals}</ul>` : ''}
<div class="facts">${facts.join('\n')}</div>
</article>
</li>`;
}

/** What was reset last: the lesson's name, and where the learner's version of it lies. */
export interface ResetNotice {
  lesson: string;
  copy: string | null;
}

function resetNotice(lesson: Lesson, copy: string | null): string {
  const kept = copy
    ? `Your version is kept as <a href="${notebookAddress(copy)}">${escapeHtml(copy.split('/').pop() ?? copy)}</a>. If the lesson is still open in a tab, reload it.`
    : 'There was no version of yours to keep.';
  return `<p class="notice" role="status">Lesson ${lesson.number}, “${titleOf(lesson)}”, is the original again. ${kept}</p>`;
}

export function coursePage(lessons: readonly Lesson[], notice: ResetNotice | null): string {
  const reset = lessons.find(({ name }) => name === notice?.lesson);
  const list =
    lessons.length > 0
      ? `<ol>\n${lessons.map(lessonItem).join('\n')}\n</ol>`
      : '<p class="empty">There are no lessons in notebooks/ yet.</p>';
  return document(
    'Attention Notebooks',
    `<h1>Attention, step by step</h1>
<p class="lead">A course of TypeScript notebooks, from word embeddings through LSTM and BiLSTM to soft, hard and local attention. Open a lesson and run its cells one after the other with Shift+Enter.</p>
${reset ? resetNotice(reset, notice?.copy ?? null) : ''}
${list}
<footer><a href="/tree/notebooks">All files</a> · To end the course, press Ctrl-C in the terminal. Open lessons are saved every few seconds, and at once with Ctrl + S.</footer>`,
  );
}

/** A page for a person who came to an address that does not work. */
export function problemPage(status: number, message: string): string {
  const advice =
    status === 403
      ? 'Open the address that <code>npm start</code> printed in the terminal: it holds a token that is new at every start.'
      : '<a href="/">Back to the lessons</a>';
  return document(
    `Attention Notebooks: ${status}`,
    `<h1>${status === 404 ? 'There is nothing at this address' : status === 403 ? 'This page needs its token' : 'That did not work'}</h1>
<p class="lead">${escapeHtml(message)}</p>
<p>${advice}</p>`,
  );
}
