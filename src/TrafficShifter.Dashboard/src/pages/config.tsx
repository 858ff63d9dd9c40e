import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Define } from '../acts/define';
import { ApiError, type Schemas, get, send } from '../api/client';
import { readText } from '../api/download';
import { Failure } from '../parts/notice';
import { At } from '../parts/time';
import { blockedOf, canOf } from '../state/can';
import { isStale, useLive } from '../state/live';
import { NONE, plural, share } from '../words';
import { Frame, Heading } from './frame';
import { NotFound } from './not-found';

type App = Schemas['AppAnswer'];
type Plan = Schemas['Plan'];

/** What is not there, or is not for this person, is null; the rest of the page stays. */
const orNull = <T,>(asked: Promise<T>): Promise<T | null> => asked.catch((failed: unknown) => { if (failed instanceof ApiError) return null; throw failed; });

const load = async (app: string) => {
  const params = { app };
  const reply = await send('GET', '/api/v1/apps/{app}', { params });
  const definition = reply.body as App;
  const [snippet, targets, plan] = await Promise.all([
    orNull(readText('/api/v1/apps/{app}/haproxy', { params })),
    definition.routing.kind === 'map' ? orNull(get('/api/v1/apps/{app}/targets', { params })) : null,
    definition.plan ? orNull(get('/api/v1/plans/{name}', { params: { name: definition.plan } })) : null,
  ]);
  return { definition, etag: reply.etag ?? '*', snippet, targets, plan };
};

const Row = ({ name, children }: { name: string; children: ComponentChildren }) => <><dt>{name}</dt><dd>{children}</dd></>;

const selects = (side: { prefix?: string | null | undefined; servers?: unknown } | null | undefined, colour: string): string =>
  Array.isArray(side?.servers) ? side.servers.join(', ') : `those whose name begins with ${side?.prefix ?? colour}`;

const listed = (values: readonly unknown[] | null | undefined): string => (values && values.length > 0 ? values.join(', ') : NONE);

function Definition({ of }: { of: App }) {
  const { routing } = of;
  const labels = Object.entries(of.labels ?? {}).map(([name, value]) => `${name}=${value}`);
  return (
    <dl class="evidence">
      <Row name="Routing">{routing.kind === 'map' ? `map, pool ${routing.pool ?? NONE}, ${routing.mode ?? 'sticky'}` : `weights, backend ${routing.backend ?? NONE}`}</Row>
      {routing.kind !== 'map' && <><Row name="Servers of blue">{selects(routing.blue, 'blue')}</Row><Row name="Servers of green">{selects(routing.green, 'green')}</Row></>}
      <Row name="Hosts">{listed(of.hosts)}</Row>
      <Row name="Owners">{listed(of.owners)}</Row>
      <Row name="Labels">{listed(labels)}</Row>
      <Row name="Criticality">{of.criticality ?? NONE}</Row>
      <Row name="Plan">{of.plan ?? 'none of its own'}</Row>
      {of.leaving && <Row name="Before it leaves a colour">{[of.leaving.hook && 'a hook is asked', of.leaving.approve && 'a person’s word is waited for'].filter(Boolean).join(', ') || NONE}</Row>}
    </dl>
  );
}

function Targets({ of }: { of: Schemas['TargetsAnswer'] }) {
  const users = Object.values(of.users);
  const on = (colour: string): number => users.filter((to) => to === colour).length;
  return (
    <>
      <dl class="evidence">
        <Row name="Users">{plural(on('blue'), 'user')} on blue, {plural(on('green'), 'user')} on green</Row>
        <Row name="Opted out">{plural(of.optOut.length, 'user')}</Row>
        <Row name="Groups">{listed(of.groups.map((rule) => `${rule.group} on ${rule.to}`))}</Row>
        <Row name="Networks">{listed(of.networks.map((rule) => `${rule.network} on ${rule.to}`))}</Row>
        <Row name="Changed">{of.at ? <><At at={of.at} /> by {of.by ?? NONE}{of.reason && <>: “{of.reason}”</>}</> : NONE}</Row>
      </dl>
      {of.warnings?.map((warning) => <p key={warning} class="waits">{warning}</p>)}
    </>
  );
}

function PlanOf({ plan }: { plan: Plan }) {
  return (
    <>
      <ol class="steps-list">{plan.steps.map((step, i) => <li key={i}>{share(step.share)} for {step.hold}{step.gate ? ', then waits for approval' : ''}</li>)}</ol>
      <ul class="plain">{plan.checks.map((check) => <li key={check.name}><strong>{check.name}</strong>: {check.evidence ?? <code>{check.query}</code>}{check.max != null && `, at most ${check.max}`}{check.min != null && `, at least ${check.min}`}{check.mode === 'observe' && ', decides nothing'}</li>)}</ul>
      {plan.judge && <p class="hint">The judge compares both sides.</p>}
    </>
  );
}

/** How is it routed, by whose rules, and by which plan does it move? */
export function Config({ app }: { app: string }) {
  const live = useLive(`config ${app}`, () => load(app), 30_000, (event) => event.app === app && /^(app|targets)\./.test(event.kind));
  const [editing, setEditing] = useState(false);
  if (live.missing) return <NotFound what={`There is no application “${app}”.`} />;
  const { definition, etag, snippet, targets, plan } = live.value ?? {};
  const why = blockedOf(definition)['define'] ?? (isStale() ? 'what is shown is too old to act on' : null);
  const { can: _, blocked: __, ...document } = definition ?? ({} as App);
  return (
    <Frame title={`Definition of ${app}`}>
      <div class="app-head"><div class="who"><a href={`/apps/${app}`}>{app}</a><Heading>Definition of {app}</Heading></div></div>
      <Failure error={live.error} />
      {definition && (
        <>
          <section aria-labelledby="definition-of"><h2 id="definition-of">Definition</h2><Definition of={definition} />
            {canOf(definition).includes('define') && <div class="acts"><span class="act"><button type="button" disabled={why !== null} onClick={() => setEditing(true)}>Change…</button>{why && <span class="why">{why}</span>}</span></div>}
          </section>
          {targets && <section aria-labelledby="targets"><h2 id="targets">Target rules</h2><Targets of={targets} /></section>}
          {plan && <section aria-labelledby="its-plan"><h2 id="its-plan">Plan {plan.name}</h2><PlanOf plan={plan} /></section>}
          {snippet && <section aria-labelledby="snippet"><h2 id="snippet">For haproxy.cfg</h2><pre tabIndex={0}>{snippet}</pre></section>}
          {editing && etag && <Define app={app} document={JSON.stringify(document, null, 1)} etag={etag} close={() => { setEditing(false); live.again(); }} />}
        </>
      )}
    </Frame>
  );
}
