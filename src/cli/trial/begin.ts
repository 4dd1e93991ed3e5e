// Everything that must be in order before a trial may begin: the access token, and throwaway resources that the person has
// named twice.
import { writeFileSync } from 'node:fs'
import type { Config } from '../../app/config.ts'
import type { Email } from '../../domain/people/identity.ts'
import type { Secret } from '../../domain/secret.ts'
import type { TrialServices } from '../../app/trial.ts'
import { tokenIn, tokenInFile } from '../access-token.ts'
import type { Terminal } from '../terminal.ts'
import { type Assumption, field, type Places } from './assumption.ts'
import { assumptions } from './list.ts'
import type { Typed } from './typed.ts'

export type TrialOptions = {
  project: string
  channel: string
  policy: string
  person: Email
  /** `-` is the first line of stdin. */
  tokenFile: string
  report: string
  outsideChannel?: string
  schedule?: string
  resource?: string[]
  fineBucket?: string
  route?: string
  group?: string
  key?: string
  only?: string[]
  yes?: boolean
  /** The names of the throwaway resources once more, for `--yes`. */
  throwaway?: string[]
}

/** Something is missing, so the trial does not begin. */
class NotBegun extends Error {
  override readonly name = 'NotBegun'
}

/** The assumptions with these ids, or all. */
export function chosen(only: readonly string[] = []): readonly Assumption[] {
  const unknown = only.find(id => !assumptions.some(assumption => assumption.id === id))
  if (unknown !== undefined)
    throw new NotBegun(`There is no assumption "${unknown}". There are: ${assumptions.map(({ id }) => id).join(', ')}.`)
  return only.length === 0 ? assumptions : assumptions.filter(({ id }) => only.includes(id))
}

/** The person's own access token. Throws NoAccessToken. */
export async function readToken(file: string, typed: Typed): Promise<Secret> {
  return file === '-'
    ? tokenIn(await typed.line('Reading the access token from the first line of stdin.'), file)
    : tokenInFile(file)
}

/** What the trial uses, from the options and the configuration. */
export function placesOf({ project, channel, policy, person, ...more }: TrialOptions, config: Config): Places {
  const { outsideChannel, schedule, resource = [], fineBucket, route, group } = more
  const { key = config.controller?.ticketKey ?? '' } = more
  return {
    project,
    channel,
    policy,
    person,
    key,
    command: config.controller?.command ?? '/access',
    ...(outsideChannel && { outsideChannel }),
    ...(schedule && { schedule }),
    resources: resource,
    ...(fineBucket && { fineBucket }),
    ...(route && { route }),
    ...(group && { group }),
  }
}

/** Has every resource named a second time, so that nobody tries this on a real one by accident. */
export async function requireThrowaway(
  { project, channel, policy, outsideChannel, person, resources, fineBucket, route }: Places,
  { yes, throwaway = [] }: Pick<TrialOptions, 'yes' | 'throwaway'>,
  typed: Typed,
): Promise<void> {
  const names = {
    project,
    channel,
    policy,
    person,
    ...(outsideChannel && { 'outside channel': outsideChannel }),
    ...Object.fromEntries(resources.map((name, i) => [`resource ${i + 1}`, name])),
    ...(fineBucket && { 'bucket without uniform access': fineBucket }),
    ...(route && { route }),
  }
  for (const [what, name] of Object.entries(names)) {
    const isNamed = yes
      ? throwaway.includes(name)
      : (await typed.line(`The trial changes things. Type the name of the throwaway ${what} again:`)) === name
    if (!isNamed) throw new NotBegun(notNamed(what, name, yes))
  }
}

function notNamed(what: string, name: string, yes = false): string {
  const how = yes ? `With --yes, name it a second time: --throwaway ${name}.` : 'What you typed is another name.'
  return `Nothing was done, because the ${what} "${name}" was not named twice. ${how}`
}

/**
 * Whether the token is the person's own: otherwise no access would be seen to begin, and the trial would blame Google. When
 * Google does not say whose it is, the trial goes on.
 */
export async function requireOwnToken(services: TrialServices, person: Email, { err }: Terminal): Promise<void> {
  const { data } = await services.google({ api: 'openidconnect', path: 'v1/userinfo', method: 'GET' })
  const email = field(data, 'email')
  if (typeof email !== 'string') return err(`Google does not say whether the access token is that of ${person}.\n`)
  if (email.toLowerCase() !== person) throw new NotBegun(`The access token is not that of ${person}. Nothing was done.`)
}

/** Creates the report, so that it is known before the first change that it can be written. */
export function createReport(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new NotBegun(
      `The report cannot be created at "${path}" (${code}). Name a file that does not exist: --report.`,
    )
  }
}
