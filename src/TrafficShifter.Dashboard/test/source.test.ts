import { expect, it } from 'vitest';

const sources: Readonly<Record<string, string>> = import.meta.glob(['../src/**/*.{ts,tsx,css}', '../index.html', '!../src/api/schema.ts'], { query: '?raw', import: 'default', eager: true });
const files = Object.keys(sources);

const forbidden: readonly RegExp[] = [/dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(/, /https?:\/\/(?!www\.w3\.org|html\.spec\.whatwg\.org)/, /sessionStorage|headers.*Authorization/];

it.each(files)('%s makes no text to markup, asks nobody outside, and keeps no token', (file) => {
  const text = sources[file]!;
  expect(forbidden.map((pattern) => pattern.exec(text)?.[0]).filter(Boolean)).toEqual([]);
});

it('files are short', () => {
  expect(files.length).toBeGreaterThan(30);
  expect(files.filter((file) => sources[file]!.split('\n').length > 201)).toEqual([]);
});
