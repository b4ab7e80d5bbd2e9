// What one cell shows, on its way from tslab to the page. Text is gathered into larger pieces, updates of a display
// replace one another while they wait, and all of it together has a limit: a page that is sent too much cannot be used
// any more, and a notebook that holds too much cannot be opened.
/* eslint-disable @typescript-eslint/no-require-imports -- loaded by node --require, never compiled */
// Our own, whatever a cell makes of the global ones.
const { performance } = require('node:perf_hooks');
const { clearTimeout, setTimeout } = require('node:timers');

/** So much a cell may show, in characters: of text, of displays, of everything together. */
const LARGEST_OUTPUT = 4 * 2 ** 20;
/** A character of text counts so often: with each new piece of it, the page draws all of an output's text anew. */
const TEXT_WEIGHT = 4;
/** What each output counts besides its content: thousands of small ones are a burden, too. */
const OUTPUT_COST = 1000;
/** So much is shown of the end of a text that is left out: the result often stands there, and an error always. */
const TEXT_END = 4000;
/** What a cell may still show after its end, when it has reached the limit before. */
const LATE_OUTPUT = 2 ** 16;

/** The price of a message, in milliseconds until the next one: 50 messages or 4 million characters in a second. */
const priceOf = (characters) => 20 + characters / 4000;
/** For so many milliseconds, messages may be taken beforehand: the first hundred lines go out at once. */
const BURST = 2000;
/** Text does not wait when there is so much of it. */
const LARGEST_TEXT = 2 ** 16;

class CellOutput {
  /** `publish(type, content)` sends a message of the cell. */
  constructor(publish) {
    this.publish = publish;
    this.shown = 0;
    /** The stream to which the cell's last output belongs, if that is text. */
    this.stream = null;
    /** Text of that stream that waits. */
    this.text = '';
    /** The newest content of each display whose update waits, by the display's name. */
    this.updates = new Map();
    /** What each display counts. */
    this.sizes = new Map();
    /** Displays that were too large to be shown at all. */
    this.refused = new Set();
    this.nextMessage = 0;
    this.timer = undefined;
    this.forgetLeftOut();
  }

  forgetLeftOut() {
    this.leavesOut = false;
    this.leftOut = { characters: 0, displays: 0 };
    this.ends = { stdout: '', stderr: '' };
  }

  write(stream, text) {
    const cost = stream === this.stream ? 0 : OUTPUT_COST;
    const shown = startOf(text, Math.floor((LARGEST_OUTPUT - this.shown - cost) / TEXT_WEIGHT));
    if (shown !== '') {
      if (stream !== this.stream) this.sendText();
      this.stream = stream;
      this.shown += cost + TEXT_WEIGHT * shown.length;
      this.text += shown;
      if (this.text.length >= LARGEST_TEXT || this.mayNow()) this.sendText();
      else this.sendLater();
    }
    if (shown.length < text.length) this.leaveOutText(stream, text.slice(shown.length));
  }

  display(content, update) {
    const id = content.transient?.display_id;
    const size = OUTPUT_COST + sizeOf(content.data) + sizeOf(content.metadata);
    const before = (update && this.sizes.get(id)) || 0;
    if (this.shown - before + size > LARGEST_OUTPUT) {
      if (!update && id !== undefined) this.refused.add(id);
      this.leftOut.displays++;
      return this.announce();
    }
    this.shown += size - before;
    if (id !== undefined) this.sizes.set(id, size);
    // What was refused before is not on the page and cannot be updated there.
    if (update && !this.refused.delete(id)) {
      this.updates.set(id, content);
      if (this.mayNow()) this.sendUpdates();
      else this.sendLater();
    } else {
      this.sendAll();
      this.stream = null;
      this.send('display_data', content, size);
    }
  }

  /** Adds a remark of the kernel's own. */
  say(remark) {
    this.sendText();
    this.stream = 'stderr';
    this.send('stream', { name: 'stderr', text: `\n[${remark}]\n` }, remark.length);
  }

  /** Sends what waits, and says what was left out. What comes later is still shown, within bounds. */
  end() {
    this.sendAll();
    if (!this.leavesOut) return;
    const { leftOut, ends } = this;
    this.forgetLeftOut();
    this.shown = Math.min(this.shown, LARGEST_OUTPUT - TEXT_WEIGHT * LATE_OUTPUT);
    const shown = Object.entries(ends).map(([name, text]) => ({ name, text: endOf(text) }));
    const characters = shown.reduce((rest, { text }) => rest - text.length, leftOut.characters);
    const parts = [
      ...(characters > 0 ? [`${amount(characters)} of text`] : []),
      ...(leftOut.displays > 0 ? [`${leftOut.displays} ${leftOut.displays === 1 ? 'display' : 'displays'}`] : []),
    ];
    if (parts.length > 0) this.say(`Left out here: ${parts.join(' and ')}.`);
    for (const { name, text } of shown) if (text !== '') this.send('stream', { name, text }, text.length);
    this.stream = null;
  }

  leaveOutText(stream, text) {
    this.leftOut.characters += text.length;
    const end = this.ends[stream] + text.slice(-TEXT_END);
    // Not cut each time: a loop may write millions of lines.
    this.ends[stream] = end.length > 4 * TEXT_END ? end.slice(-TEXT_END) : end;
    this.announce();
  }

  announce() {
    if (this.leavesOut) return;
    this.leavesOut = true;
    this.say(
      `This cell writes more than a page can show: what goes beyond ${amount(LARGEST_OUTPUT / TEXT_WEIGHT)} of text, or ` +
        `${amount(LARGEST_OUTPUT)} of displays, is left out. ` +
        'Print less often, or write to a file. If the cell should end by now: menu Kernel > Interrupt Kernel.',
    );
  }

  mayNow() {
    return performance.now() >= this.nextMessage;
  }

  sendLater() {
    this.timer ??= setTimeout(() => this.sendAll(), Math.max(1, this.nextMessage - performance.now())).unref();
  }

  // An interrupt may end each of these between any two steps: what waits is taken away first, so that nothing is sent
  // twice.
  sendAll() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sendText();
    this.sendUpdates();
  }

  sendText() {
    const { text } = this;
    if (text === '') return;
    this.text = '';
    this.send('stream', { name: this.stream, text }, text.length);
  }

  sendUpdates() {
    const { updates } = this;
    if (updates.size === 0) return;
    this.updates = new Map();
    for (const content of updates.values()) this.send('update_display_data', content, sizeOf(content.data));
  }

  send(type, content, characters) {
    this.nextMessage = Math.max(this.nextMessage, performance.now() - BURST) + priceOf(characters);
    this.publish(type, content);
  }
}

/** At most `length` characters, and no half of one. */
function startOf(text, length) {
  if (text.length <= length) return text;
  if (length <= 0) return '';
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}

/** The last lines, as far as they are whole. */
function endOf(text) {
  if (text.length <= TEXT_END) return text;
  const end = text.slice(-TEXT_END);
  return end.slice(end.indexOf('\n') + 1);
}

function sizeOf(content) {
  return Object.values(content ?? {}).reduce(
    (sum, value) => sum + (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).length,
    0,
  );
}

function amount(characters) {
  return characters < 2 ** 20 ? `${Math.ceil(characters / 1024)} KB` : `${(characters / 2 ** 20).toFixed(1)} MB`;
}

module.exports = { CellOutput, LARGEST_OUTPUT, TEXT_END, TEXT_WEIGHT };
