// Conditions, what cel-go makes of each, and what the author of a mapping is told. Examples of Google's reference are among
// them, and what people write, in right and wrong ways.
import type { CallName } from './calls.ts'

/** What cel-go makes of it: does not take it, never evaluates it, or an answer for the calls that are named. */
export type Comes = 'refused' | 'never' | Partial<Record<CallName, boolean | 'error'>>

export type Fact = {
  is: string
  comes: Comes
  /** What the author is told; nothing when the condition is fine. */
  says?: RegExp
  /** Why we refuse what cel-go evaluates. */
  stricter?: string
}

const undocumented = 'IAM’s reference does not have it'
const slip = 'it is a slip that would grant nothing, or everything'
const unseen = 'a reader cannot see what it does'
const berlin = (call: string): string => `request.time.${call}("Europe/Berlin")`
const many = (count: number, statement: (n: number) => string, join: string): string =>
  Array.from({ length: count }, (_, n) => statement(n)).join(join)

const attributes: Record<string, Fact> = {
  'a type': { is: "resource.type == 'compute.googleapis.com/Instance'", comes: { instance: true, object: false } },
  'a type in double quotes': {
    is: 'resource.type == "compute.googleapis.com/Instance"',
    comes: { instance: true, project: false },
  },
  'every type but one': {
    is: 'resource.type != "compute.googleapis.com/Image"',
    comes: { instance: true, rule: true },
  },
  'one of two types': {
    is: '(resource.type == "compute.googleapis.com/Image" || resource.type == "compute.googleapis.com/Instance")',
    comes: { instance: true, object: false },
  },
  'a service': {
    is: 'resource.service == "compute.googleapis.com"',
    comes: { instance: true, object: false, rule: true },
  },
  'the text first': { is: "'storage.googleapis.com' == resource.service", comes: { object: true, instance: false } },
  'a name': {
    is: "resource.name == 'projects/prod-eu/zones/europe-west1-b/instances/prod-db-1'",
    comes: { instance: true, object: false, project: 'error' },
  },
  'every name but one': {
    is: 'resource.name != "projects/_/buckets/secret-bucket-123"',
    comes: { object: true, project: 'error' },
  },
  'the start of a name': {
    is: "resource.name.startsWith('projects/_/buckets/acme-orders/objects/')",
    comes: { object: true, instance: false, project: 'error' },
  },
  'the end of a name': {
    is: 'resource.name.endsWith(".jpg")',
    comes: { object: true, instance: false, tunnel: 'error' },
  },
  'a name only where there are names': {
    is: "(resource.type != 'storage.googleapis.com/Bucket' && resource.type != 'storage.googleapis.com/Object') || resource.name.startsWith('projects/_/buckets/acme-orders')",
    comes: { instance: true, object: true, project: true, tunnel: true },
  },
  'another name only where there are names': {
    is: "(resource.type != 'storage.googleapis.com/Bucket' && resource.type != 'storage.googleapis.com/Object') || resource.name.startsWith('projects/_/buckets/other')",
    comes: { instance: true, object: false, project: true },
  },
  'a disk by its end': {
    is: "resource.type != 'compute.googleapis.com/Disk' || resource.name.endsWith('devResource')",
    comes: { instance: true, project: true },
  },
  'a whole bucket': {
    is: "resource.type == 'storage.googleapis.com/Object' && resource.name.startsWith('projects/_/buckets/acme-orders/')",
    comes: { object: true, instance: false, project: false },
  },
  'not a start': {
    is: "!resource.name.startsWith('projects/_/')",
    comes: { object: false, instance: true, project: 'error' },
  },
  'what failed does not hide what decides': {
    is: "resource.name.endsWith('.jpg') && resource.service == 'compute.googleapis.com'",
    comes: { project: false, tunnel: false, early: 'error' },
  },
  'a part of a name': {
    is: 'resource.name.extract("/order_date={date}/") == "2026-07-01"',
    comes: { object: true, instance: false, project: 'error' },
  },
  'the name of a bucket': {
    is: "resource.name.extract('buckets/{name}/') == 'acme-orders'",
    comes: { object: true, rule: false },
  },
  'the text before': {
    is: "resource.name.extract('{start}/objects/data') == 'projects/_/buckets/acme-orders'",
    comes: { object: true, instance: false },
  },
  'the text after': {
    is: "resource.name.extract('orders/{end}') == 'order_date=2026-07-01/report.jpg'",
    comes: { object: false, instance: false },
  },
  'an empty part': { is: "resource.name.extract('/orders/{empty}order_date') == ''", comes: { object: true } },
  'a part that does not end': {
    is: "resource.name.extract('/buckets/{name}?') == ''",
    comes: { object: true, instance: true },
  },
  'the whole name': {
    is: "resource.name.extract('{all}').endsWith('prod-db-1')",
    comes: { instance: true, object: false },
  },
  'a part that is missing': {
    is: "resource.name.extract('/secrets/{name}/') != ''",
    comes: { object: false, instance: false },
  },
  'the start of a part': {
    is: "resource.name.extract('instances/{name}').startsWith('prod-')",
    comes: { instance: true, object: false },
  },
  'two parts alike': {
    is: "resource.name.extract('instances/{name}') == resource.name.extract('buckets/{name}/')",
    comes: { instance: false, rule: true },
  },
  'a date in a name': {
    is: 'request.time < date(resource.name.extract("order_date={date}/")) + duration("345600s")',
    comes: { object: true, instance: 'error', project: 'error' },
  },
  'a host': { is: 'request.host == "hr.example.com"', comes: { tunnel: true, instance: 'error' } },
  'hosts of a domain': { is: "request.host.endsWith('.example.com')", comes: { tunnel: true, instance: 'error' } },
  'a path': { is: "request.path == '/admin/payroll.js'", comes: { tunnel: true } },
  'paths below another': { is: "request.path.startsWith('/admin')", comes: { tunnel: true, object: 'error' } },
  'the end of a path': { is: 'request.path.endsWith("/payroll.js")', comes: { tunnel: true } },
  'an address': { is: 'destination.ip == "10.0.0.1"', comes: { tunnel: true, instance: 'error' } },
  'every address but one': { is: "destination.ip != '127.0.0.1'", comes: { tunnel: true } },
  'a port': { is: 'destination.port == 22', comes: { tunnel: true } },
  'ports from here to there': {
    is: 'destination.port > 21 && destination.port <= 23',
    comes: { tunnel: true, rule: 'error' },
  },
  'an access level': {
    is: '"accessPolicies/199923665455/accessLevels/CorpNet" in request.auth.access_levels',
    comes: { tunnel: true, instance: 'error' },
  },
  'an access level that was not met': {
    is: "'accessPolicies/199923665455/accessLevels/fullyTrusted' in request.auth.access_levels",
    comes: { tunnel: false },
  },
  'a tag': { is: "resource.matchTag('123456789012/env', 'prod')", comes: { object: true, instance: false } },
  'a tag by its ids': {
    is: "resource.matchTagId('tagKeys/111', 'tagValues/222')",
    comes: { object: true, project: false },
  },
  'any value of a tag': { is: "resource.hasTagKey('123456789012/env')", comes: { object: true, instance: false } },
  'any value of a tag by its id': { is: "resource.hasTagKeyId('tagKeys/111')", comes: { object: true, rule: false } },
  'another value of a tag': { is: "resource.matchTag('123456789012/env', 'test')", comes: { object: false } },
  'no tag': { is: "!resource.hasTagKey('123456789012/env')", comes: { object: false, instance: true } },
  'a tag of a project': { is: "resource.matchTag('my-project/env', 'prod')", comes: { object: false } },
  'roles that may be granted': {
    is: "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/pubsub.editor', 'roles/pubsub.publisher'])",
    comes: { instance: true, project: true, rule: false },
  },
  'a custom role that may be granted': {
    is: "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['projects/prod-eu/roles/replay'])",
    comes: { instance: true, project: false },
  },
  'sessions of a team': {
    is: "api.getAttribute('aiplatform.googleapis.com/sessionUserId', '').startsWith('team-a-')",
    comes: { rule: true, instance: false },
  },
  'no public load balancer': {
    is: "!compute.isForwardingRuleCreationOperation() || (compute.isForwardingRuleCreationOperation() && compute.matchLoadBalancingSchemes(['INTERNAL', 'INTERNAL_MANAGED', 'INTERNAL_SELF_MANAGED']))",
    comes: { rule: false, instance: true },
  },
  'a public load balancer': {
    is: "compute.matchLoadBalancingSchemes(['EXTERNAL'])",
    comes: { rule: true, instance: false },
  },
}

