// The on-call port in memory: who is on call is a table that a test edits while it runs.
import type { Gap } from '../../src/domain/mapping/coverage.ts'
import { displayName } from '../../src/domain/people/display-name.ts'
import { Broken } from '../../src/domain/outcome.ts'
import type { Duty as Described, OnCall, OnCallPerson } from '../../src/domain/ports.ts'

type Of = { escalationPolicy?: string; schedule?: string }
/** A policy or schedule: its name, and who is on call at each level. */
export type Duty = {
  name: string
  levels: Record<number, { email: string; name: string }[]>
  /** The next time without anybody; always, when all levels are empty. */
  gap?: Gap
}

/** Mo is on call at level 1 of PMANAGERS, Ana at level 2. */
export class MemoryOnCall implements OnCall {
  duties: Record<string, Duty> = {
    PMANAGERS: {
      name: 'Platform managers',
      levels: {
        1: [{ email: 'mo@example.com', name: 'Mo Manager' }],
        2: [{ email: 'ana@example.com', name: 'Ana Director' }],
      },
    },
  }
  /** The services that page by each policy or schedule. */
  paging: Record<string, string[]> = { PMANAGERS: ['PSERVICE'] }
  /** Whether PagerDuty does not answer. */
  isSilent = false

  async onCall({ level, ...of }: Of & { level: number }): Promise<OnCallPerson[]> {
    const duty = this.#duty(of)
    // A schedule does not have levels.
    const people = of.escalationPolicy ? (duty?.levels[level] ?? []) : Object.values(duty?.levels ?? {}).flat()
    const once = new Map(people.map(person => [person.email, person]))
    return [...once.values()].map(({ email, name: given }) => {
      const name = displayName(given)
      return { email, ...(name && { name }), source: `${duty?.name ?? ''}, level ${level}` }
    })
  }

  async describe({ level = 1, ...of }: Of & { level?: number }): Promise<Described | undefined> {
    const duty = this.#duty(of)
    if (!duty) return undefined
    const levels = Object.entries(duty.levels).filter(([at, people]) => Number(at) >= level && people.length > 0)
    const now = (levels[0]?.[1] ?? []).map(({ name }) => name)
    const gap = duty.gap ?? (now.length === 0 ? {} : undefined)
    return { name: duty.name, coverage: { now, ...(gap && { gap }) } }
  }

  async services({ escalationPolicy, schedule }: Of): Promise<string[] | undefined> {
    if (this.isSilent) throw new Broken('PagerDuty did not answer.')
    return this.paging[escalationPolicy ?? schedule ?? '']
  }

  #duty({ escalationPolicy, schedule }: Of): Duty | undefined {
    if (this.isSilent) throw new Broken('PagerDuty did not answer.')
    return this.duties[escalationPolicy ?? schedule ?? '']
  }
}
