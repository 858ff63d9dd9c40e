import { LetRun } from '../acts/line';
import { standstill } from '../state/standstill';
import { Notice } from './notice';
import { Ago, At } from './time';

/** Standing banners on every page, for as long as rollouts are held: by whom, why, since when, until when. */
export function Held() {
  const now = standstill.value;
  if (!now) return null;
  return (
    <>
      {now.stop && <Notice kind="waits" glyph="pause"><strong>The line is stopped</strong> by {now.stop.by}, <Ago at={now.stop.at} /> ago{now.stop.reason && <>: “{now.stop.reason}”</>}. No rollout goes forward until somebody lets it run; roll back works. <LetRun /></Notice>}
      {now.frozen.map((each) => (
        <Notice key={each.name} kind="waits" glyph="pause">
          <strong>{each.apps ? each.apps.join(', ') : 'All applications'}</strong>: {each.sentence}{each.since && <>, since <At at={each.since} /></>}{each.by && `, by ${each.by}`}{each.reason && <>: “{each.reason}”</>}. Roll back works. <a href="/freezes">Freezes</a>
        </Notice>
      ))}
      {now.problems.map((problem) => <Notice key={problem} kind="bad">{problem}: no rollout goes forward until it is put right. Roll back works.</Notice>)}
    </>
  );
}