const times: Record<string, Fact> = {
  'before an instant': {
    is: "request.time < timestamp('2026-11-25T10:15:30.250Z')",
    comes: { instance: false, object: true },
  },
  'until an instant': {
    is: 'request.time <= timestamp("2026-11-25T10:15:30.25Z")',
    comes: { instance: true, project: false },
  },
  'a billionth later': {
    is: 'request.time >= timestamp("2026-11-25T10:15:30.250000001Z")',
    comes: { instance: false, project: true },
  },
  'an instant in another zone': {
    is: "request.time >= timestamp('2026-11-25T03:15:30.250-07:00') && request.time < timestamp('2026-11-25T15:46:00+05:30')",
    comes: { instance: true, project: false, object: false },
  },
  'from a day on': { is: 'request.time >= date("2026-07-05")', comes: { object: false, instance: true } },
  'a leap day': {
    is: 'request.time >= date("2024-02-29") && request.time < date("2024-03-01")',
    comes: { rule: true, instance: false },
  },
  'within half an hour': {
    is: 'request.time < timestamp("2026-11-25T10:00:00Z") + duration("1800s")',
    comes: { instance: true, project: false },
  },
  'from thirty days before': {
    is: 'request.time >= timestamp("2026-12-25T00:00:00Z") - duration("2592000s")',
    comes: { instance: true, object: false },
  },
  'half a second': {
    is: 'request.time < timestamp("2026-11-25T10:15:30Z") + duration("0.5s")',
    comes: { instance: true, project: false },
  },
  'a year': { is: 'request.time.getFullYear() == 2026', comes: { project: true, tunnel: false } },
  'a year where it begins earlier': {
    is: `${berlin('getFullYear')} == 2027`,
    comes: { project: true, instance: false },
  },
  'a month, from 0': { is: 'request.time.getMonth() == 10', comes: { instance: true, object: false } },
  'a month where it begins later': { is: 'request.time.getMonth("America/Los_Angeles") == 6', comes: { object: true } },
  'a day, from 1': { is: 'request.time.getDate() == 25', comes: { instance: true, object: false } },
  'a day, from 0': { is: 'request.time.getDayOfMonth() == 24', comes: { instance: true, object: false } },
  'a day of the week': { is: 'request.time.getDayOfWeek() == 3', comes: { instance: true, object: false } },
  'a day of the week in Kiritimati': {
    is: 'request.time.getDayOfWeek("Pacific/Kiritimati") == 0',
    comes: { object: true },
  },
  'a day of the year, from 0': { is: 'request.time.getDayOfYear() == 59', comes: { rule: true, instance: false } },
  'the last day of the year': { is: 'request.time.getDayOfYear() == 364', comes: { project: true } },
  'the first days of the year': {
    is: 'request.time.getDayOfYear("America/Los_Angeles") >= 0 && request.time.getDayOfYear("America/Los_Angeles") < 5',
    comes: { project: false, instance: false },
  },
  'the first day of the year in Berlin': {
    is: `${berlin('getDayOfYear')} == 0`,
    comes: { project: true, instance: false },
  },
  'an hour in summer': { is: `${berlin('getHours')} == 1`, comes: { object: true, instance: false } },
  'an hour in winter': { is: `${berlin('getHours')} == 11`, comes: { instance: true } },
  'the hour after the clocks went forward': { is: `${berlin('getHours')} == 3`, comes: { tunnel: true } },
  'minutes in Kathmandu': { is: 'request.time.getMinutes("Asia/Kathmandu") == 0', comes: { instance: true } },
  'an offset': { is: 'request.time.getHours("+01:00") == 11', comes: { instance: true } },
  'an offset to the west': { is: 'request.time.getHours("-07:00") == 3', comes: { instance: true } },
  'half an hour of offset': { is: 'request.time.getMinutes("+05:30") == 45', comes: { instance: true } },
  'half an hour to the west': { is: 'request.time.getMinutes("-03:30") == 45', comes: { instance: true } },
  'an offset over midnight': { is: 'request.time.getDate("+02:00") == 5', comes: { object: true, instance: false } },
  'UTC by its name': { is: 'request.time.getHours("UTC") == 10', comes: { instance: true } },
  'an older name of a place': { is: 'request.time.getHours("Asia/Calcutta") == 15', comes: { instance: true } },
  'the newer name of the place': { is: 'request.time.getHours("Asia/Kolkata") == 15', comes: { instance: true } },
  seconds: { is: 'request.time.getSeconds() == 30', comes: { instance: true, object: false } },
  milliseconds: { is: 'request.time.getMilliseconds("Europe/Berlin") == 250', comes: { instance: true } },
  'the hour of an instant that is given': {
    is: 'request.time.getHours() >= timestamp("2026-01-01T10:00:00Z").getHours()',
    comes: { instance: true, tunnel: false },
  },
  'business hours in Berlin': {
    is: `${berlin('getDayOfWeek')} >= 1 && ${berlin('getDayOfWeek')} <= 5 && ${berlin('getHours')} >= 9 && ${berlin('getHours')} <= 17`,
    comes: { instance: true, object: false, project: false },
  },
  'business hours in New York': {
    is: 'request.time.getHours("America/New_York") >= 9 && request.time.getHours("America/New_York") < 17',
    comes: { instance: false, ended: true },
  },
  'from half past nine': {
    is: 'request.time.getHours() > 9 || (request.time.getHours() == 9 && request.time.getMinutes() >= 30)',
    comes: { instance: true, tunnel: false },
  },
  'a weekend': {
    is: 'request.time.getDayOfWeek() == 0 || request.time.getDayOfWeek() == 6',
    comes: { object: true, instance: false },
  },
  'everything together': {
    is: "request.time > timestamp('2026-08-03T16:00:00-07:00') && request.time < timestamp('2027-08-03T16:05:00-07:00') && ((resource.name.startsWith('projects/prod-eu/zones/europe-west1-b/instances/dev') || (resource.name.startsWith('projects/prod-eu/zones/europe-west1-b/instances/prod') && 'accessPolicies/34569256/accessLevels/CorpNet' in request.auth.access_levels)) || resource.type != 'compute.googleapis.com/Instance')",
    comes: { instance: 'error', project: true, tunnel: true, object: false },
  },
}

