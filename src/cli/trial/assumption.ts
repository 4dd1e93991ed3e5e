// What an assumption about an outside service is: a sentence that the simulators and the product take as true, and a check
// that asks the real service. Data and pure comparisons; the runner asks, runs and undoes.
import type { TrialServices } from '../../app/trial.ts'
import type { Email } from '../../domain/people/identity.ts'

/** The resources that the person has named, all of them throwaway. */
export type Places = {
  /** `projects/ID`. */
  project: string
  channel: string
  /** A public channel without the app. */
  outsideChannel?: string
  /** The person who runs the trial: in Google, Slack and PagerDuty. */
  person: Email
  policy: string
  schedule?: string
  /** Throwaway resources that have their own policy, by their full names. */
  resources: readonly string[]
  /** A throwaway bucket without uniform access, by its full name. */
  fineBucket?: string
  /** A route of pagerduty.routes whose service is throwaway. */
  route?: string
  /** A security group of Google that lists the person, and that nobody can join by themselves. It is only read. */
  group?: string
  /** A KMS key that the person may encrypt and decrypt with. */
  key: string
  /** The command that reaches every mapping, such as `/access`. */
  command: string
}

/** What a check may use. */
export type Trial = {
  /** Eight hexadecimal digits: they are part of every name that this run makes. */
  id: string
  places: Places
  services: TrialServices
  now(): Date
  /** Rejects when the person stops the trial. */
  pause(seconds: number): Promise<void>
  /** Notes how to undo a change, before it is made. `what` names what would stay if that failed. */
  undo(what: string, work: () => Promise<void>): void
  /** A question to the person, answered by yes or no. */
  ask(question: string): Promise<boolean>
  /** Asks the person to do something. */
  tell(sentence: string): void
  stopped: AbortSignal
}

/** One comparison of a check. */
export type Part = { what: string; expected: string; came: string; isSame: boolean }

export type Assumption = {
  id: string
  service: 'Google IAM' | 'Cloud KMS' | 'Cloud Logging' | 'Google OAuth' | 'Google groups' | 'Slack' | 'PagerDuty'
  /** What the simulators do, as a sentence. */
  says: string
  /** What the check changes, as a sentence, and how that is undone; absent when it changes nothing. */
  changes?: string
  /** Whether a person must answer or do something. */
  needsPerson?: boolean
  /** Why it cannot be checked here; undefined when it can. */
  lacks?: (trial: Pick<Trial, 'places' | 'services'>) => string | undefined
  check(trial: Trial): Promise<Part[]>
}

/** A comparison of two texts. */
export function equal(what: string, expected: string, came: string): Part {
  return { what, expected, came, isSame: expected === came }
}

/** A comparison whose rule is not equality. */
export function holds(what: string, expected: string, { came, isSame }: Pick<Part, 'came' | 'isSame'>): Part {
  return { what, expected, came, isSame }
}

/** A preparation did not succeed, so that nothing can be said about the assumption. */
export class NotPrepared extends Error {
  override readonly name = 'NotPrepared'
}

/** The data of an answer that the check needs before it can begin. Throws NotPrepared with the code otherwise. */
export function needed<T extends { code: string; data?: unknown }>(what: string, answer: T): NonNullable<T['data']> {
  if (answer.data !== undefined && answer.data !== null) return answer.data
  throw new NotPrepared(`${what} failed: ${answer.code}.`)
}

/** A field of something that may not be an object. */
export function field(object: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (found, name) =>
      typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[name] : undefined,
    object,
  )
}

/** The list in a field; empty when the field holds something else. */
export function listIn(object: unknown, ...path: string[]): unknown[] {
  const found = field(object, ...path)
  return Array.isArray(found) ? found : []
}
