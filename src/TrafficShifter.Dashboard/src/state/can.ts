interface Resource {
  readonly can?: readonly string[] | null;
  readonly blocked?: Readonly<Record<string, string>> | null;
}

/** What this person may do with these; the server says so, the page infers nothing. */
export const canOf = (...resources: readonly (object | null | undefined)[]): readonly string[] => resources.flatMap((r) => (r as Resource | null | undefined)?.can ?? []);

/** What may be done and cannot be now, with the reason. */
export const blockedOf = (resource: object | null | undefined): Readonly<Record<string, string>> => (resource as Resource | null | undefined)?.blocked ?? {};
