import { expect, it } from 'vitest';
import { NONE, age, clock, durationOf, instantOf, localOf, number, percentOf, ratio, seconds, share } from '../src/words';

const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null, undefined, '', 'x', {}, []];

it.each(odd.map((v) => [v]))('what is no number is never 0: %s', (value) => {
  expect(number(value)).toBe(NONE);
  expect(ratio(value)).toBe(NONE);
  expect(seconds(value)).toBe(NONE);
});

it('writes numbers in one way', () => {
  expect([number(1204), number(0.2134), number(0), number(1e308), number(-3)]).toEqual(['1,204', '0.213', '0', expect.stringMatching(/^1\d\d,/), '-3']);
  expect([ratio(0.0021), ratio(0), seconds(0.181), seconds(2.5)]).toEqual(['0.21 %', '0 %', '181 ms', '2.5 s']);
  expect([share('0.25%'), share(null), percentOf('10%'), percentOf('x'), percentOf(null)]).toEqual(['0.25 %', NONE, 10, null, null]);
});

it('writes how long something lasts', () => {
  expect([age(-5), age(59_999), age(60_000), age(3 * 3_600_000), age(3 * 86_400_000), age(Number.NaN)]).toEqual(['0 s', '59 s', '1 min', '3 h', '3 d', NONE]);
  expect([clock(130), clock(3_725), clock(-1)]).toEqual(['2:10', '1:02:05', '0:00']);
  expect([durationOf('1h30m'), durationOf('500ms'), durationOf('2.5s'), durationOf(''), durationOf('5 apples')]).toEqual([5400, 0.5, 2.5, null, null]);
});

it('a moment survives the field that it is typed in, and what is none is none', () => {
  const at = instantOf('2026-11-21T16:05');
  expect(localOf(at)).toBe('2026-11-21T16:05');
  expect([instantOf(''), instantOf('soon'), localOf(null), localOf('soon')]).toEqual([null, null, '', '']);
});
