import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { sourceAge } from '../api/client';
import { Held } from '../parts/held';
import { Notice } from '../parts/notice';
import { going } from '../state/campaigns';
import { nodes, storeProblem } from '../state/fleet';
import { heardAt, isDelayed, isStale, link, lostWhy, now, retryAt, retryNow, sinceHeard } from '../state/live';
import { place } from '../state/router';
import { may, session, signOut } from '../state/session';
import { type Theme, keysOn, setKeys, setTheme, theme } from '../state/settings';
import { age, moment } from '../words';

/** How old what is seen here is: between browser and server, and between server and its sources. */
function Age() {
  if (heardAt.value === 0) return <span class="age">connecting…</span>;
  const delay = sinceHeard();
  return <span class={isDelayed() ? 'age waits' : 'age'}>{isDelayed() ? `delayed ${age(delay)}` : `live, ${age(delay)}`}</span>;
}

function Banners() {
  const source = sourceAge.value;
  return (
    <>
      {isStale() && (
        <Notice kind="waits">
          Connection lost {age(sinceHeard())} ago ({lostWhy.value}); everything below is as of {moment(new Date(heardAt.value).toISOString())}.{' '}
          {link.value === 'lost' && <>Trying again in {age(retryAt.value - now.value)}. </>}
          <button type="button" onClick={retryNow}>Try now</button> Roll back still works.
        </Notice>
      )}
      {(storeProblem.value ?? (source !== null ? 'The store does not answer.' : null)) !== null && (
        <Notice kind="waits">
          {storeProblem.value ?? 'The store does not answer.'} {source && <>What is shown is {age((source.seconds * 1000) + now.value - source.at)} old. </>}HAProxy keeps its last weights. Roll back works: it is sent straight to the agents.
        </Notice>
      )}
    </>
  );
}

function Account() {
  const [open, setOpen] = useState(false);
  if (!session.value) return null;
  return (
    <div class="account">
      <button type="button" aria-expanded={open} aria-controls="account" onClick={() => setOpen(!open)}>{session.value.name}</button>
      {open && (
        <div class="menu" id="account" onKeyDown={(e) => e.key === 'Escape' && setOpen(false)}>
          <p class="hint">{session.value.grants.join('; ')}</p>
          <a href="/freezes" onClick={() => setOpen(false)}>Freezes</a>
          {may('tokens') && <a href="/tokens" onClick={() => setOpen(false)}>Tokens</a>}
          <label>Theme <select value={theme.value} onChange={(e) => setTheme(e.currentTarget.value as Theme)}><option value="auto">as the system</option><option value="light">light</option><option value="dark">dark</option></select></label>
          <label class="check"><input type="checkbox" checked={keysOn.value} onChange={(e) => setKeys(e.currentTarget.checked)} /> single keys (? lists them)</label>
          {session.value.by === 'session' && <button type="button" onClick={() => void signOut()}>Sign out</button>}
        </div>
      )}
    </div>
  );
}

/** How many migrations go on, in words. */
function Going() {
  const { running, halted } = going.value ?? { running: 0, halted: 0 };
  const words = [running > 0 && `${running} running`, halted > 0 && `${halted} halted`].filter(Boolean).join(', ');
  return words ? <span class="count"> {words}</span> : null;
}

const Tab = ({ href, children }: { href: string; children: ComponentChildren }) => <a href={href} {...(place.value.path === href || (href !== '/' && place.value.path.startsWith(`${href}/`)) ? { 'aria-current': 'page' as const } : {})}>{children}</a>;

/** What is around every page. */
export function Frame({ title, children }: { title: string; children: ComponentChildren }) {
  const installation = session.value?.installation;
  useEffect(() => {
    document.title = [title, installation ?? 'TrafficShifter'].join(' · ') + (isStale() ? ' (stale)' : '');
  });
  return (
    <div class={isStale() ? 'frame stale' : 'frame'}>
      <a class="skip" href="#main">To the content</a>
      <header>
        <nav aria-label="Pages">
          <a class="brand" href="/">TrafficShifter</a>
          <Tab href="/">Fleet</Tab>
          <Tab href="/nodes">Nodes{nodes.value.registered > 0 && <span class="count"> {nodes.value.live} of {nodes.value.registered}</span>}</Tab>
          <Tab href="/migrations">Migrations<Going /></Tab>
          <Tab href="/colours">Colours</Tab>
          <Tab href="/history">History</Tab>
        </nav>
        <div class="state">{installation && <strong class="installation">{installation}</strong>}<Age /><Account /></div>
      </header>
      <Banners />
      <Held />
      <main id="main">{children}</main>
    </div>
  );
}

/** The page's heading; focus goes here when a page is opened. */
export const Heading = ({ children }: { children: ComponentChildren }) => <h1 tabIndex={-1}>{children}</h1>;
