import { expect, it } from 'vitest';
import { against, rungOf } from '../src/parts/judge';

it('rungs are equally far apart, and what is beyond the last is at the end', () => {
  expect([rungOf(0), rungOf(0.02), rungOf(5), rungOf(50), rungOf(1.5)]).toEqual([0, 1 / 8, 1, 1, 6.5 / 8]);
});

it('evidence goes from none to enough', () => {
  expect([against(1, 100), against(10, 100), against(100, 100), against(1e9, 100), against(0.1, 100)]).toEqual([0, 0.5, 1, 1, 0]);
  expect([against(Number.NaN, 100), against(10, 1), against(Number.POSITIVE_INFINITY, 100)]).toEqual([0, 0, 0]);
});
