// The rules of mappings over time, next to the rules under which people approved. Pure.
import type { Finding, FindingKind } from './finding.ts'
import { hashOfRules, nameOf, nameOfMapping, type ToldMapping, type ToldStep } from './told.ts'

/** What is wrong with the rules of mappings, and with approvals under them. */
export function checkMappings(told: readonly ToldMapping[], approvals: readonly ToldStep[]): Finding[] {
  const byMapping = Map.groupBy(told, ({ mapping: { namespace, name } }) => `${namespace}/${name}`)
  return [...byMapping].flatMap(([name, all]) => {
    const own = approvals.filter(({ request, roleMapping }) => `${request.namespace}/${roleMapping}` === name)
    const byUid = [...Map.groupBy(all, ({ mapping }) => mapping.uid).values()].map(onceEach)
    return [
      ...byUid.flatMap(one => [...gaps(one), ...doubled(one, all), ...broken(one, all), ...flips(one, own)]),
      ...unknown(all, own),
    ]
  })
}

const sayOf =
  (told: ToldMapping) =>
  (kind: FindingKind, why: string): Finding => ({ kind, about: nameOfMapping(told), why })

// A generation that was logged twice after a crash counts from the first time.
function onceEach(told: readonly ToldMapping[]): ToldMapping[] {
  const inTime = told.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
  const first = new Map<number, ToldMapping>()
  for (const one of inTime) if (!first.has(one.mapping.generation)) first.set(one.mapping.generation, one)
  return [...first.values()].toSorted((a, b) => a.mapping.generation - b.mapping.generation)
}

function doubled(once: readonly ToldMapping[], all: readonly ToldMapping[]): Finding[] {
  return once.flatMap(one => {
    const { uid, generation } = one.mapping
    const other = all.find(
      ({ mapping, rules }) => mapping.uid === uid && mapping.generation === generation && rules !== one.rules,
    )
    return other ? [sayOf(one)('altered', `generation ${generation} has two different rules`)] : []
  })
}

// An export may begin anywhere, so its first entry may follow one that is not in it. Numbers may have gaps: the controller
// does not see every generation of quick edits.
function gaps(told: readonly ToldMapping[]): Finding[] {
  const known = new Set(told.map(({ mapping }) => mapping.generation))
  return told.slice(1).flatMap(one => {
    const { follows, generation } = one.mapping
    if (follows === undefined || known.has(follows)) return []
    return [sayOf(one)('missing', `generation ${follows}, which generation ${generation} follows`)]
  })
}

/** Rules that do not say what their hash is of, and rules that are not those which the next ones came after. */
function broken(once: readonly ToldMapping[], all: readonly ToldMapping[]): Finding[] {
  return once.flatMap(one => {
    const { uid, generation, follows } = one.mapping
    const say = sayOf(one)
    if (isOtherThanHashed(one)) return [say('altered', `generation ${generation} does not say what its hash is of`)]
    // After a crash there are two of one generation, which differ in their time.
    const before = all.filter(({ mapping }) => mapping.uid === uid && mapping.generation === follows)
    if (one.previous === undefined || before.length === 0) return []
    if (before.some(other => hashOfRules(other) === one.previous)) return []
    return [say('altered', `generation ${follows} is not the one that generation ${generation} came after`)]
  })
}

/** Since when the rules of a generation have a hash. */
const hashedSince = 3

function isOtherThanHashed(told: ToldMapping): boolean {
  const { schemaVersion, hash } = told
  return hash === undefined ? schemaVersion >= hashedSince : hash !== hashOfRules(told)
}

/** Rules between two times of the same other rules, and under which somebody approved. */
function flips(told: readonly ToldMapping[], approvals: readonly ToldStep[]): Finding[] {
  return told.flatMap((one, i) => {
    const [before, next] = [told[i - 1], told[i + 1]]
    if (!before || !next || before.rules !== next.rules || one.rules === next.rules) return []
    const used = approvals.filter(({ details }) => details['rules'] === one.rules)
    const [first] = used
    if (!first) return []
    const why = `generation ${one.mapping.generation} was in force for ${used.length === 1 ? 'one approval' : `${used.length} approvals`} (${nameOf(first)}), and then the rules before it again`
    return [sayOf(one)('flipped', why)]
  })
}

/** Approvals under rules that no generation has, of mappings whose rules are in the log since before. */
function unknown(told: readonly ToldMapping[], approvals: readonly ToldStep[]): Finding[] {
  const known = new Set(told.map(({ rules }) => rules))
  const since = Math.min(...told.map(({ at }) => Date.parse(at)))
  return approvals.flatMap(step => {
    const { rules } = step.details
    if (rules === undefined || known.has(rules) || Date.parse(step.at) < since) return []
    return [
      {
        kind: 'missing',
        about: nameOf(step),
        why: `the rules under which ${step.actor} approved are those of no known generation`,
      },
    ]
  })
}