const neverEvaluated: Record<string, Fact> = {
  'a day that does not exist': {
    is: 'request.time < timestamp("2026-02-30T00:00:00Z")',
    comes: 'never',
    says: /2026-02-30, which does not exist.*never grant/,
  },
  'a leap day of another year': { is: 'request.time < date("2027-02-29")', comes: 'never', says: /does not exist/ },
  'a thirteenth month': { is: 'request.time < date("2026-13-01")', comes: 'never', says: /does not exist/ },
  'hour 24': {
    is: 'request.time < timestamp("2026-11-24T24:00:00Z")',
    comes: 'never',
    says: /hour 24.*write 00 of the next day/,
  },
  'minute 60': { is: 'request.time < timestamp("2026-11-24T23:60:00Z")', comes: 'never', says: /above 59/ },
  'a leap second': { is: 'request.time < timestamp("2026-12-31T23:59:60Z")', comes: 'never', says: /above 59/ },
  'a blank for T': {
    is: 'request.time < timestamp("2026-11-24 23:00:00Z")',
    comes: 'never',
    says: /a blank where RFC 3339 has "T"/,
  },
  'no zone': { is: 'request.time < timestamp("2026-11-24T23:00:00")', comes: 'never', says: /not a time by RFC 3339/ },
  'small letters': {
    is: 'request.time < timestamp("2026-11-24t23:00:00z")',
    comes: 'never',
    says: /not a time by RFC 3339/,
  },
  'no seconds': { is: 'request.time < timestamp("2026-11-24T23:00Z")', comes: 'never', says: /not a time by RFC 3339/ },
  'a day as an instant': {
    is: 'request.time < timestamp("2026-11-24")',
    comes: 'never',
    says: /not a time by RFC 3339/,
  },
  'a comma for a fraction': {
    is: 'request.time < timestamp("2026-11-24T23:00:00,5Z")',
    comes: 'never',
    says: /not a time/,
  },
  'an instant as a day': { is: 'request.time < date("2026-11-24T00:00:00Z")', comes: 'never', says: /not a date/ },
  'a day the other way round': {
    is: 'request.time < date("24.11.2026")',
    comes: 'never',
    says: /not a date: write it as/,
  },
  'the year 0': {
    is: 'request.time > timestamp("0000-01-01T00:00:00Z")',
    comes: 'never',
    says: /outside the years 1 to 9999/,
  },
  'a day of offset': { is: 'request.time < timestamp("2026-11-24T10:00:00+24:00")', comes: 'never', says: /offset/ },
  'a duration without a unit': {
    is: 'request.time < timestamp("2026-11-24T10:00:00Z") + duration("1800")',
    comes: 'never',
    says: /number of seconds followed by "s"/,
  },
  'days of duration': {
    is: 'request.time < timestamp("2026-11-24T10:00:00Z") + duration("30d")',
    comes: 'never',
    says: /number of seconds followed by "s"/,
  },
  'three hundred years of duration': {
    is: 'request.time < timestamp("2026-11-24T10:00:00Z") + duration("9999999999s")',
    comes: 'never',
    says: /longer than CEL for Go can hold/,
  },
  'a zone by its initials': {
    is: 'request.time.getHours("PST") < 18',
    comes: 'never',
    says: /"PST" is not a time zone.*never grant/,
  },
  'a summer zone by its initials': {
    is: 'request.time.getHours("CEST") < 18',
    comes: 'never',
    says: /"CEST" is not a time zone/,
  },
  'a zone in small letters': {
    is: 'request.time.getHours("europe/berlin") < 18',
    comes: 'never',
    says: /write "Europe\/Berlin", for letters count/,
  },
  'UTC in small letters': { is: 'request.time.getHours("utc") < 18', comes: 'never', says: /leave it out for UTC/ },
  'a zone with a blank': {
    is: 'request.time.getHours("America/New York") < 18',
    comes: 'never',
    says: /not a time zone/,
  },
  'a city alone': { is: 'request.time.getHours("Berlin") < 18', comes: 'never', says: /not a time zone/ },
  'an offset that does not exist': { is: 'request.time.getHours("+25:00") < 18', comes: 'never', says: /no clock has/ },
}

