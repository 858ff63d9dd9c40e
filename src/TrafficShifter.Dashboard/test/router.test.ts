import { beforeAll, expect, it, vi } from 'vitest';

let router: typeof import('../src/state/router');

beforeAll(async () => {
  vi.stubGlobal('location', { pathname: '/', search: '', hash: '', origin: 'http://here' });
  router = await import('../src/state/router');
});

it('finds the parts of a path', () => {
  expect(router.match('/apps/{app}', '/apps/shop')).toEqual({ app: 'shop' });
  expect(router.match('/apps/{app}', '/apps/shop/')).toEqual({ app: 'shop' });
  expect(router.match('/apps/{app}', '/apps/')).toBeNull();
  expect(router.match('/apps/{app}', '/apps/a/b')).toBeNull();
  expect(router.match('/apps/{app}', '/apps/%E0%A4%A')).toBeNull();
  expect(router.match('/', '/')).toEqual({});
});

it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '', null])('after signing in nobody is sent to %s', (next) => {
  expect(router.safeNext(next)).toBe('/');
});

it('after signing in one is where one wanted to be', () => {
  expect(router.safeNext('/apps/shop?range=6h')).toBe('/apps/shop?range=6h');
});
