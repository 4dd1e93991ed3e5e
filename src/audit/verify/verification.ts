// Checks a whole log: takes entries in any order, and says at the end what is wrong. What belongs to one request may be
// anywhere in the log, so it is kept, on disk if it is much, and judged request by request.
import { clientIn, replayed, type Trusted, type Use } from './evidence.ts'
import type { Finding } from './finding.ts'
import { Intake, type Kept, type Late, type Read } from './intake.ts'
import { RulesCheck } from './mappings.ts'
import { inOrder, isBefore, type Order, type Placed } from './order.ts'
import { receivedBefore } from './receipt.ts'
import { checkRequest, type Request, requestsIn, type Surroundings, unclaimed } from './requests.ts'
import { Spill, type Spilling } from './spill.ts'
import { nameOf, nameOfMapping, type ToldStep } from './told.ts'

/**
 * The result: what was read, until when the log goes, the OAuth clients of the sign-ins, entries that came late, and everything
 * that is wrong.
 */
export type Verified = { read: Read; end: Date | undefined; clients: string[]; late?: Late; findings: Finding[] }

/** A check of one log. `trusted`: what counts, besides what the log says of itself. */
export class Verification {
  readonly #trusted: Trusted
  readonly #kept: Spill<Kept>
  readonly #uses: Spill<Use>
  readonly #intake: Intake

  constructor(trusted: Trusted, spilling: Spilling) {
    this.#trusted = trusted
    this.#kept = new Spill(spilling)
    this.#uses = new Spill(spilling)
    this.#intake = new Intake(kept => this.#kept.add(kept.uid, kept))
  }

  /** One entry, of any system. Throws when the disk is full. */
  push(entry: unknown): void {
    this.#intake.take(entry)
  }

  /** What is wrong. */
  result(): Verified {
    const { read, mappings, installations, covered, publishesSince, late } = this.#intake
    const end = new Date(this.#intake.end)
    const around = { trusted: this.#trusted, span: { publishes: new Date(publishesSince), end }, covered }
    const judged = new Judged(around, new RulesCheck(mappings), this.#uses)
    for (const records of this.#kept.read()) for (const request of requestsIn(records)) judged.take(request)
    const clients = judged.clients()
    const findings = [
      ...judged.findings(),
      ...inOrder([...this.#uses.read()].flatMap(replayed)),
      ...mappings.flatMap(one => receivedBefore([one], nameOfMapping(one))),
      ...judged.rules.findings(),
      ...several(installations),
      ...judged.unclaimed(),
      ...(clients.size > 1 && !this.#trusted.clients ? [severalClients(clients)] : []),
    ]
    return {
      read: { ...read, requests: judged.requests },
      end: Number.isFinite(end.getTime()) ? end : undefined,
      clients: [...clients.keys()],
      ...(late && { late }),
      findings,
    }
  }

  /** Must be called at the end. */
  close(): void {
    this.#kept.close()
    this.#uses.close()
  }
}

/** What is known of all requests, one after the other, in any order. */
class Judged {
  readonly rules: RulesCheck
  /** How many of them have steps. */
  requests = 0
  readonly #around: Surroundings
  readonly #uses: Spill<Use>
  readonly #findings: Placed<Finding[]>[] = []
  readonly #unclaimed: Placed<Finding>[] = []
  readonly #clients = new Map<string, Placed<string>>()

  constructor(around: Surroundings, rules: RulesCheck, uses: Spill<Use>) {
    this.#around = around
    this.rules = rules
    this.#uses = uses
  }

  take(request: Request): void {
    if (request.steps.length > 0) this.requests++
    const { findings, steps } = checkRequest(request, this.#around)
    if (findings.length > 0) this.#findings.push({ order: [request.order, 0], value: findings })
    for (const { order, finding } of unclaimed(request)) this.#unclaimed.push({ order: [order, 0], value: finding })
    for (const [i, step] of steps.entries()) this.rules.judge(step, [request.order, i])
    this.#note(request, steps)
  }

  findings(): Finding[] {
    return inOrder(this.#findings).flat()
  }

  unclaimed(): Finding[] {
    return inOrder(this.#unclaimed)
  }

  /** The OAuth clients for which people signed in, each with the request of its first sign-in. */
  clients(): Map<string, string> {
    const all = [...this.#clients].map(([client, { order, value }]) => ({ order, value: [client, value] as const }))
    return new Map(inOrder(all))
  }

  #note({ uid, order: request, evidence }: Request, steps: readonly ToldStep[]): void {
    for (const [i, one] of [...evidence, ...steps].entries()) {
      const order: Order = [request, i]
      const hash = 'seq' in one ? one.details['evidence'] : one.evidence
      if (hash !== undefined) this.#uses.add(hash, { hash, uid, about: nameOf(one), order })
      if ('seq' in one) continue
      const client = clientIn(one)
      const known = this.#clients.get(client)
      if (!known || isBefore(order, known.order)) this.#clients.set(client, { order, value: nameOf(one) })
    }
  }
}

function several(installations: ReadonlyMap<string, string>): Finding[] {
  if (installations.size < 2) return []
  const named = [...installations].map(([address, first]) => `${address} (${first})`).join(' and ')
  return [{ kind: 'installations', about: 'the log', why: `it has entries of ${named}` }]
}

function severalClients(clients: ReadonlyMap<string, string>): Finding {
  const named = [...clients].map(([client, first]) => `"${client}" (${first})`).join(' and ')
  return { kind: 'installations', about: 'the log', why: `it has sign-ins for several OAuth clients: ${named}` }
}
