// What the schema of both kinds accepts and refuses: for each path, values both ways. The API server and `hallpass lint`
// are held to the same tables.
import { samples } from '../builders/resources.ts'
import { changed, validMapping, validSpec } from './crd-cases.ts'

const googleGroups = (count: number): string[] => Array.from({ length: count }, (_, i) => `group-${i}@example.com`)
const emails = (count: number, length = 20): string[] =>
  Array.from({ length: count }, (_, n) => `${String(n).padStart(3, '0')}@${'d'.repeat(length - 4)}`)
const grants = (count: number): object[] =>
  Array.from({ length: count }, (_, n) => ({ resource: `projects/prod-eu-${n}`, role: 'roles/viewer' }))
const longestEmail = `${'l'.repeat(63)}@${'d'.repeat(64)}`
const longestRole = `projects/${'p'.repeat(30)}/roles/${'r'.repeat(64)}`

/** For each path: values that are accepted, and values that are refused. undefined leaves the part out. */
export type Values = { good: unknown[]; bad: unknown[] }

const ofRequests: Record<string, Values> = {
  roleMapping: {
    good: ['a', 'prod-db', 'prod.db', 'm'.repeat(40)],
    bad: ['', 'Prod', '-db', 'db-', 'm'.repeat(41), undefined],
  },
  requester: { good: [], bad: [undefined, {}, 'dana@example.com'] },
  'requester.email': {
    good: ['dana@example.com', "o'dana+x@sub.example.com", longestEmail],
    bad: [
      'Dana@example.com',
      'dana',
      'dana@',
      '@example.com',
      'dana@Example.com',
      'dana@-example.com',
      'dana <dana@example.com>',
      'da na@example.com',
      'dana@@example.com',
      'dana@example.com\n',
      'da\u001B[2Kna@example.com',
      '\u202Edana@example.com',
      'd\u0430na@example.com',
      '"d"@example.com',
      `l${longestEmail}`,
      `${'l'.repeat(65)}@example.com`,
      undefined,
    ],
  },
  'requester.slackUserID': {
    good: ['U0DANA', 'W012', undefined],
    bad: ['', 'u0dana', 'X0DANA', 'U0', `U${'0'.repeat(30)}`],
  },
  'requester.googleSubject': {
    good: ['1', '9'.repeat(255), undefined],
    bad: ['', '9'.repeat(256), '1 2', '1\n', '\u202E1'],
  },
  'requester.name': {
    good: ['', 'Dana Engineer', 'n'.repeat(80), '\u{1F469}\u200D\u{1F4BB}', 'می\u200Cخواهم', 'דנה', undefined],
    bad: [
      'n'.repeat(81),
      'Dana\u001B[2K',
      'Dana\nMo',
      '\u202EanaD',
      'Da\u009B31m',
      'D\u2028M',
      'mo@example.com',
      'mo\uFF20x',
    ],
  },
  'requester.title': { good: [], bad: ['Engineer'] },
  origin: { good: ['slack', 'web'], bad: ['', 'email', undefined] },
  duration: {
    good: ['1s', '30m', '1h30m', '168h', '604800s', '90m30s'],
    bad: ['', '0s', '30', '168h1s', '169h', '1d', '-1h', '1.5h', '30m1h', ' 30m', '604801s', '30m\n', undefined],
  },
  reason: {
    good: ['', 'r'.repeat(500), 'ask dana@example.com', '\u{1F469}\u200D\u{1F4BB}'],
    bad: ['r'.repeat(501), 'a\nb', 'a\u001B[2Kb', 'a\u202Eb', 'a\u007Fb', 'a\u0000', undefined],
  },
  follows: {
    good: [{ name: 'prod-db-aaaabbbbcccc', uid: '22222222-0000-4000-8000-000000000001' }, undefined],
    bad: [
      {},
      { name: 'prod-db-aaaabbbbcccc' },
      { name: 'Prod', uid: '22222222-0000-4000-8000-000000000001' },
      'prod-db',
    ],
  },
  'follows.uid': { good: [], bad: ['', '22222222-0000-4000-8000-00000000000', "22222222'0000-4000-8000-000000000001"] },
  notBefore: {
    good: ['2026-11-24T10:00:00Z', undefined],
    // The last four are valid dates for Kubernetes, but some are not for JavaScript.
    bad: [
      '',
      'tomorrow',
      '2026-11-24',
      '2026-11-24T10:00:00Z\n',
      '2026-11-24T10:00:00x5Z',
      '2026-11-24T10:00:00ZTzzz',
      '2026-11-24T10:00:00.5Z',
      '2026-11-24T10:00:00+01:00',
    ],
  },
  slack: { good: [undefined], bad: [{}] },
  'slack.teamID': { good: ['T0HALLPASS', 'E0GRID'], bad: ['', 'X0', 't0hallpass', undefined] },
  'slack.channelID': { good: ['C0PRODACCESS', 'G0PRIVATE', 'D0DIRECT'], bad: ['', '#prod', 'U0DANA', undefined] },
  'slack.triggerDigest': { good: ['0f'.repeat(32)], bad: ['', 'a'.repeat(63), 'A'.repeat(64), undefined] },
  grants: { good: [grants(1), grants(10)], bad: [[], grants(11), [{}], [{ resource: 'projects/prod-eu' }], undefined] },
  'grants.0.resource': {
    good: [
      'projects/prod-eu',
      'projects/123456',
      'projects/example.com:prod-eu',
      `projects/${'d'.repeat(32)}:${'p'.repeat(30)}`,
      ...Object.values(samples).map(({ name }) => name),
      `//storage.googleapis.com/projects/_/buckets/${'b'.repeat(100)}`,
      'folders/1',
      'organizations/12345678901234567890',
      `projects/${'p'.repeat(30)}`,
    ],
    bad: [
      '',
      'prod-eu',
      'projects/x',
      'projects/Prod-eu',
      'projects/123456a',
      'projects/123456789012345678901',
      'projects/:prod-eu',
      'projects/example.com:',
      'projects/example.com:123456',
      'projects/Example.com:prod-eu',
      'projects/a.b:c.d:prod-eu',
      'projects/-a.b:prod-eu',
      `projects/${'d'.repeat(33)}:${'p'.repeat(30)}`,
      `//storage.googleapis.com/projects/_/buckets/${'b'.repeat(157)}`,
      '//storage.googleapis.com/projects/_/buckets/b%2e%2e',
      'https://storage.googleapis.com/projects/_/buckets/bucket',
      'projects/prod-eu:setIamPolicy',
      'projects/example.com:prod-eu:setIamPolicy',
      'projects/prod-eu/',
      'folders/a',

      'organizations/',
      `projects/${'p'.repeat(31)}`,
      'projects/prod-eu\n',
      'projects/prod-eu/secrets/x',
      undefined,
    ],
  },
  'grants.0.role': {
    good: ['roles/cloudsql.client', 'organizations/1/roles/x', 'projects/example.com:prod-eu/roles/x', longestRole],
    bad: [
      '',
      'cloudsql.client',
      'roles/',
      'roles/a/b',
      'roles/a b',
      `roles/${'r'.repeat(65)}`,
      'folders/1/roles/x',
      undefined,
    ],
  },
  'grants.0.condition': { good: ['true', 'c'.repeat(512), undefined], bad: ['', 'c'.repeat(513)] },
  approval: { good: [], bad: [undefined, {}] },
  'approval.required': { good: [1, 2, 5], bad: [0, 6, '1', undefined] },
  'approval.window': { good: ['30m', '24h'], bad: ['', '1', 'soon', undefined] },
  'approval.escalateAfter': { good: ['0s', '10m'], bad: ['', 'never', undefined] },
  'approval.onlyOnCall': { good: [true, false], bad: ['no', undefined] },
  'approval.onCall': { good: [undefined, { schedule: 'PNIGHTS' }], bad: ['PNIGHTS'] },
  'approval.onCall.escalationPolicy': { good: ['PMANAGERS'], bad: ['', 'p', 'P'.repeat(41)] },
  'approval.onCall.level': { good: [1, 20, undefined], bad: [0, 21] },
  'approval.fallback.emails': { good: [emails(20), emails(1, 128), undefined], bad: [emails(21), emails(1, 129)] },
  'approval.fallback.slackUserGroup': { good: ['S0LEADS', undefined], bad: ['', 'leads', 'C0LEADS'] },
  'approval.allowed.emails': { good: [emails(20)], bad: [emails(21), ['a@b.c', 'a@b.c']] },
  'approval.allowed.googleGroups': { good: [googleGroups(5), undefined], bad: [googleGroups(6)] },
  surprise: { good: [], bad: ['anything'] },
}

