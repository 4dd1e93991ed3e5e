// The facts that audit events carry in `details`, each with its meaning. All are short texts.

/** Every fact, by its name in an entry. */
export const auditDetails = {
  approvalsBefore:
    'Digest of the approvals before this one, as the nonce contains it. Only when several people must approve.',
  approvedBy: 'Everybody who approved, in order, separated by commas; the last one wrote the policy.',
  asked: 'Addresses of the people asked now, separated by spaces.',
  at: 'When the entry was recorded.',
  channel: 'Id of the Slack channel.',
  comment: "The person's comment.",
  count: 'How many attempts there were so far.',
  decision: 'Id of the decision in `status.decisions`.',
  deniedBefore: 'When an earlier request was denied.',
  deniedBeforeBy: 'Who denied it.',
  duration: 'How long access is granted for.',
  endedAt: 'When access ended.',
  ending: 'Id of the early end in `status.endings`.',
  entry: 'Id of the decision, early end or review.',
  evidence: "SHA-256 (hex) of Google's ID token. The entry `Evidence` with the same hash has the token.",
  expiresAt: 'When access ends by itself.',
  follows: 'The earlier request that this one continues.',
  googleSubject: "Google's stable id of the person.",
  'grant.N': 'State, role, resource and, if it was removed, the instant, of the grant number N.',
  grants: 'The positions in `grants` that the approver chose, separated by spaces, if not all.',
  group: 'The Google group that let the approver approve, where nothing else did.',
  heldInAll: 'How long the person had the mapping within the window that counts.',
  janitor: 'The identity of the janitor at Google.',
  key: 'The deduplication key of the page.',
  nonce: 'The nonce that Google signed.',
  origin: 'How it was asked: slack or web.',
  purpose: 'What a sign-in was for: approve, revoke or review.',
  reason: 'One of the reasons for a no, or why people are asked.',
  requesterGroup: 'The Google group that let the requester ask, where nothing else did.',
  review: 'Id of the review in `status.reviews`.',
  reviewBy: 'Until when it must be reviewed.',
  route: 'The route for pages.',
  rules: "Digest of the mapping's rules that were judged.",
  salt: 'The random part of the nonce.',
  slackUserID: 'Slack id of the person.',
  spec: 'Digest of the spec, as every nonce contains it.',
  startsAt: 'When access begins.',
  states: 'What the janitor answered for each grant, separated by spaces.',
  urgency: 'How urgent the page is.',
  wantedBy: 'The holder who was done, for whom the janitor removed it.',
  why: 'Why exactly these people.',
} as const

/** The name of a fact. */
export type AuditDetail = keyof typeof auditDetails

/** What is granted, as every event says it that changes it. */
export const grantDetails = [
  'startsAt',
  'expiresAt',
  'endedAt',
  'approvedBy',
  'grant.N',
] as const satisfies AuditDetail[]

/** Who signed in, and the evidence of it. */
export const evidenceDetails = [
  'googleSubject',
  'evidence',
  'nonce',
  'salt',
  'comment',
] as const satisfies AuditDetail[]

/** The name in the table of a key in an entry: `grant.3` is `grant.N`. */
export function detailNamed(key: string): string {
  return key.replace(/^grant\.\d+$/, 'grant.N')
}
