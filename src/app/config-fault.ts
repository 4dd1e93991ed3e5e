// Faults of the configuration, worded for whoever has to mend them. What was given is shown only where it cannot be a
// secret: never the value of an unknown setting, never what looks like a token, never anything out of a secret's file.

/** One fault: the setting, what was given (already fit to print), why it will not do, and the remedy. */
export type Fault = { setting: string; given?: string; why: string; remedy: string }

/** The configuration cannot be used. Holds every fault that was found, and prints them together. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault'
  readonly faults: readonly Fault[]
  constructor(faults: readonly Fault[]) {
    super(say(faults))
    this.faults = faults
  }
}

function say(faults: readonly Fault[]): string {
  const lines = faults.map(
    ({ setting, given, why, remedy }) =>
      `  ${setting}${given === undefined ? '' : ` (${given})`} ${why}.\n    ${remedy}`,
  )
  return `The configuration has ${faults.length === 1 ? '1 fault' : `${faults.length} faults`}:\n${lines.join('\n')}`
}

const shownLength = 80
// Slack, Google and PEM; and any long run without a break, as keys of other services are.
const secretLike = /xox[a-z]-|xapp-|GOCSPX|ya29\.|AIza|BEGIN|[A-Za-z0-9+_-]{41,}/

/** A value as it may be printed. */
export function sayGiven(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a group of settings'
  const text = String(value as string | number | boolean)
  if (secretLike.test(text.replace(/projects\/\S+/, ''))) return 'not shown, for it looks like a secret'
  const short = text.length > shownLength ? `${text.slice(0, shownLength)}…` : text
  return typeof value === 'string' ? JSON.stringify(short) : short
}
