import { describe, expect, it } from 'vitest';
import { bandOf, clean, lineOf, markedOf, topOf, xOf, yOf } from '../src/chart/scale';

const box = { width: 100, height: 100, top: 0, bottom: 0 };

it('what cannot be drawn is a gap', () => {
  expect(clean([1, Number.NaN, Number.POSITIVE_INFINITY, null, '', '3', 0])).toEqual([1, null, null, null, null, null, 0]);
  expect(clean(undefined)).toEqual([]);
});

describe('lines', () => {
  it('are broken by gaps, never joined over them', () => {
    expect(lineOf([0, 50, null, 100, 100], 100, box)).toBe('M0 100L25 50M75 0L100 0');
  });
  it('show one point alone', () => {
    expect(lineOf([null, 50, null], 100, box)).toBe('M50 50h1.5');
  });
  it('go in steps where something was asked for', () => {
    expect(lineOf([0, 10], 100, box, true)).toBe('M0 100H100V90');
  });
  it('of nothing are nothing', () => {
    expect(lineOf([], 100, box)).toBe('');
    expect(lineOf([null, null], 100, box)).toBe('');
    expect(markedOf([null], box, 64)).toEqual([]);
  });
});

it('a band has a piece for each stretch without a gap', () => {
  expect(bandOf([0, 0, null, 10], [10, 10, null, 20], 100, box)).toBe('M0 90L33.3 90L33.3 100L0 100ZM100 80L100 90Z');
});

it('the axis begins at 0, ends on a round number, and has room for the limit', () => {
  expect([topOf([[0.002]], 0.01, 0.001), topOf([[0.3]], 0.01, 0.001), topOf([], null, 0.01), topOf([[1e308]], null, 1)]).toEqual([0.02, 0.5, 0.01, expect.any(Number)]);
  expect(Number.isFinite(yOf(1e308, topOf([[1e308]], null, 1), box))).toBe(true);
  expect([yOf(-5, 100, box), yOf(500, 100, box), xOf(0, 1, box)]).toEqual([100, 0, 100]);
});

it('marks stand at the end and about so far apart', () => {
  expect(markedOf(Array.from({ length: 11 }, () => 1), box, 50)).toEqual([10, 5, 0]);
});
