// What a check of `hallpass doctor` is: one question about an installation, and what may be found. It changes nothing.
import type { RoleMapping } from '../../api/kinds.ts'
import type { Clock } from '../../domain/ports.ts'
import type { Transport } from '../../kube/transport.ts'
import type { Cluster } from '../cluster.ts'
import type { Config } from '../config.ts'

/** The processes that are examined. */
export const processes = ['gateway', 'auth', 'controller'] as const
export type Process = (typeof processes)[number]

export type Component =
  'settings' | 'cluster' | 'slack' | 'pagerduty' | 'kms' | 'logging' | 'oauth' | 'network' | 'clock'

/**
 * What was found, in one sentence, and for what is wrong the command or setting that corrects it. `unknown`: it cannot be
 * known, and `says` is why.
 */
export type Found =
  | { result: 'ok'; says: string }
  | { result: 'wrong'; says: string; remedy: string }
  | { result: 'unknown'; says: string; remedy?: string }

/** One installation, as the doctor reaches it. Each part is opened when it is first asked for. */
export type Installation = {
  config: Config
  clock: Clock
  /** How long a service may take to answer, in milliseconds: nobody waits here but the person who asks. */
  withinMs: number
  /** Whom Google sees: the process itself, the one identity of `hallpass all`, or the person who runs the doctor. */
  googleSees: 'process' | 'all' | 'person'
  /** Rejects with ClusterUnreachable. */
  cluster(): Promise<Cluster>
  /** The API server as this process: by its own account, or by impersonation of it. */
  as(process: Process): Promise<Transport>
  /** Every mapping of the watched namespaces. */
  mappings(): Promise<RoleMapping[]>
}

export type Check = {
  id: string
  component: Component
  /** The processes that depend on the answer. */
  of: readonly Process[]
  asks: string
  /** The answer may differ between processes, so it is asked for each. Otherwise it is asked once. */
  isOfEach?: boolean
  /** No process has the right to see it, so it is not asked from a pod. */
  needsAdministrator?: boolean
  /** The longest time in milliseconds, if it is not the usual one. */
  withinMs?: number
  /** What was found: several only when several things are wrong. Rejects when it cannot be known. */
  look(installation: Installation, process: Process): Promise<Found | Found[]>
}

/** One row of the answer. */
export type Row = {
  id: string
  component: Component
  process: Process
  asks: string
  result: Found['result']
  says: string
  remedy?: string
}

export const ok = (says: string): Found => ({ result: 'ok', says })
export const wrong = (says: string, remedy: string): Found => ({ result: 'wrong', says, remedy })
export const unknown = (says: string, remedy?: string): Found => ({
  result: 'unknown',
  says,
  ...(remedy !== undefined && { remedy }),
})

/** All that is wrong; if nothing is, the sentence that says so. */
export function unlessWrong(found: readonly Found[], says: string): Found | Found[] {
  return found.length > 0 ? [...found] : ok(says)
}

/** Google's answer would be about the person who asks. */
export const seesYou = (process: Process): Found =>
  unknown(
    `Google sees you here, and not the ${process}.`,
    `Run it as the ${process}, in a pod: deploy/doctor, docs/doctor.md.`,
  )
