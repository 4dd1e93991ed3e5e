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
import { Broken, Refused, Waiting } from '../../domain/outcome.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Cookies } from '../web/cookies.ts'
import { type Dependencies, no, type Place, placeOf } from '../dependencies.ts'
import { find, type Item, keep } from '../web/kept-cookies.ts'
import type { VisitKind } from './visits.ts'

/** One mapping and one of its resources. */
export type Pair = { mapping: RoleMapping; resource: string; roles: string[] }
export type Finding = Pair & { right: HeldRight | 'unasked' }

/** As many policies are asked about in one rehearsal, each by two calls, and for so long. */
const [mostResources, longestSeconds] = [30, 20]
const atOnce = 5
/** As many findings fit into a cookie, whatever the other fields are. */
const mostKept = 80

/** What a browser keeps of a rehearsal: who signed in, which mapping was named, and what was found for each pair. */
export type Rehearsed = { email: string; named: string; others: number; rights: Readonly<Record<string, HeldRight>> }

const stored = z.strictObject({
  e: z.string().max(128),
  n: z.string().max(100),
  o: z.int().min(0),
  r: z.record(z.string().max(12), z.enum(heldRights)),
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
    const { named, byDuty } = wanted(email, visit.more, deps)
    const rights = await rightsOf({ email, token: tokens.accessToken }, [...named, ...byDuty], deps)
    // What a person cannot do on a mapping that does not name them would tell them about the mapping.
    const shown = [...named, ...byDuty.filter(pair => isHeld(rights.get(idOf(pair))))].map(idOf)
    const found = shown.flatMap(id => {
      const right = rights.get(id)
      return right === undefined ? [] : [[id, right] as const]
    })
    const kept = new Map(found.slice(0, mostKept))
    const others = new Set(byDuty.filter(pair => !kept.has(idOf(pair))).map(({ mapping }) => mapping.metadata.uid)).size
    const missing = [...kept.values()].filter(isMissing).length
    deps.log.info(
      { person: email, asked: kept.size, missing },
      'auth: an approver rehearsed; nothing was changed and the token was dropped',
    )
    const facts = { e: email, n: visit.more, o: others, r: Object.fromEntries(kept) }
    return { outcome: 'Rehearsed', cookies: keep([{ ...place, facts }], cookies, placeOf(deps)) }
  },
}

/** What this browser keeps of its last rehearsal. */
export function lastRehearsal(cookies: Cookies, where: Place): Rehearsed | undefined {
  const kept = find(place, cookies, where)
  const raw = stored.safeParse(kept?.facts)
  if (!kept?.isOurs || !raw.success) return undefined
  const { e: email, n: named, o: others, r: rights } = raw.data
  return { email, named, others, rights }
}

/** The findings of a rehearsal about the mappings as they are now. */
export function findingsOf({ email, named: typed, rights }: Rehearsed, deps: Dependencies): Finding[] {
  const { named, byDuty } = wanted(email, typed, deps)
  const known = byDuty.filter(pair => rights[idOf(pair)] !== undefined)
  return [...named, ...known].map(pair => ({ ...pair, right: rights[idOf(pair)] ?? 'unasked' }))
}

// A mapping that the person names counts as one that names them: they were told its name.
function wanted(email: string, typed: string, { mappings, people }: Dependencies): { named: Pair[]; byDuty: Pair[] } {
  const { named, byDuty } = approvableBy(email, mappings.list(), people)
  const isTyped = ({ metadata: { namespace, name } }: RoleMapping): boolean =>
    typed !== '' && [name, `${namespace}/${name}`].includes(typed)
  return {
    named: pairsOf([...byDuty.filter(isTyped), ...named]),
    byDuty: pairsOf(byDuty.filter(mapping => !isTyped(mapping))),
  }
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

function isHeld(right: HeldRight | undefined): boolean {
  return right !== undefined && ['can', 'covered', 'narrow', 'unsure', 'unseen'].includes(right)
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
  const answers = new Map<string, Answers | 'unknown'>()
  const left = [...resources]
  const until = after(deps.clock.now(), longestSeconds)
  const work = async (): Promise<void> => {
    for (let resource = left.shift(); resource !== undefined; resource = left.shift())
      answers.set(resource, deps.clock.now() < until ? await answerFor(resource, token, deps) : 'unknown')
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return answers
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
