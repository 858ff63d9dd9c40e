import type { Schemas } from '../api/client';
import { NONE, number, outcome } from '../words';
import { Glyph, type GlyphName } from './glyph';

type Check = Schemas['CheckState'];
type Measurement = NonNullable<Check['last']>;

function Copy({ text }: { text: string }) {
  return <button type="button" class="small" onClick={() => void navigator.clipboard?.writeText(text)}>Copy</button>;
}

/** What a check said last: value, limit, sample, window and the query itself. */
export function Checks({ checks }: { checks: readonly Check[] }) {
  return (
    <section aria-labelledby="checks">
      <h2 id="checks">Checks</h2>
      {checks.length === 0 && <p>No checks.</p>}
      <ul class="checks plain">
        {checks.map((check) => (
          <li key={check.name}>
            <details>
              <summary><Glyph name={(check.last?.outcome ?? 'none') as GlyphName} kind={check.last?.outcome === 'failed' ? 'bad' : ''} /> <strong>{check.name}</strong> {check.last ? <>{outcome(check.last.outcome)}: {number(check.last.value)}, {check.last.limit}{check.last.sample != null && `, ${number(check.last.sample)} requests`}</> : 'Not run'}</summary>
              {check.last && <Evidence of={check.last} />}
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}

const Evidence = ({ of }: { of: Measurement }) => (
  <dl class="evidence">
    <dt>In words</dt><dd>{of.sentence}</dd>
    <dt>Stable side</dt><dd>{of.stable == null ? NONE : number(of.stable)}</dd>
    <dt>Looked back</dt><dd>{of.window}</dd>
    <dt>Query</dt><dd><code>{of.query}</code> <Copy text={of.query} /></dd>
  </dl>
);

/** The same as a table: everything that was measured, newest first. */
export function Measurements({ all }: { all: readonly Measurement[] }) {
  return (
    <div class="scroll tall" tabIndex={0} role="region" aria-label="Measurements">
      <table class="cards">
        <thead><tr><th scope="col">At</th><th scope="col">Check</th><th scope="col">Outcome</th><th scope="col">Value</th><th scope="col">Limit</th><th scope="col">Sample</th><th scope="col">Window</th><th scope="col">Query</th></tr></thead>
        <tbody>
          {all.map((m, i) => (
            <tr key={`${m.at} ${m.check} ${i}`}>
              <td data-label="At"><time dateTime={m.at}>{new Date(m.at).toLocaleTimeString('en-GB')}</time></td><td data-label="Check">{m.check}</td>
              <td data-label="Outcome"><Glyph name={m.outcome as GlyphName} kind={m.outcome === 'failed' ? 'bad' : ''} /> {outcome(m.outcome)}</td>
              <td data-label="Value">{number(m.value)}</td><td data-label="Limit">{m.limit}</td><td data-label="Sample">{number(m.sample)}</td><td data-label="Window">{m.window}</td>
              <td data-label="Query"><code>{m.query}</code> <Copy text={m.query} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
