import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type KernelMessage,
  MessageSigner,
  newMessage,
  packMessage,
  unpackMessage,
} from '../../jupyter/kernel/messages';

const content = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.parse(JSON.stringify(value)) as object);
const message = fc.tuple(content, content).map(([content, metadata]): KernelMessage => ({
  ...newMessage('shell', 'execute_request', 's', { ...content }),
  metadata: { ...metadata },
}));

test('packing and unpacking a message gives the same message', () => {
  fc.assert(fc.property(message, (one) => assert.deepEqual(unpackMessage(packMessage(one)), one)));
});

test('a packed message has the layout of v1.kernel.websocket.jupyter.org', () => {
  const packed = packMessage({ ...newMessage('iopub', 'status', 's'), content: { a: 1 } });
  const numbers = Array.from({ length: 7 }, (_, index) => Number(packed.readBigUInt64LE(8 * index)));
  const [count, ...offsets] = numbers;
  // Channel, header, parent header, metadata, content, and the end.
  assert.equal(count, 6);
  assert.equal(offsets[0], 8 * 7);
  assert.equal(packed.subarray(offsets[0], offsets[1]).toString(), 'iopub');
  assert.equal(packed.subarray(offsets[4], offsets[5]).toString(), '{"a":1}');
  assert.equal(offsets[5], packed.length);
});

test('what is not a packed message is refused', () => {
  for (const data of [
    Buffer.alloc(0),
    Buffer.from('x'),
    Buffer.alloc(64),
    packMessage(newMessage('shell', 'a', 's')).subarray(0, 100),
  ])
    assert.throws(() => unpackMessage(data));
});

test('a message is signed as the protocol says, over header, parent header, metadata and content', () => {
  const one = newMessage('shell', 'kernel_info_request', 's', { x: 1 });
  const [delimiter, signature, ...parts] = new MessageSigner('key').toFrames(one);
  assert.equal(delimiter.toString(), '<IDS|MSG>');
  const expected = createHmac('sha256', 'key').update(Buffer.concat(parts)).digest('hex');
  assert.equal(signature.toString(), expected);
  assert.deepEqual(
    parts.map((part) => JSON.parse(part.toString()) as unknown),
    [one.header, {}, {}, { x: 1 }],
  );
});

test('a message with another signature, or none, is not believed', () => {
  const signer = new MessageSigner('key');
  const one = newMessage('shell', 'execute_request', 's', { code: '1' });
  const frames = signer.toFrames(one);
  assert.deepEqual(signer.fromFrames('shell', [Buffer.from('identity'), ...frames]), one);
  const forged = new MessageSigner('other key').toFrames(one);
  const changed = frames.map((frame, index) => (index === 5 ? Buffer.from('{"code":"2"}') : frame));
  const unsigned = frames.map((frame, index) => (index === 1 ? Buffer.alloc(0) : frame));
  for (const wrong of [forged, changed, unsigned, frames.slice(1), frames.slice(0, 3), []])
    assert.equal(signer.fromFrames('shell', wrong), null);
});