export const weekly = { zone: 'Europe/Berlin', spans: [{ from: '22:00', to: '06:00' }] }

const ofMappings: Record<string, Values> = {
  command: {
    good: ['/p', '/prod-db', '/prod_db2', `/${'c'.repeat(31)}`, undefined],
    bad: ['', '/', 'prod-db', '/Prod', '/prod db', '/-db', `/${'c'.repeat(32)}`],
  },
  description: { good: ['', 'd'.repeat(300), undefined], bad: ['d'.repeat(301)] },
  grants: { good: [grants(1), grants(10)], bad: [[], grants(11), undefined] },
  'grants.0.resource': {
    good: ['folders/1', ...Object.values(samples).map(({ name }) => name)],
    bad: [
      '',
      'prod-eu',
      '//cloudresourcemanager.googleapis.com/projects/x',
      '//pubsub.googleapis.com/projects/prod-eu/topics/t',
      '//artifactregistry.googleapis.com/projects/prod-eu/locations/l/repositories/r',
      '//sqladmin.googleapis.com/projects/prod-eu/instances/i',
      '//container.googleapis.com/projects/prod-eu/locations/l/clusters/c',
      '//storage.googleapis.com/projects/prod-eu/buckets/bucket',
      '//secretmanager.googleapis.com/projects/prod-eu/secrets/s/versions/1',
      '//secretmanager.googleapis.com/projects/prod-eu/secrets/../s',
      '//iam.googleapis.com/projects/prod-eu/serviceAccounts/dana@example.com',
    ],
  },
  'grants.0.role': { good: [longestRole, 'roles/owner'], bad: ['owner', undefined] },
  'grants.0.condition': { good: ['c'.repeat(512), undefined], bad: ['', 'c'.repeat(513)] },
  duration: {
    good: [{ max: '2h' }, { max: '30m' }, { max: '30s' }, { min: '2h' }, { default: '4h' }, {}, undefined],
    bad: ['1h', { max: '0s' }, { default: '0m' }, { default: '5h' }, { min: '5h' }, { min: '2h', max: '1h' }],
  },
  'duration.min': { good: ['1s', '60m'], bad: ['', '0s', '61m', '5', '1d'] },
  'duration.default': { good: ['1m', '4h'], bad: ['', '0s', '59s', '5h', 'long', '1d'] },
  'duration.max': { good: ['60m', '168h'], bad: ['', '0s', '59m', '169h', '604801s', 'ever', '1d'] },
  hours: { good: [undefined, weekly], bad: [{}, { zone: 'UTC' }, { ...weekly, spans: [] }, { ...weekly, at: 'noon' }] },
  'duration.maxConsecutive': { good: ['4h', '168h', undefined], bad: ['', '0s', '3h59m', '169h', '2880m1s0', '1d'] },
  requesters: {
    good: [{ emails: ['a@b.c'] }, { slackUserGroups: ['S0DEVS'] }, { googleGroups: ['sre@example.com'] }],
    bad: [undefined, {}, { emails: [] }, { domains: [] }, { googleGroups: [] }],
  },
  'requesters.emails': {
    good: [emails(50), ['Dana@example.com']],
    bad: [emails(51), ['dana'], [longestEmail, longestEmail]],
  },
  'requesters.domains': {
    good: [['example.com', 'sub.example.co.uk']],
    bad: [['example'], ['Example.com'], ['*.example.com'], ['@example.com'], ['.com']],
  },
  'requesters.googleGroups': {
    good: [["o'leads_1.x-y@eu.example.com"], googleGroups(20), undefined],
    bad: [
      ['sre'],
      ['SRE@example.com'],
      ['sre@example'],
      ['sr\u0435@example.com'],
      ['sre+x@example.com'],
      ['groups/03prod'],
      [`${'s'.repeat(65)}@example.com`],
      ['sre@example.com', 'sre@example.com'],
      googleGroups(21),
    ],
  },
  'requesters.slackUserGroups': { good: [['S0DEVS']], bad: [['@devs'], ['U0DANA']] },
  approval: {
    good: [
      { onCall: { schedule: 'PNIGHTS' } },
      { fallback: { slackUserGroup: 'S0LEADS' } },
      { fallback: { emails: ['a@b.c'] } },
    ],
    bad: [undefined, {}, { fallback: {} }, { fallback: { emails: [] } }, { allowed: { emails: ['a@b.c'] } }],
  },
  'approval.required': { good: [1, 5, undefined], bad: [0, 6] },
  'approval.window': { good: ['10s', '24h', undefined], bad: ['', '9s', '24h1s', 'day'] },
  'approval.escalateAfter': { good: ['0s', '10m', undefined], bad: ['', 'never'] },
  'approval.remindAfter': { good: ['0s', '9m59s', undefined], bad: ['', 'soon', '10m', '1h'] },
  'approval.page': {
    good: [
      { route: 'platform' },
      { route: 'p', after: '1s', urgency: 'low' },
      { route: `p-${'1'.repeat(28)}`, after: '29m', urgency: 'high' },
      undefined,
    ],
    bad: [
      {},
      { route: '' },
      { route: 'Platform' },
      { route: '../platform' },
      { route: 'p'.repeat(31) },
      { route: 'platform', after: '0s' },
      { route: 'platform', after: '30m' },
      { route: 'platform', after: 'soon' },
      { route: 'platform', urgency: 'critical' },
      { route: 'platform', routingKey: 'x'.repeat(32) },
    ],
  },
  'approval.onCall': { good: [], bad: [{}, { level: 1 }, { escalationPolicy: 'PA', schedule: 'PB' }] },
  'approval.onCall.level': { good: [1, 20], bad: [0, 21] },
  'approval.onCall.escalationPolicy': { good: ['P0'], bad: ['', 'P', 'pmanagers', 'P'.repeat(41)] },
  'approval.fallback': {
    good: [{ emails: emails(20) }, undefined],
    bad: [{ emails: emails(21) }, { emails: ['lead'] }],
  },
  'approval.fallback.slackUserGroup': { good: ['S0LEADS'], bad: ['', '@leads'] },
  'approval.allowed': { good: [{ emails: emails(20) }], bad: [{ emails: emails(21) }, { emails: ['lead'] }] },
  'approval.allowed.googleGroups': {
    good: [googleGroups(5), [], undefined],
    bad: [googleGroups(6), ['Leads@example.com']],
  },
  'approval.onlyOnCall': { good: [true, undefined], bad: ['yes'] },
  'reason.required': { good: [false, undefined], bad: ['no'] },
  'reason.pattern': { good: ['INC-[0-9]+', 'p'.repeat(200)], bad: ['p'.repeat(201)] },
  'reason.hint': { good: ['h'.repeat(200)], bad: ['h'.repeat(201)] },
  channel: { good: ['C0PRODACCESS', 'G0PRIVATE'], bad: ['', '#prod-access', 'D0DIRECT', undefined] },
  'afterGrant.text': { good: ['t'.repeat(500)], bad: ['t'.repeat(501)] },
  'afterGrant.links': {
    good: [[{ text: 'Runbook', url: 'https://example.com/x?y=z#a' }], []],
    bad: [
      [{ text: '', url: 'https://example.com' }],
      [{ text: 'Runbook' }],
      [{ text: 'Runbook', url: 'http://example.com' }],
      [{ text: 'Runbook', url: 'javascript:alert(1)' }],
      [{ text: 'Runbook', url: 'https://example.com|x' }],
      [{ text: 'Runbook', url: 'https://example.com/>x' }],
      Array.from({ length: 6 }, () => ({ text: 'Runbook', url: 'https://example.com' })),
    ],
  },
  allowPrivileged: { good: [true, undefined], bad: ['true'] },
  surprise: { good: [], bad: ['anything'] },
}

