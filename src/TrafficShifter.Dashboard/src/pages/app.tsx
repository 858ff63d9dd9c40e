import { useState } from 'preact/hooks';
import { Acts } from '../acts/acts';
import { RollBack } from '../acts/rollback';
import { StartRollout } from '../acts/start';
import { SetWeights } from '../acts/weights';
import { type Schemas, get } from '../api/client';
import { Charts } from '../chart/charts';
import { NO_LIMITS, limitsOf } from '../chart/limits';
import { Checks } from '../parts/checks';
import { JudgePanel } from '../parts/judge';
import { Glyph, Side, decisionGlyph } from '../parts/glyph';
import { Failure, Notice } from '../parts/notice';
import { Split, splitWords } from '../parts/split';
import { Steps, verbsOf } from '../parts/steps';
import { Ago, At } from '../parts/time';
import { useLive } from '../state/live';
import { percentOf, phase, plural } from '../words';
import { canOf, blockedOf } from '../state/can';
import { Frame, Heading } from './frame';
import { NotFound } from './not-found';

type Status = Schemas['AppStatus'];
type Rollout = Schemas['RolloutAnswer'];

const load = async (app: string) => {
  const [status, definition] = await Promise.all([get('/api/v1/apps/{app}/status', { params: { app } }), get('/api/v1/apps/{app}', { params: { app } })]);
  const rollout = status.rollout ? await get('/api/v1/rollouts/{id}', { params: { id: status.rollout } }) : ((await get('/api/v1/apps/{app}/rollouts', { params: { app } }))[0] ?? null);
  return { status, definition, rollout };
};

const observedWords = (status: Status): string => {
  const serving = status.nodes.filter((n) => n.progress !== 'notServing');
  return `observed on ${serving.filter((n) => n.progress === 'observed').length} of ${plural(serving.length, 'node')}`;
};

function Decisions({ rollout }: { rollout: Rollout }) {
  return (
    <section aria-labelledby="decisions">
      <h2 id="decisions">Decisions of <a href={`/rollouts/${rollout.id}`}>{rollout.endedAt ? 'the last rollout' : 'this rollout'}</a></h2>
      <ol class="decisions" reversed>
        {rollout.decisions.map((d, i) => ({ d, n: i + 1 })).reverse().slice(0, 20).map(({ d, n }) => (
          <li key={n}><a href={`/rollouts/${rollout.id}#d${n}`}><Glyph name={decisionGlyph(d.kind)} kind={d.kind === 'rollBack' ? 'bad' : ''} /> <At at={d.at} /> <span>{d.sentence}</span></a></li>
        ))}
      </ol>
    </section>
  );
}

function NodesOf({ status }: { status: Status }) {
  const off = status.nodes.filter((n) => n.progress !== 'observed' && n.progress !== 'notServing');
  if (off.length === 0) return null;
  return <ul class="plain off">{off.map((n) => <li key={n.node}><Glyph name={n.progress === 'lagging' ? 'moving' : n.progress === 'unknown' ? 'failed' : 'drift'} /> {n.node}: {n.problem ?? n.progress}{n.observation?.observed && `, serves green ${n.observation.observed}`}</li>)}</ul>;
}

/** What holds it beside its own rollout: a side that is evacuated, or a migration. */
function Campaign({ status }: { status: Status }) {
  const { evacuated, campaign } = status;
  const migration = /^migration\/(.+)$/.exec(campaign ?? '')?.[1];
  return (
    <>
      {evacuated && <Notice kind="waits" glyph="locked"><Side colour={evacuated.colour} /> is evacuated by {evacuated.by} <Ago at={evacuated.at} /> ago{evacuated.reason && `: “${evacuated.reason}”`}. What it had comes back when <a href="/colours">{evacuated.colour} is restored</a>.{evacuated.failed && <> The last try did not succeed: {evacuated.failed.why}. <a href={`/rollouts/${evacuated.failed.rollout}`}>Its rollout</a></>}</Notice>}
      {migration && <Notice kind="plain" glyph="moving">Migration <a href={`/migrations/${migration}`}>{migration}</a> holds it: its definition cannot be changed meanwhile.</Notice>}
    </>
  );
}

