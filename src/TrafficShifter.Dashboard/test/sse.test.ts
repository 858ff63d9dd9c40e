import { expect, it } from 'vitest';
import { type Message, SseReader } from '../src/api/sse';

function read(...pieces: string[]): Message[] {
  const told: Message[] = [];
  const reader = new SseReader((message) => told.push(message));
  for (const piece of pieces) reader.feed(piece);
  return told;
}

it('reads an event, whatever pieces it comes in', () => {
  const text = 'retry: 2000\nid: 41-1\nevent: gap\ndata: {"a":1}\n\n';
  const expected = [{ id: '41-1', event: 'gap', data: '{"a":1}' }];
  expect(read(text)).toEqual(expected);
  expect(read(...text)).toEqual(expected);
});

it('tells of an id without data, and passes a comment over', () => {
  expect(read('id: 7-1\n: heartbeat\n\n')).toEqual([{ id: '7-1', event: 'message', data: '' }]);
  expect(read(': heartbeat\n\n')).toEqual([]);
});

it('joins lines of data and takes every kind of line end', () => {
  expect(read('data: a\r\ndata:b\r\n\r\n')).toEqual([{ id: null, event: 'message', data: 'a\nb' }]);
});

it('gives nothing of an event that is cut', () => {
  expect(read('id: 1-1\ndata: {')).toEqual([]);
});
