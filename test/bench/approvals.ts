// 200 approvals at once, on one project and on fifty, by five approvers: whether any is lost, whether we conflict with
// ourselves, and how much longer they take than one after another must. Next to them two loops of other tools.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { titleOf } from '../../src/domain/granting/policy.ts'
import { withBindings } from '../../src/domain/granting/adding.ts'
import { grantsOn, latencyMs, openPlace, type Place, withStranger } from './approvals-place.ts'
import { openHouse } from './approvals-house.ts'
import { endless409, fourTries, type Loop, only412 } from './other-loops.ts'
import { type Line, lineOf } from './report.ts'

/**
 * How much is played. A play that needs more than `cap` times the serial minimum is ended. A loop of another tool is ended
 * after `loopCap` times of it.
 */
export type ApprovalsScale = {
  approvals: number
  projects: number
  speed: number
  strangerSeconds: number
  cap: number
  loopCap: number
}

/** Nothing is scaled. */
export const fullApprovals: ApprovalsScale = {
  approvals: 200,
  projects: 50,
  speed: 1,
  strangerSeconds: 10,
  cap: 3,
  loopCap: 1,
}
/** Four times as fast, for a look. */
export const fewApprovals: ApprovalsScale = { ...fullApprovals, speed: 4 }
/** Four approvals: that it works. A busy machine has time enough. */
export const smokeApprovals: ApprovalsScale = {
  approvals: 4,
  projects: 2,
  speed: 20,
  strangerSeconds: 1,
  cap: 500,
  loopCap: 500,
}

/** What came of one play. */
export type Played = {
  /** Approvals whose entries are in the policies, each exactly once. */
  granted: number
  /** Approvals without their entries when the play ended. */
  lost: number
  /** From the return of the approvers to the last entry, by the clock of the place. */
  seconds: number
  /** Writes that Google answered with a conflict, and calls that it refused for the quota. */
  conflicts: number
  overQuota: number
  /** The most writes of one approval. */
  mostWrites: number
  /** What the same approvals take when the two calls are made directly, one after another, in the same conditions. */
  bareSeconds: number
  /** How often a stranger changed the policy. */
  strangers: number
}

type Play = { projects: number; houses?: number; strangerSeconds?: number; loop?: Loop }

/** The seconds that approvals on one policy need one after another, each a read and a write. */
export function serialSeconds(approvals: number): number {
  return (approvals * (latencyMs.read + latencyMs.write)) / 1000
}

/** Plays one case. */
export async function play(
  scale: ApprovalsScale,
  { projects, houses = 1, strangerSeconds, loop }: Play,
): Promise<Played> {
  const place = await openPlace(projects, scale.speed)
  const own = loop ? [] : Array.from({ length: houses }, (_, n) => openHouse(place, n + 3))
  try {
    await Promise.all(own.map(house => house.ask(scale.approvals / houses)))
    const working = measured(place, { ...scale, cap: loop ? scale.loopCap : scale.cap }, async isOver => {
      if (loop) return runLoops(place, scale.approvals, { loop, isOver })
      await Promise.all(own.map(house => house.approveAll()))
      return 'goes on'
    })
    const [played, strangers] = strangerSeconds
      ? await withStranger(place, strangerSeconds, working)
      : [await working, 0]
    return { ...played, strangers, bareSeconds: await bareSeconds(place, scale.approvals / projects) }
  } finally {
    await Promise.all(own.map(house => house.stop()))
    await place.close()
  }
}

/** The controller goes on after the approvals are stored; a loop ends by itself. */
type Work = (isOver: () => boolean) => Promise<'ended' | 'goes on'>

async function measured(
  place: Place,
  scale: ApprovalsScale,
  work: Work,
): Promise<Omit<Played, 'strangers' | 'bareSeconds'>> {
  const { approvals, speed, cap } = scale
  const { google } = place
  const [callsBefore, refusedBefore] = [google.calls.length, google.quota.refused]
  const began = performance.now()
  const seconds = (at = performance.now()): number => ((at - began) * speed) / 1000
  const entries = watchEntries(place)
  const isOver = (): boolean => seconds() > cap * serialSeconds(approvals)
  let hasEnded = false
  const working = work(isOver).then(end => void (hasEnded = end === 'ended'))
  while (entries.titles.size < approvals && !isOver() && !hasEnded) await sleep(5)
  await working
  const writes = google.calls.slice(callsBefore).filter(({ method }) => method === 'SetIamPolicy')
  const own = writes.filter(({ reasonHeader = '' }) => reasonHeader.startsWith('hallpass '))
  const granted = grantedOnce(place)
  return {
    granted,
    lost: approvals - granted,
    // Google has answered the last write by then.
    seconds: seconds(entries.lastAt) + latencyMs.write / 1000,
    conflicts: own.filter(({ status }) => status === 409).length,
    overQuota: google.quota.refused - refusedBefore,
    mostWrites: Math.max(
      0,
      ...Map.groupBy(own, ({ reasonHeader }) => reasonHeader)
        .values()
        .map(all => all.length),
    ),
  }
}