/** Where is its traffic, is the new side worse, what happens next, how does one go back? */
export function App({ app }: { app: string }) {
  const live = useLive(`app ${app}`, () => load(app), 2000, (event) => event.app === app);
  const [open, setOpen] = useState<'weights' | 'start' | null>(null);
  if (live.missing) return <NotFound what={`There is no application “${app}”.`} />;
  const { status, definition, rollout } = live.value ?? {};
  const owners = definition?.owners ?? [];
  const running = rollout && status?.rollout === rollout.id ? rollout : null;
  const judge = running?.judge ?? null;
  const can = canOf(status, running);
  const there = status ? percentOf(status.wanted?.[status.stable]) === 100 : false;
  const close = (): void => { setOpen(null); live.again(); };
  return (
    <Frame title={app}>
      <div class="app-head">
        <div class="who"><a href="/">Fleet</a><Heading>{app}</Heading>{status && <span>stable <Side colour={status.stable} /></span>}{owners.length > 0 && <span>owners {owners.join(', ')}</span>}<a href={`/apps/${app}/config`}>Definition</a></div>
        {(!status || can.includes('rollback')) && <RollBack app={app} stable={status?.stable ?? null} there={there} nodes={status?.nodes.length ?? 0} done={live.again} />}
      </div>
      <Failure error={live.error} />
      {status && (
        <>
          <div class="standing"><Split green={status.wanted?.green} observed={observedWords(status)} locked={status.lock != null} /><p><span class={status.observed ? '' : 'waits'}>{observedWords(status)}</span></p></div>
          <NodesOf status={status} />
          <Campaign status={status} />
          {status.lock && !status.lock.evacuation && <Notice kind="waits" glyph="locked">Locked to <Side colour={status.lock.to} /> by {status.lock.by} <Ago at={status.lock.at} /> ago: “{status.lock.reason}”. {status.weights && `Weights behind the lock: ${status.weights.blue}/${status.weights.green}.`}</Notice>}
          {status.problems.map((problem) => <Notice key={problem} kind="waits" glyph="drift">{problem}</Notice>)}
          {running ? (
            <>
              <p class="sentence" role="status" aria-live="polite">{running.sentence ?? phase(running.phase)}</p>
              <p class="hint">{running.plan.name ?? 'a plan of its own'} · {phase(running.phase)} · by {running.startedBy}, <Ago at={running.startedAt} /> ago{running.reason && <> · “{running.reason}”</>}</p>
              <Steps rollout={running} />
              <Acts app={app} id={running.id} can={can} blocked={blockedOf(running)} verbs={verbsOf(running)} evidence={running.sentence} done={live.again} />
            </>
          ) : (
            <>
              <p class="sentence" role="status">{app} is quiet: {splitWords(status.wanted?.green)}{status.weights?.at && <> since <At at={status.weights.at} /></>}{status.weights?.by && `, by ${status.weights.by}`}{status.weights?.reason && ` (“${status.weights.reason}”)`}.</p>
              <div class="acts">
                <Acts app={app} can={can} blocked={blockedOf(status)} verbs={status.lock?.evacuation ? [] : status.lock ? ['unlock'] : ['start', 'shift', 'undo']} own={{ start: () => setOpen('start'), shift: () => setOpen('weights') }} done={live.again} />
                {rollout && <Acts app={app} id={rollout.id} can={canOf(rollout)} blocked={blockedOf(rollout)} verbs={verbsOf(rollout)} done={live.again} />}
              </div>
              {!can.some((verb) => verb !== 'view') && <p class="hint">You can view {app}; changing it needs an operator of it.{owners.length > 0 && ` Owners: ${owners.join(', ')}.`}</p>}
            </>
          )}
          <div class="columns">
            <div><Charts app={app} limits={running ? limitsOf(running.plan.checks) : NO_LIMITS} since={running?.startedAt ?? null} />{rollout && <Decisions rollout={rollout} />}</div>
            <div>{judge && running && <JudgePanel judge={judge} to={running.to} from={running.from} />}{running && <Checks checks={running.checks} />}</div>
          </div>
          {open === 'weights' && <SetWeights app={app} green={percentOf(status.wanted?.green) ?? 0} close={close} />}
          {open === 'start' && <StartRollout app={app} plan={definition?.plan ?? null} close={close} />}
        </>
      )}
    </Frame>
  );
}
