import { useState } from 'preact/hooks';
import { send } from '../api/client';
import { isStale } from '../state/live';
import { Panel } from './panel';

/** Something that a person does, by one word that is the same in the API. */
interface Act {
  readonly label: string;
  readonly title: (app: string) => string;
  readonly effect: string;
  readonly button: string;
  readonly reason: 'required' | 'optional';
  readonly path: string;
}

const ACTS: Readonly<Record<string, Act>> = {
  pause: { label: 'Pause', title: (a) => `Pause the rollout of ${a}?`, effect: 'The weights stay as they are. Checks go on, and failures still roll back.', button: 'Pause', reason: 'optional', path: '/api/v1/rollouts/{id}/pause' },
  resume: { label: 'Resume', title: (a) => `Resume the rollout of ${a}?`, effect: 'The rollout goes on. Weights that somebody changed meanwhile are written again and the step starts over.', button: 'Resume', reason: 'optional', path: '/api/v1/rollouts/{id}/resume' },
  approve: { label: 'Approve…', title: (a) => `Approve the next step of ${a}?`, effect: 'The gate opens and the rollout takes its next step.', button: 'Approve', reason: 'required', path: '/api/v1/rollouts/{id}/approve' },
  reject: { label: 'Reject…', title: (a) => `Reject the next step of ${a}?`, effect: 'All traffic goes back to the stable colour.', button: 'Reject and go back', reason: 'required', path: '/api/v1/rollouts/{id}/reject' },
  promote: { label: 'Promote…', title: (a) => `Promote ${a} to 100 %?`, effect: 'All traffic goes to the new colour at once, past the steps and checks that are left.', button: 'Promote to 100 %', reason: 'required', path: '/api/v1/rollouts/{id}/promote' },
  abort: { label: 'Abort…', title: (a) => `Abort the rollout of ${a}?`, effect: 'All traffic goes back to the stable colour. Nothing is locked.', button: 'Abort the rollout', reason: 'required', path: '/api/v1/rollouts/{id}/abort' },
  retry: { label: 'Retry…', title: (a) => `Begin the rollout of ${a} again?`, effect: 'A new rollout begins by the same plan, from its first step.', button: 'Begin again', reason: 'optional', path: '/api/v1/rollouts/{id}/retry' },
  unlock: { label: 'Unlock…', title: (a) => `Unlock ${a}?`, effect: 'The lock goes away; all traffic stays on the stable colour, and can be moved again.', button: 'Unlock', reason: 'optional', path: '/api/v1/apps/{app}/unlock' },
  undo: { label: 'Undo promotion…', title: (a) => `Undo the last promotion of ${a}?`, effect: 'The colour before it gets all traffic at once and is stable again.', button: 'Undo the promotion', reason: 'optional', path: '/api/v1/apps/{app}/undo' },
};

/** What those are called that have a panel of their own. */
const OWN: Readonly<Record<string, string>> = { start: 'Start rollout…', shift: 'Set weights…' };

interface Props {
  readonly app: string;
  readonly id?: string;
  /** What may be done here. What is not in it is not drawn. */
  readonly can: readonly string[];
  /** What may be done and cannot be now, and why. */
  readonly blocked?: Readonly<Record<string, string>> | null;
  readonly verbs: readonly string[];
  readonly evidence?: string | null | undefined;
  /** Acts that have a panel of their own. */
  readonly own?: Readonly<Record<string, () => void>>;
  readonly done: () => void;
}

/** The buttons of what this person may do. What cannot be now is offered disabled, with the reason beside it. */
export function Acts({ app, id, can, blocked, verbs, evidence, own, done }: Props) {
  const [open, setOpen] = useState<string | null>(null);
  const offered = verbs.filter((verb) => can.includes(verb));
  const act = open ? ACTS[open] : undefined;
  const stale = isStale();
  return (
    <div class="acts">
      {offered.map((verb) => {
        const why = blocked?.[verb] ?? (stale ? 'what is shown is too old to act on' : null);
        return (
          <span key={verb} class="act">
            <button type="button" disabled={why !== null} title={why ?? ''} onClick={() => (own?.[verb] ?? (() => setOpen(verb)))()} data-act={verb}>{ACTS[verb]?.label ?? OWN[verb] ?? verb}</button>
            {why && <span class="why">{why}</span>}
          </span>
        );
      })}
      {act && (
        <Panel
          title={act.title(app)} verb={act.button} reason={act.reason} close={() => { setOpen(null); done(); }}
          send={async (reason) => { await send('POST', act.path, { params: { app, id: id ?? '' }, body: { reason } }); }}
        >
          <p>{act.effect}</p>
          {evidence && <p class="evidence">{evidence}</p>}
        </Panel>
      )}
    </div>
  );
}
