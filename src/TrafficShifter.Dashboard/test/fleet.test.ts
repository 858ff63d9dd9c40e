import { beforeAll, expect, it, vi } from 'vitest';
import type { FleetRow } from '../src/state/fleet';

let fleet: typeof import('../src/state/fleet');

beforeAll(async () => {
  vi.stubGlobal('location', { pathname: '/', search: '', hash: '', origin: 'http://here' });
  vi.stubGlobal('document', { visibilityState: 'visible' });
  fleet = await import('../src/state/fleet');
});

const row = (app: string, standing: string, more: Partial<FleetRow> = {}): FleetRow => ({ app, stable: 'blue', standing, sentence: '', observed: 1, index: 1, ...more }) as FleetRow;
const rows = [row('cart', 'quiet', { owners: ['Payments'] }), row('blog', 'quiet', { since: '2026-11-21T12:00:00Z' }), row('shop', 'held', { stable: 'green' }), row('search', 'waiting'), row('api', 'rolledBack')];
const wanted = { text: '', states: [], owner: '', colour: '', sort: 'attention' };

it('what needs a person comes first', () => expect(fleet.select(wanted, rows)).toEqual(['search', 'api', 'shop', 'blog', 'cart']));
it('sorts by name and by the newest change', () => {
  expect(fleet.select({ ...wanted, sort: 'name' }, rows)).toEqual(['api', 'blog', 'cart', 'search', 'shop']);
  expect(fleet.select({ ...wanted, sort: 'recent' }, rows)[0]).toBe('blog');
  expect(fleet.select({ ...wanted, sort: 'no such order' }, rows)[0]).toBe('search');
});
it('finds by name and owner, whatever the case', () => {
  expect(fleet.select({ ...wanted, text: ' pay ' }, rows)).toEqual(['cart']);
  expect(fleet.select({ ...wanted, text: 'SHOP' }, rows)).toEqual(['shop']);
});
it('finds by the name, the value or both of a label', () => {
  const labelled = [row('a', 'quiet', { labels: { tier: 'web', Region: 'eu' } }), row('b', 'quiet', { labels: { tier: 'batch' } }), row('c', 'quiet')];
  expect(['tier', 'web', 'tier=batch', 'region=EU', 'tier=eu'].map((text) => fleet.select({ ...wanted, text }, labelled).join())).toEqual(['a,b', 'a', 'b', 'a', '']);
});
it('keeps the states, the owner and the colour that are chosen', () => {
  expect(fleet.select({ ...wanted, states: ['held', 'waiting'] }, rows)).toEqual(['search', 'shop']);
  expect(fleet.select({ ...wanted, owner: 'Payments' }, rows)).toEqual(['cart']);
  expect(fleet.select({ ...wanted, colour: 'green' }, rows)).toEqual(['shop']);
});