/** The titles of our entries that were written, and when the last new one was. */
function watchEntries({ google: { policies } }: Place): { titles: Set<string>; lastAt: number } {
  const seen = { titles: new Set<string>(), lastAt: performance.now() }
  const replace = policies.replace.bind(policies)
  policies.replace = (resource, policy) => {
    const before = seen.titles.size
    for (const { condition } of policy.bindings)
      if (condition?.title?.startsWith('hallpass ')) seen.titles.add(condition.title)
    if (seen.titles.size > before) seen.lastAt = performance.now()
    return replace(resource, policy)
  }
  return seen
}

/** Approvals with each of their entries exactly once. */
function grantedOnce({ google, projects }: Place): number {
  const entries = projects.flatMap(project => google.policies.read(project)?.bindings ?? [])
  const ours = entries.filter(({ condition }) => condition?.title?.startsWith('hallpass '))
  const byTitle = Map.groupBy(ours, ({ condition }) => condition?.title)
  const count = grantsOn('').length
  return [...byTitle.values()].filter(
    all => all.length === count && new Set(all.map(({ role }) => role)).size === count,
  ).length
}

/** So many times the two calls are made directly. */
const bareRounds = 5

async function bareSeconds(place: Place, approvals: number): Promise<number> {
  const { policies, projects, approvers, now, google } = place
  // The play may have used up the quota of this minute.
  Object.assign(google.quota.perMinute, { read: Infinity, write: Infinity })
  const [resource = ''] = projects
  const [{ token } = {}] = approvers
  if (!token) throw new Error('there is no approver')
  const began = now()
  for (let round = 0; round < bareRounds; round++)
    await policies.write(resource, { ...(await policies.read(resource, token)), version: 3 }, token, 'bare')
  return ((now().getTime() - began.getTime()) / 1000 / bareRounds) * approvals
}

type Looping = { loop: Loop; isOver: () => boolean }

async function runLoops(place: Place, approvals: number, { loop, isOver }: Looping): Promise<'ended'> {
  const { policies, projects, approvers, requesters, now, pause } = place
  const changes = Array.from({ length: approvals }, async (_, n) => {
    const resource = projects[n % projects.length] ?? ''
    const uid = `99999999-0000-4000-8000-${String(n).padStart(12, '0')}`
    const startsAt = new Date(now().getTime() + n * 1000)
    const entry = { uid, member: `user:${requesters[n % requesters.length]}`, startsAt, description: '' }
    const expiresAt = new Date(startsAt.getTime() + 3_600_000)
    const wanted = grantsOn(resource).map(({ role }) => ({ ...entry, role, expiresAt }))
    const { token } = approvers[n % approvers.length] ?? {}
    if (!token) throw new Error('there is no approver')
    const edit: Parameters<Loop>[0]['edit'] = policy => withBindings(policy, wanted, now())
    // What none of the loops expects, such as a quota, ends it.
    await loop({ policies, resource, token, reason: titleOf(uid), edit, pause, isOver }).catch(() => undefined)
  })
  await Promise.all(changes)
  return 'ended'
}

/** Plays every case. */
export async function approvals(scale: ApprovalsScale, say: (line: string) => void): Promise<Line[]> {
  const { approvals: all, projects, strangerSeconds, speed } = scale
  const one = serialSeconds(all)
  const minutes = Math.ceil((one * (3.5 + scale.loopCap) + 60) / speed / 60)
  const words = speed === 1 ? 'nothing is scaled' : `all but computing is ${speed} times as fast`
  say(`approvals: ${all} at once; ${words}; about ${minutes} minutes`)
  const lines: Line[] = []
  const add = async (name: string, how: Play, goal?: number): Promise<void> => {
    const played = await play(scale, how)
    lines.push(...linesOf(name, played, { all, goal, serial: serialSeconds(all / how.projects) }))
  }
  await add('one project', { projects: 1 }, 1.1)
  await add(`one project, a stranger every ${strangerSeconds} s`, { projects: 1, strangerSeconds }, 1.25)
  await add('one project, two installations', { projects: 1, houses: 2 })
  await add(`${projects} projects`, { projects })
  await add('a loop that repeats 412 only', { projects: 1, loop: only412 })
  await add('four tries, 200 ms between them', { projects: 1, loop: fourTries })
  await add('5 s after each 409, without an end', { projects: 1, loop: endless409 })
  return lines
}

type Judged = { all: number; goal: number | undefined; serial: number }

function linesOf(name: string, played: Played, { all, goal, serial }: Judged): Line[] {
  const bench = 'approvals'
  const against = 'the serial minimum'
  const count = (measure: string, value: number): Line =>
    lineOf({ bench, measure: `${name}: ${measure}`, unit: '' }, [value])
  const unjudged = { bench, measure: `${name}: return to last binding`, unit: 's', against } as const
  return [
    lineOf({ ...unjudged, ...(goal && { goal }) }, [played.seconds], [serial]),
    lineOf({ ...unjudged, against: 'the bare calls one after another' }, [played.seconds], [played.bareSeconds]),
    count(`lost of ${all}`, played.lost),
    count('conflicts', played.conflicts),
    count('most writes of one approval', played.mostWrites),
    ...(played.overQuota > 0 ? [count('calls over the quota', played.overQuota)] : []),
    ...(played.strangers > 0 ? [count('changes by the stranger', played.strangers)] : []),
  ]
}
