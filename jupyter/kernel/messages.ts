/**
 * Jupyter's messages and their two wire forms: signed frames over ZeroMQ (kernel side) and the binary sub-protocol of
 * the WebSocket (browser side).
 *
 * @see https://jupyter-client.readthedocs.io/en/stable/messaging.html
 * @see https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html
 */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

/** A kernel's channels that a client may use. */
export type Channel = 'shell' | 'control' | 'iopub' | 'stdin';

/** A JSON object whose members are looked at one at a time. */
export type JsonObject = Record<string, unknown>;

/** The header of a message: who sent it, when, and of what type it is. */
export interface MessageHeader {
  msg_id: string;
  msg_type: string;
  session: string;
  username: string;
  date: string;
  version: string;
}

/** One message of the Jupyter protocol, on one channel. */
export interface KernelMessage {
  channel: Channel;
  header: MessageHeader;
  /** The header of the request that this message answers; empty for a request. */
  parent_header: Partial<MessageHeader>;
  metadata: JsonObject;
  content: JsonObject;
}

/** A message that starts a conversation: a request of a client, or a status that the server itself reports. */
export function newMessage(channel: Channel, type: string, session: string, content: JsonObject = {}): KernelMessage {
  const header: MessageHeader = {
    msg_id: randomUUID(),
    msg_type: type,
    session,
    username: 'learner',
    date: new Date().toISOString(),
    version: '5.3',
  };
  return { channel, header, parent_header: {}, metadata: {}, content };
}

/** Stands between the routing identities and the signature. */
const DELIMITER = Buffer.from('<IDS|MSG>');

/** Signs messages to the kernel and refuses messages that another process on this machine may have forged. */
export class MessageSigner {
  constructor(private readonly key: string) {}

  private signature(parts: readonly Buffer[]): Buffer {
    const hmac = createHmac('sha256', this.key);
    for (const part of parts) hmac.update(part);
    return Buffer.from(hmac.digest('hex'));
  }

  /** The frames of `message` for a ZeroMQ socket: delimiter, signature, header, parent header, metadata, content. */
  toFrames(message: KernelMessage): Buffer[] {
    const { header, parent_header, metadata, content } = message;
    const parts = [header, parent_header ?? {}, metadata ?? {}, content ?? {}].map((part) =>
      Buffer.from(JSON.stringify(part)),
    );
    return [DELIMITER, this.signature(parts), ...parts];
  }

  /** The message in `frames`, or `null` when they are no message or are not signed with our key. */
  fromFrames(channel: Channel, frames: readonly Buffer[]): KernelMessage | null {
    const start = frames.findIndex((frame) => frame.equals(DELIMITER));
    const parts = frames.slice(start + 2, start + 6);
    if (start < 0 || parts.length < 4) return null;
    const expected = this.signature(parts);
    const received = frames[start + 1];
    if (received.length !== expected.length || !timingSafeEqual(received, expected)) return null;
    const [header, parent_header, metadata, content] = parts.map((part) => JSON.parse(part.toString()));
    return { channel, header, parent_header, metadata, content };
  }
}

/** The name by which a browser asks for the binary form below. */
export const WEBSOCKET_PROTOCOL = 'v1.kernel.websocket.jupyter.org';

/** `message` in the binary form: number of offsets, the offsets (64-bit, little-endian), then the parts. */
export function packMessage(message: KernelMessage): Buffer {
  const { channel, header, parent_header, metadata, content } = message;
  const parts = [
    Buffer.from(channel),
    ...[header, parent_header, metadata, content].map((part) => Buffer.from(JSON.stringify(part))),
  ];
  const offsets = parts.length + 1;
  const head = Buffer.alloc(8 * (offsets + 1));
  head.writeBigUInt64LE(BigInt(offsets), 0);
  let offset = head.length;
  for (let index = 0; index < offsets; index++) {
    head.writeBigUInt64LE(BigInt(offset), 8 * (index + 1));
    offset += parts[index]?.length ?? 0;
  }
  return Buffer.concat([head, ...parts]);
}

/** @throws {RangeError} when `data` is not a packed message. */
export function unpackMessage(data: Buffer): KernelMessage {
  const offset = (index: number): number => Number(data.readBigUInt64LE(8 * (index + 1)));
  const part = (index: number): Buffer => data.subarray(offset(index), offset(index + 1));
  const [header, parent_header, metadata, content] = [1, 2, 3, 4].map((index) => JSON.parse(part(index).toString()));
  return { channel: part(0).toString() as Channel, header, parent_header, metadata, content };
}