const refused: Record<string, Fact> = {
  nothing: { is: '', comes: 'refused', says: /not CEL/ },
  'an attribute that does not exist': {
    is: "resource.typ == 'x'",
    comes: 'refused',
    says: /did you mean "resource.type"/,
  },
  'an attribute in capitals': {
    is: "Resource.name == 'projects/x'",
    comes: 'refused',
    says: /did you mean "resource.name"/,
  },
  'an attribute by index': { is: "resource['name'] == 'projects/x'", comes: 'refused', says: /index.*with a dot/ },
  'who asks': {
    is: "request.user == 'dana@example.com'",
    comes: 'refused',
    says: /"request.user", which IAM does not know/,
  },
  'the principal': {
    is: "principal.subject.endsWith('@example.com')",
    comes: 'refused',
    says: /principal access boundaries only/,
  },
  'part of a name, by contains': {
    is: "resource.name.contains('prod')",
    comes: 'refused',
    says: /"contains" on a text/,
  },
  'part of a name, by a pattern': {
    is: "resource.name.matches('prod-.*')",
    comes: 'refused',
    says: /"matches" on a text/,
  },
  'small letters of a name': {
    is: "resource.name.lowerAscii() == 'projects/x'",
    comes: 'refused',
    says: /"lowerAscii"/,
  },
  'a piece of a name': { is: "resource.name.substring(0, 4) == 'projects/x'", comes: 'refused', says: /"substring"/ },
  'pieces of a name': { is: "resource.name.split('/')[1] == 'prod'", comes: 'refused', says: /index/ },
  'a name that is bound': { is: "cel.bind(x, resource.name, x == 'projects/x')", comes: 'refused', says: /cel/ },
  'an attribute that is there': { is: 'has(resource.name)', comes: 'refused', says: /"has"/ },
  'a method in capitals': { is: "resource.name.StartsWith('projects/x')", comes: 'refused', says: /"StartsWith"/ },
  'a hour with a fraction': { is: 'request.time.getHours() > 17.5', comes: 'refused', says: /"17.5".*whole numbers/ },
  'an hour in quotes': {
    is: "request.time.getHours() > '17'",
    comes: 'refused',
    says: /compares a number with a text/,
  },
  'a time in quotes': {
    is: 'request.time < "2026-11-24T10:00:00Z"',
    comes: 'refused',
    says: /compares a time with a text/,
  },
  'a time and a duration': {
    is: 'request.time < duration("3600s")',
    comes: 'refused',
    says: /compares a time with a duration/,
  },
  'two durations': { is: 'duration("1s") + duration("2s") == 3', comes: 'refused', says: /in this order/ },
  'an attribute as a truth value': {
    is: 'resource.name',
    comes: 'refused',
    says: /a text and not a truth value \(bool\)/,
  },
  'a number as a truth value': {
    is: 'request.time.getHours()',
    comes: 'refused',
    says: /a number and not a truth value/,
  },
  'a text after not': { is: '!resource.name', comes: 'refused', says: /where a truth value belongs/ },
  'a text joined by and': {
    is: "resource.type == 'compute.googleapis.com/Instance' && resource.name",
    comes: 'refused',
    says: /where a truth value belongs/,
  },
  'one equals sign': { is: "resource.type = 'x'", comes: 'refused', says: /not CEL at character 15/ },
  'words for signs': { is: "resource.type == 'x' and resource.name == 'y'", comes: 'refused', says: /not CEL/ },
  'a single and': { is: "resource.type == 'x' & resource.name == 'y'", comes: 'refused', says: /not CEL/ },
  'two expressions': { is: 'true true', comes: 'refused', says: /not CEL/ },
  'a quote that is not closed': { is: "resource.name == 'projects/x", comes: 'refused', says: /quote.*never closed/ },
  'quotes of a word processor': {
    is: 'resource.name == “projects/x”',
    comes: 'refused',
    says: /U\+201C at character 18.*printable ASCII/,
  },
  'a dash of a word processor': { is: 'destination.port == 22 – 1', comes: 'refused', says: /U\+2013/ },
  'a bracket that is not closed': { is: "(resource.name == 'projects/x'", comes: 'refused', says: /not CEL/ },
  'a bracket that closes the outer one': { is: 'true) || (true', comes: 'refused', says: /not CEL/ },
  'a comma before a bracket': { is: "resource.name.startsWith('projects/x',)", comes: 'refused', says: /comma before/ },
  bytes: { is: "resource.name == b'projects/x'", comes: 'refused', says: /bytes \(b before a quote\)/ },
  'a number without a sign': { is: 'destination.port == 22u', comes: 'refused', says: /whole numbers/ },
  'nothing to compare with': { is: 'destination.port == null', comes: 'refused', says: /"null"/ },
  'a number beyond 64 bits': {
    is: 'destination.port < 9223372036854775808',
    comes: 'refused',
    says: /more than 64 bits/,
  },
  'a list compared with a text': {
    is: "request.auth.access_levels == 'accessPolicies/1/accessLevels/A'",
    comes: 'refused',
    says: /compares a list with a text/,
  },
  'a tag without a value': {
    is: "resource.matchTag('123456789012/env')",
    comes: 'refused',
    says: /1 arguments.*2 are needed/,
  },
  'the wrong default': {
    is: "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', '').hasOnly(['roles/pubsub.editor'])",
    comes: 'refused',
    says: /a text .* where a list belongs/,
  },
  'a zone that is a number': {
    is: 'request.time.getHours(1) < 18',
    comes: 'refused',
    says: /a number .* where a text belongs/,
  },
  'a function that does not exist': {
    is: 'now() < timestamp("2026-11-24T10:00:00Z")',
    comes: 'refused',
    says: /"now"/,
  },
  'not a minus': { is: '!-1', comes: 'refused', says: /minus/ },
  'a word that CEL keeps': { is: 'package == true', comes: 'refused', says: /not CEL/ },
}

