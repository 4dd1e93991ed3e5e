// What a check of the log can find: a lie, or something that is not there. Each has a kind, what it is about, and a sentence.

/** The kinds, each with what it means. */
export const findingKinds = {
  missing: 'An entry that must be there is not.',
  truncated: 'The end of a history is not there, although its time is over.',
  added: 'An entry is there that does not belong to the history.',
  altered: 'An entry says something else than when it was written.',
  moved: 'An entry is not where, or when, it was written.',
  reordered: 'Entries are not in the order of their numbers.',
  forged: "Evidence is not under one of Google's certificates of that time.",
  foreign: 'Evidence was signed for something else.',
  replayed: 'The same evidence is used more than once.',
  self: 'A person approved or reviewed their own request.',
  flipped: 'Rules of a mapping were in force for single approvals, and then the earlier ones again.',
  unbacked: 'A binding is in a policy that no approval covers.',
  unwritten: "An access was granted or ended early, and Google's log has no such write.",
  installations: 'Entries of more than one installation are in this log.',
} as const

/** The kind of a finding. */
export type FindingKind = keyof typeof findingKinds

/** One thing that is wrong. `about`: a request, a mapping or a policy, by its name. */
export type Finding = { kind: FindingKind; about: string; why: string }
