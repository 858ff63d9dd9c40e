import type { ComponentChildren } from 'preact';
import { AwayError, describe } from '../api/client';
import { Glyph, type GlyphName } from './glyph';

/** One sentence across the page: what is, since when, what still works. */
export const Notice = ({ kind, glyph = 'error', children }: { kind: 'bad' | 'waits' | 'plain'; glyph?: GlyphName; children: ComponentChildren }) => (
  <div class={`notice ${kind}`} role="status">
    <Glyph name={glyph} /> <div>{children}</div>
  </div>
);

export const Failure = ({ error }: { error: unknown }) => (error ? <Notice kind={error instanceof AwayError ? 'waits' : 'bad'}>{describe(error)}</Notice> : null);
