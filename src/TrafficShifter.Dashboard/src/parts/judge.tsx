import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Schemas } from '../api/client';
import { NONE, number, plural, ratio } from '../words';

type Judge = Schemas['JudgeReport'];

/** Differences in points of percent, at equal distances: the judge's own ladder. */
const LADDER = [0, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** Where a difference stands on the ladder, 0 to 1; between two rungs by its part of the way. */
export function rungOf(points: number): number {
  const above = LADDER.findIndex((rung) => rung >= points);
  if (above <= 0) return above === 0 ? 0 : 1;
  const [low, high] = [LADDER[above - 1]!, LADDER[above]!];
  return (above - 1 + (points - low) / (high - low)) / (LADDER.length - 1);
}

/** How far evidence against the new side has come, 0 to 1, on a logarithmic scale from none (1) to enough. */
export const against = (evidence: number, needed: number): number =>
  !Number.isFinite(evidence) || !(needed > 1) ? 0 : Math.min(1, Math.max(0, Math.log(Math.max(1, evidence)) / Math.log(needed)));

function Bar({ from, to, open, label }: { from: number; to: number; open?: boolean; label: string }) {
  const bar = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    bar.current?.style.setProperty('--from', `${from * 100}%`);
    bar.current?.style.setProperty('--to', `${(1 - to) * 100}%`);
  }, [from, to]);
  return <span class="meter" role="img" aria-label={label}><span class={open ? 'fill open' : 'fill'} ref={bar} /></span>;
}

/** Is the new side worse? One question, one sentence, three drawings. No centre is drawn: people take it for the truth. */
export function JudgePanel({ judge, to, from }: { judge: Judge; to: string; from: string }) {
  const points = (value: number | null | undefined): number | null => (value == null ? null : Math.max(0, value * 100));
  const [above, below] = [points(judge.difference?.above), points(judge.difference?.below)];
  const have = judge.candidate.requests;
  const need = judge.missingRequests == null ? null : have + judge.missingRequests;
  return (
    <section aria-labelledby="judge">
      <h2 id="judge">Judge: is {to} worse than {from}?</h2>
      <p><strong>{judge.sentence}</strong></p>
      {judge.problem && <p class="waits">{judge.problem}</p>}
      {judge.difference && (
        <>
          <p>{judge.difference.sentence}</p>
          <Bar from={above === null ? 0 : rungOf(above)} to={below === null ? 1 : rungOf(below)} open={below === null}
            label={`${above === null ? 'not shown to be worse' : `more than ${number(above)} points worse`}, ${below === null ? 'no upper bound yet' : `less than ${number(below)} points worse`}`} />
          <p class="scale" aria-hidden="true">{LADDER.map((rung) => <span key={rung}>{rung}</span>)}</p>
          <p class="hint">points more errors on {to}</p>
        </>
      )}
      <h3>Enough to go on?</h3>
      <p>{judge.progress}</p>
      {need !== null && need > 0 && <Bar from={0} to={Math.min(1, have / need)} label={`${plural(have, 'request')} of about ${number(need)}`} />}
      <h3>Reason to go back?</h3>
      <Bar from={0} to={against(judge.evidence, judge.needed)} label={`evidence ${number(judge.evidence)} of ${number(judge.needed)}`} />
      <p class="hint">{number(judge.evidence)} of {number(judge.needed)}; at the end it rolls back. Look as often as you like: looking does not raise the chance of a false alarm, at most {ratio(judge.alpha)} in a rollout.</p>
      {judge.notes?.map((note) => <p key={note} class="hint">{note}</p>)}
      <details>
        <summary>For statisticians</summary>
        <dl class="evidence">
          <dt>{to}</dt><dd>{number(judge.candidate.bad)} of {plural(judge.candidate.requests, 'request')} failed, {judge.candidate.errorRatio == null ? NONE : ratio(judge.candidate.errorRatio)}</dd>
          <dt>{from}</dt><dd>{number(judge.stable.bad)} of {plural(judge.stable.requests, 'request')} failed, {judge.stable.errorRatio == null ? NONE : ratio(judge.stable.errorRatio)}</dd>
          <dt>E, p</dt><dd>{number(judge.evidence)}, {number(judge.p)}</dd>
          {judge.latency?.map((l) => <><dt>{l.quantile} slower</dt><dd>E {number(l.evidence)}</dd></>)}
        </dl>
      </details>
    </section>
  );
}
