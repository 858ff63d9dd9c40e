import type { Schemas } from '../api/client';
import { clock, durationOf, share } from '../words';
import { Glyph } from './glyph';

type Rollout = Schemas['RolloutAnswer'];

/** The steps of a rollout: what is behind, where it stands and for how long, what comes. */
export function Steps({ rollout }: { rollout: Rollout }) {
  const ended = rollout.endedAt != null;
  const over = rollout.phase === 'succeeded' || rollout.phase === 'promoting';
  return (
    <ol class="steps" aria-label="Steps">
      {rollout.plan.steps.map((step, i) => {
        const state = over || i + 1 < rollout.step ? 'passed' : i + 1 === rollout.step && rollout.phase !== 'pending' ? 'now' : 'later';
        const held = durationOf(rollout.stepElapsed);
        return (
          <li key={i} class={`step-${state}`} {...(state === 'now' ? { 'aria-current': 'step' as const } : {})}>
            <Glyph name={state === 'passed' ? 'passed' : state} label={state === 'passed' ? 'done' : state === 'now' ? 'now' : 'not yet'} /> {share(step.share)}
            {state === 'now' && !ended && held !== null && <span class="held"> {clock(held)} of ≥ {clock(durationOf(step.hold) ?? 0)}</span>}
            {step.gate && <Glyph name="waiting" label="asks for approval" />}
          </li>
        );
      })}
    </ol>
  );
}

/** The verbs that have their place on a rollout as it stands; which of them are offered says the server. */
export function verbsOf(rollout: Rollout): readonly string[] {
  if (rollout.endedAt) return rollout.phase === 'succeeded' ? [] : ['retry'];
  return [...(rollout.gate?.waiting ? ['approve', 'reject'] : []), rollout.phase === 'paused' ? 'resume' : 'pause', 'promote', 'abort'];
}