const stricter: Record<string, Fact> = {
  true: { is: 'true', comes: { instance: true }, says: /always holds/, stricter: slip },
  false: { is: 'false', comes: { instance: false }, says: /never holds/, stricter: slip },
  'two types that are not, by or': {
    is: "resource.type != 'storage.googleapis.com/Bucket' || resource.type != 'storage.googleapis.com/Object'",
    comes: { instance: true, object: true },
    says: /always holds.*!= about one thing are joined by &&/,
    stricter: slip,
  },
  'two types that are, by and': {
    is: "resource.type == 'storage.googleapis.com/Bucket' && resource.type == 'storage.googleapis.com/Object'",
    comes: { object: false },
    says: /never holds.*== about one thing are joined by \|\|/,
    stricter: slip,
  },
  'a guard that always holds': {
    is: "(resource.type != 'storage.googleapis.com/Bucket' || resource.type != 'storage.googleapis.com/Object') && resource.name.startsWith('projects/')",
    comes: { instance: true },
    says: /a part that always holds, "resource.type != /,
    stricter: slip,
  },
  'a statement and its opposite': {
    is: "resource.name.startsWith('projects/a') && !resource.name.startsWith('projects/a')",
    comes: { instance: false },
    says: /never holds/,
    stricter: slip,
  },
  'hours that no day has': {
    is: 'request.time.getHours() >= 18 && request.time.getHours() < 6',
    comes: { instance: false },
    says: /never holds/,
    stricter: slip,
  },
  'an end before its start': {
    is: 'request.time >= date("2026-12-01") && request.time < date("2026-11-01")',
    comes: { instance: false },
    says: /never holds/,
    stricter: slip,
  },
  'two texts': { is: "'a' == 'a'", comes: { instance: true }, says: /always holds/, stricter: slip },
  'Sunday as 7': {
    is: 'request.time.getDayOfWeek() == 7',
    comes: { object: false },
    says: /0 \(Sunday\) to 6 \(Saturday\)/,
    stricter: slip,
  },
  'December as 12': {
    is: `${berlin('getMonth')} != 12`,
    comes: { project: true },
    says: /0 \(January\) to 11 \(December\)/,
    stricter: slip,
  },
  'hour 24 of a day': {
    is: 'request.time.getHours() < 24',
    comes: { instance: true },
    says: /hours go from 0 to 23/,
    stricter: slip,
  },
  'a port that does not exist': {
    is: 'destination.port == 65536',
    comes: { tunnel: false },
    says: /0 to 65535/,
    stricter: slip,
  },
  'a type by its short name': {
    is: "resource.type == 'Instance'",
    comes: { instance: false },
    says: /a value looks like "compute.googleapis.com\/Instance"/,
    stricter: slip,
  },
  'a service with its scheme': {
    is: "resource.service == 'https://compute.googleapis.com'",
    comes: { instance: false },
    says: /a value looks like "compute.googleapis.com"/,
    stricter: slip,
  },
  'a name from the root': {
    is: "resource.name.startsWith('//storage.googleapis.com/projects/_/buckets/x')",
    comes: { object: false },
    says: /a value looks like/,
    stricter: slip,
  },
  'a name by its last part': {
    is: "resource.name == 'prod-db-1'",
    comes: { instance: false },
    says: /looks like/,
    stricter: slip,
  },
  'a wildcard': {
    is: "resource.name.startsWith('projects/*/buckets/acme')",
    comes: { object: false },
    says: /a value looks like/,
    stricter: slip,
  },
  'the start that everything has': {
    is: "resource.name.startsWith('')",
    comes: { instance: true },
    says: /always holds/,
    stricter: slip,
  },
  'a tag without its organisation': {
    is: "resource.matchTag('env', 'prod')",
    comes: { object: false },
    says: /123456789012\/env/,
    stricter: slip,
  },
  'an id of a tag as its name': {
    is: "resource.matchTagId('123456789012/env', 'prod')",
    comes: { object: false },
    says: /tagKeys\/123456789012/,
    stricter: slip,
  },
  'an access level by its short name': {
    is: "'CorpNet' in request.auth.access_levels",
    comes: { tunnel: false },
    says: /accessPolicies\/123456\/accessLevels\/LEVEL/,
    stricter: slip,
  },
  'a network as an address': {
    is: "destination.ip == '10.0.0.0/8'",
    comes: { tunnel: false },
    says: /10\.0\.0\.1/,
    stricter: slip,
  },
  'a host in capitals': {
    is: "request.host == 'HR.example.com'",
    comes: { tunnel: false },
    says: /hr\.example\.com/,
    stricter: slip,
  },
  'a role without its prefix': {
    is: "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['pubsub.editor'])",
    comes: { project: false },
    says: /roles\/pubsub.editor/,
    stricter: slip,
  },
  'more roles than IAM compares': {
    is: `api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([${many(11, n => `'roles/x.${n}'`, ', ')}])`,
    comes: { instance: true, project: false },
    says: /11 roles in hasOnly, and IAM compares at most 10/,
    stricter: 'IAM’s own limit',
  },
  'a scheme that does not exist': {
    is: "compute.matchLoadBalancingSchemes(['internal'])",
    comes: { rule: false },
    says: /INTERNAL_MANAGED/,
    stricter: slip,
  },
  'a template without braces': {
    is: "resource.name.extract('projects/') != ''",
    comes: { instance: 'error' },
    says: /one name in braces/,
    stricter: 'IAM’s answer to it is not documented',
  },
  'an instant and no other': {
    is: 'request.time == timestamp("2026-11-25T10:15:30.250Z")',
    comes: { instance: true, object: false },
    says: /one millisecond decides/,
    stricter: 'Google advises against it',
  },
  'a path that is not': {
    is: "request.path != '/admin'",
    comes: { tunnel: true },
    says: /documents only ==, startsWith, endsWith/,
    stricter: 'Google advises against it: what lies below the path passes',
  },
  'the start of a host': {
    is: "request.host.startsWith('hr.')",
    comes: { tunnel: true },
    says: /documents only ==, endsWith/,
    stricter: 'Google advises against it',
  },
  'the start of a type': {
    is: "resource.type.startsWith('compute.googleapis.com/')",
    comes: { instance: true },
    says: /documents only ==, !=/,
    stricter: 'Google warns of unexpected results',
  },
  'the start of an address': {
    is: "destination.ip.startsWith('10.')",
    comes: { tunnel: true },
    says: /documents only ==, !=/,
    stricter: 'Google warns of unexpected results',
  },
  'the prefix of a listing': {
    is: "api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('data/')",
    comes: { object: false },
    says: /Credential Access Boundaries only/,
    stricter: 'Google warns that Cloud Storage fails with it in a binding',
  },
  'a zone that has no summer': {
    is: 'request.time.getHours("EST") == 5',
    comes: { instance: true },
    says: /old abbreviation/,
    stricter: 'EST is never summer time, which its readers do not expect',
  },
  'an offset without a sign': {
    is: 'request.time.getHours("02:00") == 12',
    comes: { instance: true },
    says: /as in "\+02:00"/,
    stricter: undocumented,
  },
  'no name of a zone': {
    is: 'request.time.getHours("") == 10',
    comes: { instance: true },
    says: /leave it out for UTC/,
    stricter: undocumented,
  },
  'hours of duration': {
    is: 'request.time < timestamp("2026-11-25T10:00:00Z") + duration("1h30m")',
    comes: { instance: true },
    says: /number of seconds followed by "s"/,
    stricter: undocumented,
  },
  'a duration first': {
    is: 'request.time < duration("1800s") + timestamp("2026-11-25T10:00:00Z")',
    comes: { instance: true },
    says: /in this order/,
    stricter: undocumented,
  },
  'time since an instant': {
    is: 'request.time - timestamp("2026-11-25T10:00:00Z") < duration("3600s")',
    comes: { instance: true },
    says: /in this order/,
    stricter: undocumented,
  },
  'seconds since 1970': {
    is: 'request.time > timestamp(0)',
    comes: { instance: true },
    says: /where a text belongs/,
    stricter: undocumented,
  },
  'minutes of the day': {
    is: 'request.time.getHours() * 60 + request.time.getMinutes() >= 570',
    comes: { instance: true },
    says: /multiplication.*hours and minutes apart/,
    stricter: undocumented,
  },
  'a choice': {
    is: "resource.type == 'storage.googleapis.com/Object' ? resource.name.endsWith('.jpg') : true",
    comes: { object: true, project: true },
    says: /choice.*&& and \|\|/,
    stricter: undocumented,
  },
  'a list of types': {
    is: "resource.type in ['compute.googleapis.com/Instance', 'compute.googleapis.com/Disk']",
    comes: { instance: true, object: false },
    says: /"in" with a list.*write == for each value, joined by \|\|/,
    stricter: undocumented,
  },
  'some of a list': {
    is: "['compute.googleapis.com/Instance'].exists(t, t == resource.type)",
    comes: { instance: true },
    says: /"exists" on a list/,
    stricter: undocumented,
  },
  'texts in order': {
    is: "resource.name < 'projects/z'",
    comes: { instance: true },
    says: /texts by </,
    stricter: undocumented,
  },
  'texts joined': {
    is: "resource.name == 'projects/' + 'x'",
    comes: { instance: false },
    says: /in this order/,
    stricter: undocumented,
  },
  'the length of a name': {
    is: 'size(resource.name) > 3',
    comes: { instance: true },
    says: /"size"/,
    stricter: undocumented,
  },
  'a truth value compared': {
    is: "resource.name.startsWith('projects/') == true",
    comes: { instance: true },
    says: /write the condition itself/,
    stricter: undocumented,
  },
  'a text made of a number': {
    is: "string(destination.port) == '22'",
    comes: { tunnel: true },
    says: /"string"/,
    stricter: undocumented,
  },
  'a negative number': { is: 'destination.port > -1', comes: { tunnel: true }, says: /minus/, stricter: undocumented },
  'a prefix out of another attribute': {
    is: 'resource.name.startsWith(resource.service)',
    comes: { instance: false },
    says: /no text in quotes/,
    stricter: undocumented,
  },
  'a raw string': {
    is: String.raw`resource.name == r'projects\x'`,
    comes: { instance: false },
    says: /raw string \(r before a quote\) at character 18/,
    stricter: 'our parser reads escapes in it, where Google reads none',
  },
  'a triple quote': {
    is: "resource.name == '''projects/x'''",
    comes: { instance: false },
    says: /triple quote/,
    stricter: undocumented,
  },
  'a comment': {
    is: "resource.name.startsWith('projects/') // && resource.type == 'x'",
    comes: { instance: true },
    says: /comment \(\/\/\)/,
    stricter: unseen,
  },
  'a line break at the end': {
    is: "resource.type == 'compute.googleapis.com/Instance'\n",
    comes: { instance: true },
    says: /ends with a line break, as a block "\|" of YAML leaves one: write ">-"/,
    stricter: unseen,
  },
  'two lines': {
    is: "resource.type == 'compute.googleapis.com/Instance' &&\n  resource.name.startsWith('projects/')\n",
    comes: { instance: true },
    says: /has a line break.*">-"/,
    stricter: unseen,
  },
  'a tab': {
    is: "resource.type\t== 'compute.googleapis.com/Instance'",
    comes: { instance: true },
    says: /a tab at character 14/,
    stricter: unseen,
  },
  'a letter that looks like another': {
    is: "resource.type == 'сompute.googleapis.com/Instance'",
    comes: { instance: false },
    says: /U\+0441 at character 19/,
    stricter: unseen,
  },
  'a mark that turns the direction': {
    is: "resource.name.startsWith('projects/\u202ex')",
    comes: { instance: false },
    says: /U\+202E at character 36/,
    stricter: unseen,
  },
  'a character beyond the basic plane': {
    is: "resource.name.startsWith('projects/\u{1f600}')",
    comes: { instance: false },
    says: /U\+1F600 .*\\U0001F600/,
    stricter: unseen,
  },
  'brackets without end': {
    is: `${'('.repeat(25)}resource.name == 'projects/x'${')'.repeat(25)}`,
    comes: { instance: false },
    says: /more than 24 brackets/,
    stricter: unseen,
  },
  'eleven operators': {
    is: many(12, n => `resource.name != 'projects/${n}'`, ' && '),
    comes: { instance: true },
    says: /11 logical operators, and 10 are the most/,
    stricter: 'IAM takes 12, and two are for the time',
  },
  'eleven operators, some of them not': {
    is: many(6, n => `!resource.name.startsWith('projects/${n}')`, ' && '),
    comes: { instance: true },
    says: /11 logical operators/,
    stricter: 'IAM takes 12, and two are for the time',
  },
}

