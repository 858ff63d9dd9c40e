import { describe, expect, it } from 'vitest';
import { limitsOf } from '../src/chart/limits';

describe('limits in charts', () => {
  it('are drawn where what they limit is drawn', () => {
    expect(limitsOf([{ evidence: 'latencyP99', max: 0.3 }])).toEqual({ errors: null, latency: { p99: 0.3 } });
    expect(limitsOf([{ evidence: 'errorRatio', max: 0.01 }, { evidence: 'latencyP50', max: 2 }])).toEqual({ errors: 0.01, latency: { p50: 2 } });
  });

  it('are not those of queries, of the least, of what only watches, nor of multiples', () => {
    expect(limitsOf([{ max: 0.5 }, { evidence: 'availability' }, { evidence: 'errorRatio', max: 0.02, mode: 'observe' }, { evidence: 'latencyP99', max: null }])).toEqual({ errors: null, latency: {} });
  });

  it('are the lowest of several', () => {
    expect(limitsOf([{ evidence: 'errorRatio', max: 0.05 }, { evidence: 'errorRatio', max: 0.01, mode: 'enforce' }]).errors).toBe(0.01);
  });
});