const ofHours: Record<string, Values> = {
  'hours.zone': {
    good: ['UTC', 'America/Argentina/ComodRivadavia', 'Etc/GMT+12', 'Nowhere/Land'],
    bad: [undefined, '', '+01:00', 'UTC\n', 'UTC") || ("', `E${'x'.repeat(40)}`, 1],
  },
  'hours.spans': { good: [Array(4).fill(weekly.spans[0])], bad: [undefined, Array(5).fill(weekly.spans[0])] },
  'hours.spans.0.days': {
    good: [undefined, ['Mon'], ['Sun', 'Sat', 'Fri', 'Thu', 'Wed', 'Tue', 'Mon']],
    bad: [[], ['Monday'], ['mon'], ['Mon', 'Mon'], 'Mon', [1]],
  },
  'hours.spans.0.from': {
    good: ['00:00', '23:59'],
    bad: [undefined, '', '24:00', '9:00', '09:60', '09:00:00', 1320, ' 09:00'],
  },
  'hours.spans.0.to': { good: ['00:00', '24:00'], bad: [undefined, '', '24:01', '6:00', 360] },
}
const urgent = { channel: 'C0SECURITY', reviewers: { emails: ['sam@example.com'] } }
const several = { ...validMapping, approval: { ...validMapping.approval, required: 3 }, emergency: urgent }
const ofEmergencies: Record<string, Values> = {
  emergency: {
    good: [undefined, { ...urgent, fallback: { emails: [] }, allowed: { emails: emails(20) } }],
    bad: [{}, { channel: 'C0SECURITY' }, { reviewers: urgent.reviewers }, { ...urgent, channel: 'C0PRODACCESS' }],
  },
  'emergency.required': { good: [1, 2, 3, undefined], bad: [0, 4, -1, '1'] },
  'emergency.window': { good: ['10s', '24h'], bad: ['', '9s', '25h', 'day'] },
  'emergency.escalateAfter': { good: ['0s', '2m'], bad: ['', 'never'] },
  'emergency.channel': { good: ['G0PRIVATE'], bad: ['', '#security', 'D0DIRECT', undefined] },
  'emergency.reviewers': {
    good: [{ slackUserGroup: 'S0SECURITY' }, { emails: emails(20) }],
    bad: [{}, { emails: [] }, { emails: emails(21) }, { slackUserGroup: '@security' }],
  },
  'emergency.reviewWithin': { good: ['1m', '168h'], bad: ['', '59s', '168h1s', 'soon'] },
  'approval.allowed': { good: [{ emails: emails(20) }], bad: [] },
  'emergency.allowed': {
    good: [{ emails: emails(20) }, { googleGroups: googleGroups(1) }],
    bad: [{ emails: emails(21) }],
  },
}
const groupsOfEmergencies: Record<string, Values> = {
  'emergency.allowed.googleGroups': {
    good: [googleGroups(5), [], undefined],
    bad: [
      googleGroups(6),
      ['Leads@example.com'],
      ['leads'],
      ['leads@example.com', 'leads@example.com'],
      'leads@example.com',
    ],
  },
}
const besidesGroups: Record<string, Values> = {
  'emergency.allowed': {
    good: [{ googleGroups: googleGroups(2) }, { emails: emails(19), googleGroups: googleGroups(2) }, undefined],
    bad: [{ googleGroups: googleGroups(3) }],
  },
}

