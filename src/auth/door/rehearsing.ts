// The rehearsal of an approver: signs in with access to Google Cloud, asks Google about the policies of the mappings that
// the person may approve, and drops the token. It reads; nothing is changed, and nothing is stored but a line in the log.
import { z } from 'zod'
import type { RoleMapping } from '../../api/kinds.ts'
import { refuseScopes } from '../../domain/approval/approval.ts'
import { sha256 } from '../../domain/approval/digest.ts'
import { after } from '../../domain/asking/duration.ts'
import {
  type Answers,
  approvableBy,
  type HeldRight,
  heldRight,
  heldRights,
  isMissing,
} from '../../domain/approval/held-rights.ts'
import type { Email } from '../../domain/people/identity.ts'
import { fewAtOnce } from '../../domain/few-at-once.ts'
import { Broken, Refused, Waiting } from '../../domain/outcome.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Cookies } from '../web/cookies.ts'
import { type Dependencies, no, type Place, placeOf } from '../dependencies.ts'
import { find, type Item, keep } from '../web/kept-cookies.ts'
import { type Membership, membershipsOf } from './memberships.ts'
import type { VisitKind } from './visits.ts'

/** One mapping and one of its resources. */
export type Pair = { mapping: RoleMapping; resource: string; roles: string[] }
export type Finding = Pair & { right: HeldRight | 'unasked' }

/** As many policies are asked about in one rehearsal, each by two calls, and for so long. */
const [mostResources, longestSeconds] = [30, 20]
/** Google is asked about groups before, for so long. */
const longestGroupsSeconds = 10
const atOnce = 5
/** As many findings fit into a cookie, whatever the other fields are. */
const mostKept = 80

/** The number of mappings of which Google did not say whether a group lets the person approve them, by the reason. */
export type UnknownGroups = { unread: number; silent: number }
/** What a browser keeps of a rehearsal: who signed in, which mapping was named, and what was found for each pair. */
export type Rehearsed = {
  email: string
  named: string
  others: number
  rights: Readonly<Record<string, Finding['right']>>
  groups: UnknownGroups
}

const count = z.int().min(0)
const stored = z.strictObject({
  e: z.string().max(128),
  n: z.string().max(100),
  o: count,
  r: z.record(z.string().max(12), z.enum([...heldRights, 'unasked'])),
  u: count,
  s: count,
  a: z.int(),
})
const place: Omit<Item, 'facts'> = { kind: 'rights', id: 'rehearsal-000000' }

/** The rehearsal as a purpose of signing in. */
export const rehearsal: VisitKind = {
  access: 'cloud',
  goingOn: 'Nothing is changed. Your rights are only checked.',
  path: '/me',
  arrive: async ({ person: { email }, tokens, visit, cookies }, deps) => {
    const refused = refuseScopes(tokens.scopes)
    if (refused) throw no(refused)
    const { mine, perhaps, groups, duty } = await approvable(email, visit.more, deps)
    const rights = await rightsOf({ email, token: tokens.accessToken }, [...mine, ...perhaps], deps)
    const kept = [...shown({ mine, perhaps }, rights)].slice(0, mostKept)
    const rehearsed = { email, named: visit.more, rights: Object.fromEntries(kept) }
    const listed = new Set(findingsOf(rehearsed, deps).map(idOf))
    const others = [...mine, ...duty].filter(pair => !listed.has(idOf(pair))).map(({ mapping }) => mapping)
    const missing = kept.filter(([, right]) => isMissing(right)).length
    const asked = kept.filter(([, right]) => right !== 'unasked').length
    deps.log.info(
      { person: email, asked, missing },
      'auth: an approver rehearsed; nothing was changed and the token was dropped',
    )
    const { unread: u, silent: s } = groups
    const facts = { e: email, n: visit.more, o: new Set(others).size, r: rehearsed.rights, u, s }
    return { outcome: 'Rehearsed', cookies: keep([{ ...place, facts }], cookies, placeOf(deps)) }
  },
}

// What a person cannot do on a mapping that does not let them approve would tell them about the mapping.
function shown({ mine, perhaps }: Wanted, rights: ReadonlyMap<string, HeldRight>): Map<string, Finding['right']> {
  const held = perhaps.flatMap(pair => {
    const right = rights.get(idOf(pair))
    return right !== undefined && isHeld(right) ? [[idOf(pair), right] as const] : []
  })
  return new Map([...mine.map(pair => [idOf(pair), rights.get(idOf(pair)) ?? 'unasked'] as const), ...held])
}

/** What this browser keeps of its last rehearsal. */
export function lastRehearsal(cookies: Cookies, where: Place): Rehearsed | undefined {
  const kept = find(place, cookies, where)
  const raw = stored.safeParse(kept?.facts)
  if (!kept?.isOurs || !raw.success) return undefined
  const { e: email, n: named, o: others, r: rights, u: unread, s: silent } = raw.data
  return { email, named, others, rights, groups: { unread, silent } }
}

