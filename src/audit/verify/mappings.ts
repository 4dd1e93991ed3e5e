// The rules of mappings over time, next to the rules under which people approved. Pure.
import type { Finding, FindingKind } from './finding.ts'
import { inOrder, isBefore, type Order, type Placed } from './order.ts'
import { hashOfRules, nameOf, nameOfMapping, type ToldMapping, type ToldStep } from './told.ts'

/** All generations of the mappings with one name. */
type Named = { all: ToldMapping[]; byUid: ToldMapping[][]; known: ReadonlySet<string>; since: number }
/** Approvals under rules that were in force between two times of the same other rules. */
type Used = { count: number; first: Placed<string> }

/** Judges the rules of mappings, and approvals one by one, in any order. */
export class RulesCheck {
  readonly #mappings: ReadonlyMap<string, Named>
  /** By the name of the mapping and the rules. */
  readonly #used = new Map<string, Used>()
  readonly #unknown = new Map<string, Placed<Finding>[]>()

  constructor(told: readonly ToldMapping[]) {
    const byMapping = Map.groupBy(told, ({ mapping: { namespace, name } }) => `${namespace}/${name}`)
    this.#mappings = new Map([...byMapping].map(([name, all]) => [name, named(all)]))
  }

  /** One step of a request. */
  judge(step: ToldStep, order: Order): void {
    if (step.event !== 'Approved' && step.event !== 'ApprovalCounted') return
    const name = `${step.request.namespace}/${step.roleMapping}`
    const mapping = this.#mappings.get(name)
    const { rules } = step.details
    if (!mapping || rules === undefined) return
    if (!mapping.known.has(rules)) {
      if (Date.parse(step.at) < mapping.since) return
      const why = `the rules under which ${step.actor} approved are those of no known generation`
      const finding: Finding = { kind: 'missing', about: nameOf(step), why }
      this.#unknown.set(name, [...(this.#unknown.get(name) ?? []), { order, value: finding }])
    } else this.#use(`${name} ${rules}`, { order, value: nameOf(step) })
  }

  /** What is wrong with the rules of mappings, and with approvals under them. */
  findings(): Finding[] {
    return [...this.#mappings].flatMap(([name, { all, byUid }]) => [
      ...byUid.flatMap(one => [
        ...gaps(one),
        ...doubled(one, all),
        ...broken(one, all),
        ...flips(one, rules => this.#used.get(`${name} ${rules}`)),
      ]),
      ...inOrder(this.#unknown.get(name) ?? []),
    ])
  }

  #use(key: string, one: Placed<string>): void {
    const { count, first } = this.#used.get(key) ?? { count: 0, first: one }
    this.#used.set(key, { count: count + 1, first: isBefore(one.order, first.order) ? one : first })
  }
}

function named(all: ToldMapping[]): Named {
  const byUid = [...Map.groupBy(all, ({ mapping }) => mapping.uid).values()].map(onceEach)
  const since = Math.min(...all.map(({ at }) => Date.parse(at)))
  return { all, byUid, known: new Set(all.map(({ rules }) => rules)), since }
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
function flips(told: readonly ToldMapping[], usedOf: (rules: string) => Used | undefined): Finding[] {
  return told.flatMap((one, i) => {
    const [before, next] = [told[i - 1], told[i + 1]]
    if (!before || !next || before.rules !== next.rules || one.rules === next.rules) return []
    const used = usedOf(one.rules)
    if (!used) return []
    const approvals = used.count === 1 ? 'one approval' : `${used.count} approvals`
    const why = `generation ${one.mapping.generation} was in force for ${approvals} (${used.first.value}), and then the rules before it again`
    return [sayOf(one)('flipped', why)]
  })
}