const fine: Record<string, Fact> = {
  'ten operators': { is: many(11, n => `resource.name != 'projects/${n}'`, ' && '), comes: { instance: true } },
  'operators inside quotes': { is: `resource.name != 'projects/${'&&||!'.repeat(9)}'`, comes: { instance: true } },
  'a comment inside quotes': { is: "resource.name != 'projects/a//b'", comes: { instance: true } },
  'an address inside quotes': { is: "resource.name.endsWith('https://x')", comes: { instance: false } },
  'a raw string inside quotes': { is: `resource.name != 'projects/r"x"'`, comes: { instance: true } },
  'brackets inside quotes': { is: "resource.name != 'projects/) || ('", comes: { instance: true } },
  'a quote inside quotes': { is: String.raw`resource.name != 'projects/it\'s'`, comes: { instance: true } },
  'a backslash at the end of a text': {
    is: String.raw`resource.name != 'projects/\\' && destination.port == 22`,
    comes: { tunnel: 'error', instance: 'error' },
  },
  'a letter by its number': { is: String.raw`resource.name.startsWith('\u0070rojects/')`, comes: { instance: true } },
  'a letter by its long number': {
    is: String.raw`resource.name.startsWith('\U00000070rojects/')`,
    comes: { instance: true },
  },
  'a letter by its code': { is: String.raw`resource.name.startsWith('\x70\162ojects/')`, comes: { instance: true } },
  'a name that ends in r': { is: "resource.name.endsWith('r')", comes: { instance: false } },
  'blanks anywhere': { is: " resource . type  ==  'compute.googleapis.com/Instance' ", comes: { instance: true } },
  'twice not': {
    is: "!!(resource.type == 'compute.googleapis.com/Instance')",
    comes: { instance: true, object: false },
  },
  'a number in sixteens': { is: 'destination.port == 0x16', comes: { tunnel: true } },
  'more brackets than needed': {
    is: "((((resource.type == 'compute.googleapis.com/Instance'))))",
    comes: { instance: true },
  },
  'and before or': {
    is: "resource.type == 'compute.googleapis.com/Instance' || resource.type == 'compute.googleapis.com/Disk' && resource.name.endsWith('x')",
    comes: { instance: true, object: false },
  },
}

/** All conditions, by what they are. */
export const conditions: Record<string, Fact> = {
  ...attributes,
  ...times,
  ...neverEvaluated,
  ...refused,
  ...stricter,
  ...fine,
}
