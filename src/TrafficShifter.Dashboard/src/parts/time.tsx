import { now } from '../state/live';
import { NONE, age, moment } from '../words';

/** How long ago, with the moment itself for whoever asks. */
export function Ago({ at }: { at: string | null | undefined }) {
  if (!at) return <span>{NONE}</span>;
  return (
    <time dateTime={at} title={`${moment(at)} (${new Date(at).toISOString()})`}>
      {age(now.value - Date.parse(at))}
    </time>
  );
}

export const At = ({ at }: { at: string }) => (
  <time dateTime={at} title={new Date(at).toISOString()}>
    {moment(at, now.value)}
  </time>
);
