import { useEffect, useState } from 'preact/hooks';
import { type Schemas, describe, get, send } from '../api/client';
import { Glyph, type GlyphName } from '../parts/glyph';
import { plural, share } from '../words';
import { Panel } from './panel';

type Dry = Schemas['RolloutDryRun'];
const PATH = '/api/v1/apps/{app}/rollouts';

/** Starts a rollout, after its plan was tried: steps, least time, and every check asked once, now. */
export function StartRollout({ app, plan: usual, close }: { app: string; plan: string | null; close: () => void }) {
  const [plans, setPlans] = useState<readonly string[]>([]);
  const [plan, setPlan] = useState(usual ?? 'standard');
  const [dry, setDry] = useState<Dry | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    get('/api/v1/plans').then((all) => setPlans(all.map((p) => p.name ?? '').filter(Boolean))).catch(() => setPlans(['careful', 'standard', 'fast']));
  }, []);
  useEffect(() => {
    let ended = false;
    setDry(null);
    setProblem(null);
    send('POST', PATH, { params: { app }, query: { dryRun: 'true' }, body: { plan } })
      .then((reply) => { if (!ended) setDry(reply.body as Dry); })
      .catch((failed: unknown) => { if (!ended) setProblem(describe(failed)); });
    return () => { ended = true; };
  }, [plan]);
  const broken = dry?.checks.some((check) => check.outcome === 'error') ?? false;
  return (
    <Panel title={`Start a rollout of ${app}`} verb="Start" reason="optional" ready={dry !== null && !broken} close={close}
      send={async (reason) => { await send('POST', PATH, { params: { app }, body: { plan, ...(reason ? { reason } : {}) } }); }}>
      <div class="field">
        <label for="plan">Plan</label>
        <select id="plan" value={plan} onChange={(e) => setPlan(e.currentTarget.value)}>{[...new Set([plan, ...plans])].map((name) => <option key={name}>{name}</option>)}</select>
      </div>
      {problem && <p class="failure" role="alert">{problem}</p>}
      {!dry && !problem && <p>Trying the plan…</p>}
      {dry && (
        <>
          <p>From {dry.from} to {dry.to} in {plural(dry.steps.length, 'step')}, at least {dry.duration}:</p>
          <ol class="steps-list">{dry.steps.map((step, i) => <li key={i}>{share(step.share)} for {step.leastTime}{step.gate ? ', then waits for approval' : ''}{step.achievable.filter((n) => n.problem).map((n) => <span class="failure"> {n.node}: {n.problem}</span>)}</li>)}</ol>
          <h3>The checks, now</h3>
          <ul class="plain">{dry.checks.map((check) => <li key={check.check}><Glyph name={check.outcome as GlyphName} /> {check.sentence}</li>)}</ul>
          {broken && <p class="failure">A check cannot be asked: a rollout would hold at its first step.</p>}
          {dry.warnings.map((warning) => <p class="hint" key={warning}>{warning}</p>)}
        </>
      )}
    </Panel>
  );
}
