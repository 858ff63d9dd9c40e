import { useEffect, useState } from 'preact/hooks';
import { Acts } from '../acts/acts';
import { RollBack } from '../acts/rollback';
import { type Schemas, get } from '../api/client';
import { Measurements } from '../parts/checks';
import { Glyph, Side, decisionGlyph } from '../parts/glyph';
import { Failure } from '../parts/notice';
import { Steps, verbsOf } from '../parts/steps';
import { Ago, At } from '../parts/time';
import { blockedOf, canOf } from '../state/can';
import { useLive } from '../state/live';
import { go, place } from '../state/router';
import { phase } from '../words';
import { Frame, Heading } from './frame';
import { NotFound } from './not-found';

type Decision = Schemas['DecisionRecord'];

/** What was measured between two decisions is what the later one was taken on. */
const between = <T extends { readonly at: string }>(all: readonly T[], from: Decision | undefined, to: Decision | undefined): T[] =>
  all.filter((m) => (!from || m.at >= from.at) && (!to || m.at <= to.at));

/** Why was each decision taken? */
export function RolloutPage({ id }: { id: string }) {
  const app = id.replace(/-[^-]*$/, '');
  const live = useLive(`rollout ${id}`, async () => {
    const rollout = await get('/api/v1/rollouts/{id}', { params: { id } });
    return { rollout, measurements: await get('/api/v1/rollouts/{id}/measurements', { params: { id } }) };
  }, 2000, (event) => event.app === app);
  const [raw, setRaw] = useState(false);
  const chosen = Number(/^d(\d+)$/.exec(place.value.hash)?.[1] ?? Number.NaN);
  const count = live.value?.rollout.decisions.length ?? 0;
  const n = Number.isInteger(chosen) && chosen >= 1 && chosen <= count ? chosen : count;
  useEffect(() => {
    const step = (event: Event): void => go(`${place.value.path}#d${Math.min(count, Math.max(1, n + (event as CustomEvent<number>).detail))}`, true);
    addEventListener('shifter:decision', step);
    return () => removeEventListener('shifter:decision', step);
  }, [n, count]);
  if (live.missing) return <NotFound what="There is no such rollout: the last 20 of an application are kept." />;
  const { rollout, measurements } = live.value ?? {};
  const decision = rollout?.decisions[n - 1];
  const next = rollout?.decisions[n];
  const can = canOf(rollout);
  return (
    <Frame title={`Rollout of ${app}`}>
      <div class="app-head">
        <div class="who"><a href={`/apps/${app}`}>{app}</a><Heading>Rollout of {app}</Heading></div>
        {(!rollout || can.includes('rollback')) && !rollout?.endedAt && <RollBack app={app} stable={rollout?.from ?? null} done={live.again} />}
      </div>
      <Failure error={live.error} />
      {rollout && (
        <>
          <p class="sentence" role="status">{rollout.outcome ?? rollout.sentence ?? phase(rollout.phase)}</p>
          <p class="hint"><Side colour={rollout.from} /> → <Side colour={rollout.to} /> · {rollout.plan.name ?? 'a plan of its own'} · {phase(rollout.phase)} · by {rollout.startedBy}, <At at={rollout.startedAt} />{rollout.endedAt ? <> to <At at={rollout.endedAt} /></> : <>, <Ago at={rollout.startedAt} /> ago</>}{rollout.reason && <> · “{rollout.reason}”</>}{rollout.retryOf && <> · tries <a href={`/rollouts/${rollout.retryOf}`}>another one</a> again</>}</p>
          <Steps rollout={rollout} />
          <Acts app={app} id={id} can={can} blocked={blockedOf(rollout)} verbs={verbsOf(rollout)} evidence={rollout.sentence} done={live.again} />
          <div class="columns even">
            <section aria-labelledby="decisions">
              <h2 id="decisions">Decisions</h2>
              <ol class="decisions" reversed>
                {rollout.decisions.map((d, i) => ({ d, at: i + 1 })).reverse().map(({ d, at }) => (
                  <li key={at} id={`d${at}`}><a href={`#d${at}`} {...(at === n ? { 'aria-current': 'true' as const } : {})} onClick={(e) => { e.preventDefault(); go(`${place.value.path}#d${at}`, true); }}><Glyph name={decisionGlyph(d.kind)} kind={d.kind === 'rollBack' ? 'bad' : ''} /> #{at} <At at={d.at} /> <span>{d.kind}{d.why && `, ${d.why}`}</span></a></li>
                ))}
              </ol>
              {count === 0 && <p>Nothing was decided yet.</p>}
            </section>
            <section aria-labelledby="evidence">
              <h2 id="evidence">{decision ? `Decision ${n}` : 'Evidence'}</h2>
              {decision && <p class="sentence">{decision.sentence}</p>}
              {decision?.by && <p class="hint">by {decision.by}</p>}
              <h3>Measured{decision?.kind === 'hold' ? ' while it held' : ' before it'}</h3>
              <Measurements all={between(measurements ?? [], decision?.kind === 'hold' ? decision : rollout.decisions[n - 2], decision?.kind === 'hold' ? next : decision).reverse().slice(0, 100)} />
              <p><button type="button" aria-expanded={raw} onClick={() => setRaw(!raw)}>The document</button></p>
              {raw && <pre>{JSON.stringify(rollout, null, 1)}</pre>}
            </section>
          </div>
        </>
      )}
    </Frame>
  );
}