/** One object, and what each of its parts may be. */
export type Case = { plural: 'accessrequests' | 'rolemappings'; base: object; values: Record<string, Values> }

/** Every table with the object that its values are put into. */
export const cases: readonly Case[] = [
  { plural: 'accessrequests', base: validSpec, values: ofRequests },
  { plural: 'rolemappings', base: validMapping, values: ofMappings },
  { plural: 'rolemappings', base: { ...validMapping, hours: weekly }, values: ofHours },
  { plural: 'accessrequests', base: { ...validSpec, hours: weekly }, values: ofHours },
  { plural: 'rolemappings', base: several, values: ofEmergencies },
  {
    plural: 'rolemappings',
    base: changed(several, { 'approval.allowed': { emails: emails(10) } }),
    values: { 'emergency.allowed': { good: [{ emails: emails(10) }], bad: [{ emails: emails(11) }] } },
  },
  { plural: 'rolemappings', base: { ...several, emergency: { ...urgent, allowed: {} } }, values: groupsOfEmergencies },
  {
    plural: 'rolemappings',
    base: changed(several, { 'approval.allowed': { emails: ['a@b.c'], googleGroups: googleGroups(3) } }),
    values: besidesGroups,
  },
  {
    plural: 'rolemappings',
    base: { ...validMapping, emergency: urgent },
    values: { 'emergency.required': { good: [1], bad: [2] } },
  },
]