/** The findings of a rehearsal about the mappings as they are now. */
export function findingsOf(
  { email, named: typed, rights }: Pick<Rehearsed, 'email' | 'named' | 'rights'>,
  { mappings, people }: Pick<Dependencies, 'mappings' | 'people'>,
): Finding[] {
  const { named, byDuty, byGroup } = approvableBy(email, mappings.list(), people)
  const own = [...byDuty.filter(isTyped(typed)), ...named]
  const others = [...new Set([...byGroup, ...byDuty])].filter(mapping => !own.includes(mapping))
  const known = pairsOf(others).filter(pair => rights[idOf(pair)] !== undefined)
  return [...pairsOf(own), ...known].map(pair => ({ ...pair, right: rights[idOf(pair)] ?? 'unasked' }))
}

/** What the person may approve, and what they perhaps may. */
type Wanted = { mine: Pair[]; perhaps: Pair[] }
/** `duty` is the part of `perhaps` in which others decide who is asked. */
type Found = Wanted & { duty: Pair[]; groups: UnknownGroups }

// A mapping that the person names counts as one that names them: they were told its name.
async function approvable(email: Email, typed: string, deps: Dependencies): Promise<Found> {
  const { named, byDuty, byGroup } = approvableBy(email, deps.mappings.list(), deps.people)
  const until = after(deps.clock.now(), longestGroupsSeconds)
  const memberships = await membershipsOf({ email, until }, byGroup, deps)
  const those = (is: Membership): RoleMapping[] => byGroup.filter(mapping => memberships.get(mapping) === is)
  const [unread, silent] = [those('unread'), those('silent')]
  const others = [...new Set([...byDuty, ...unread, ...silent])]
  const mine = new Set([...others.filter(isTyped(typed)), ...named, ...those('in')])
  const perhaps = others.filter(mapping => !mine.has(mapping))
  return {
    mine: pairsOf([...mine]),
    perhaps: pairsOf(perhaps),
    duty: pairsOf(perhaps.filter(mapping => byDuty.includes(mapping))),
    groups: { unread: unread.length, silent: silent.length },
  }
}

function isTyped(typed: string): (mapping: RoleMapping) => boolean {
  return ({ metadata: { namespace, name } }) => typed !== '' && [name, `${namespace}/${name}`].includes(typed)
}

function pairsOf(mappings: readonly RoleMapping[]): Pair[] {
  return mappings.flatMap(mapping => {
    const { grants } = mapping.spec
    const resources = [...new Set(grants.map(({ resource }) => resource))]
    return resources.map(resource => ({
      mapping,
      resource,
      roles: grants.filter(grant => grant.resource === resource).map(({ role }) => role),
    }))
  })
}

function idOf({ mapping: { metadata }, resource }: Pair): string {
  return sha256(`${metadata.uid} ${resource}`).slice(0, 12)
}

function isHeld(right: HeldRight): boolean {
  return ['can', 'covered', 'narrow', 'unsure', 'unseen'].includes(right)
}

type Person = { email: Email; token: Secret }

async function rightsOf(person: Person, pairs: readonly Pair[], deps: Dependencies): Promise<Map<string, HeldRight>> {
  const resources = [...new Set(pairs.map(({ resource }) => resource))].slice(0, mostResources)
  const answers = await answersFor(resources, person, deps)
  const found = pairs.flatMap(pair => {
    const answer = answers.get(pair.resource)
    if (answer === undefined) return []
    const right = answer === 'unknown' ? answer : heldRight(answer, person.email, pair)
    return [[idOf(pair), right] as const]
  })
  return new Map(found)
}

/** Asks about a few policies at a time, so that no approver's rehearsal keeps the others from Google. */
async function answersFor(
  resources: readonly string[],
  { token }: Person,
  deps: Dependencies,
): Promise<Map<string, Answers | 'unknown'>> {
  const until = after(deps.clock.now(), longestSeconds)
  const answers = await fewAtOnce(resources, atOnce, async resource => {
    const isLate = deps.clock.now() >= until
    return [resource, isLate ? 'unknown' : await answerFor(resource, token, deps)] as const
  })
  return new Map(answers)
}

async function answerFor(
  resource: string,
  token: Secret,
  { policies, log }: Dependencies,
): Promise<Answers | 'unknown'> {
  try {
    const [mayWrite, policy] = await Promise.all([
      policies.mayWrite(resource, token),
      policies.read(resource, token).catch(notPermitted),
    ])
    return { mayWrite, policy }
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Broken || error instanceof Waiting)) throw error
    const why = error instanceof Refused ? error.refusal.reason : error.message
    log.warn({ resource, why }, 'auth: Google could not be asked about the rights of an approver; the page says so')
    return 'unknown'
  }
}

function notPermitted(error: unknown): undefined {
  if (!(error instanceof Refused && error.refusal.reason === 'AccessDenied')) throw error
}
