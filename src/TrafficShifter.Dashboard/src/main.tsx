import './style/tokens.css';
import './style/base.css';
import './style/parts.css';
import './style/pages.css';
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { Panel } from './acts/panel';
import { describe } from './api/client';
import { App } from './pages/app';
import { Config } from './pages/config';
import { Colours } from './pages/colours';
import { Fleet } from './pages/fleet';
import { Freezes } from './pages/freezes';
import { History } from './pages/history';
import { NodePage } from './pages/node';
import { Nodes } from './pages/nodes';
import { MigrationPage } from './pages/migration';
import { Migrations } from './pages/migrations';
import { NotFound } from './pages/not-found';
import { RolloutPage } from './pages/rollout';
import { SignIn } from './pages/sign-in';
import { Tokens } from './pages/tokens';
import { watchCampaigns } from './state/campaigns';
import { readAll, watchFleet } from './state/fleet';
import { helpOpen, startKeys } from './state/keys';
import { retryAt, startLive, stopLive } from './state/live';
import { go, match, place, safeNext, startRouter } from './state/router';
import { readSession, session } from './state/session';
import { watchStandstill } from './state/standstill';

function Page() {
  const { path } = place.value;
  const app = match('/apps/{app}', path);
  if (app) return <App key={path} app={app['app'] ?? ''} />;
  const config = match('/apps/{app}/config', path);
  if (config) return <Config key={path} app={config['app'] ?? ''} />;
  const node = match('/nodes/{node}', path);
  if (node) return <NodePage key={path} name={node['node'] ?? ''} />;
  const rollout = match('/rollouts/{id}', path);
  if (rollout) return <RolloutPage key={path} id={rollout['id'] ?? ''} />;
  const migration = match('/migrations/{name}', path);
  if (migration) return <MigrationPage key={path} name={migration['name'] ?? ''} />;
  if (path === '/') return <Fleet />;
  if (path === '/nodes') return <Nodes />;
  if (path === '/migrations') return <Migrations />;
  if (path === '/colours') return <Colours />;
  if (path === '/freezes') return <Freezes />;
  if (path === '/history') return <History />;
  if (path === '/tokens') return <Tokens />;
  return <NotFound />;
}

const KEYS: readonly (readonly [string, string])[] = [['/', 'filter'], ['j k ↓ ↑', 'move in the fleet'], ['Enter', 'open'], ['g f · g n · g m · g c · g h', 'go to fleet, nodes, migrations, colours, history'], ['[ ]', 'previous and next decision'], ['t', 'charts as a table, when they have the focus'], ['!', 'open the roll back panel'], ['w', 'open the weights'], ['a', 'open the gate'], ['Esc', 'close']];

function SignedIn() {
  useEffect(() => {
    startLive();
    const stops = [watchFleet(), watchCampaigns(), watchStandstill()];
    return () => { for (const stop of stops) stop(); stopLive(); };
  }, []);
  return (
    <>
      <Page />
      {helpOpen.value && <Panel title="Keys" verb="All right" reason="none" send={async () => undefined} close={() => (helpOpen.value = false)}><dl class="evidence">{KEYS.map(([key, what]) => <><dt><kbd>{key}</kbd></dt><dd>{what}</dd></>)}</dl></Panel>}
    </>
  );
}

function Root() {
  const who = session.value;
  const { path } = place.value;
  useEffect(() => {
    if (who === null && path !== '/sign-in') go(`/sign-in?next=${encodeURIComponent(path + location.search)}`, true);
    if (who && path === '/sign-in') go(safeNext(place.value.query.get('next')), true);
  }, [who, path]);
  if (who === undefined) return <p class="starting">{retryAt.value ? 'The server does not answer; trying again.' : ''}</p>;
  if (who === null) return <SignIn />;
  return <SignedIn />;
}

async function start(): Promise<void> {
  for (;;) {
    try {
      return await readSession();
    } catch (failed) {
      console.warn(describe(failed));
      retryAt.value = Date.now() + 1000;
      await new Promise((after) => setTimeout(after, 1000));
    }
  }
}

startRouter();
startKeys();
// Asked for at the same time as who is signed in: one round trip less to the first rows.
if (place.value.path === '/') void readAll();
render(<Root />, document.getElementById('app')!);
void start();
