import { defineConfig } from 'vitest/config';

// The bundle goes into the server and is committed: see docs/decisions/0057-the-bundle-is-committed.md.
export default defineConfig({
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    outDir: '../TrafficShifter.Server/wwwroot',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    reportCompressedSize: false,
  },
  test: { css: true },
  server: { proxy: { '/api': 'http://127.0.0.1:8081', '/openapi': 'http://127.0.0.1:8081' } },
});