/** The whole answer to one slip: one sentence that says what to write. */
export const slips: Record<string, { change: Record<string, unknown>; says: string }> = {
  'too many groups of approvers together': {
    change: {
      'approval.allowed': { googleGroups: googleGroups(3) },
      emergency: { ...urgent, allowed: { googleGroups: googleGroups(3) } },
    },
    says: 'spec: Invalid value: approval.allowed and emergency.allowed name at most 5 Google groups together',
  },
  'a unit that is not there': {
    change: { 'duration.max': '1d' },
    says: 'spec.duration.max: Invalid value: "1d": write hours, minutes and seconds, such as 24h, 30m or 1h30m',
  },
  'no unit': {
    change: { 'approval.window': '30' },
    says: 'spec.approval.window: Invalid value: "30": write hours, minutes and seconds, such as 24h, 30m or 1h30m',
  },
  'a pause that is no time': {
    change: { 'approval.escalateAfter': 'never' },
    says: 'spec.approval.escalateAfter: Invalid value: "never": write hours, minutes and seconds, such as 24h, 30m or 1h30m',
  },
  'a reminder after the next level is asked': {
    change: { 'approval.remindAfter': '10m' },
    says: 'spec.approval: Invalid value: remindAfter must be shorter than escalateAfter (10m unless given)',
  },
  'a page after the window': {
    change: { approval: { onCall: { schedule: 'PNIGHTS' }, window: '2m', page: { route: 'platform' } } },
    says: 'spec.approval: Invalid value: page.after (5m unless given) must be at least 1s and shorter than window (30m unless given)',
  },
  'a default above the maximum': {
    change: { 'duration.default': '5h' },
    says: 'spec.duration: Invalid value: default (5h) must not be longer than max (4h)',
  },
  'a default above the maximum that is not written': {
    change: { duration: { default: '8h' } },
    says: 'spec.duration: Invalid value: default (8h) must not be longer than max (4h unless given)',
  },
  'less in sequence than at once': {
    change: { 'duration.maxConsecutive': '2h' },
    says: 'spec.duration: Invalid value: maxConsecutive (2h) must not be shorter than max (4h), nor longer than 168h',
  },
  'less in sequence than the maximum that is not written': {
    change: { duration: { maxConsecutive: '2h' } },
    says: 'spec.duration: Invalid value: maxConsecutive (2h) must not be shorter than max (4h unless given), nor longer than 168h',
  },
  'hours that end when they begin': {
    change: { hours: { ...weekly, spans: [{ from: '09:00', to: '09:00' }] } },
    says: 'spec.hours.spans[0]: Invalid value: from and to must not be equal - for a whole day write "00:00" and "24:00"',
  },
  'a minimum above the maximum': {
    change: { duration: { min: '2h', max: '30m' } },
    says: 'spec.duration: Invalid value: min (2h) must not be longer than max (30m)',
  },
}
