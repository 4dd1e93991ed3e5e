// Faults of the configuration, with messages for the person who has to correct them. A given value is shown only if it
// cannot be a secret: never the value of an unknown setting, a value that looks like a token, or anything from a
// secret's file.

/** One fault: the setting, the given value (already safe to print), what is wrong, and what to do. */
export type Fault = { setting: string; given?: string; why: string; remedy: string }

/** The configuration cannot be used. Contains all faults and prints them together. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault'
  readonly faults: readonly Fault[]
  constructor(faults: readonly Fault[]) {
    super(say(faults))
    this.faults = faults
  }
}

function say(faults: readonly Fault[]): string {
  return `The configuration has ${faults.length === 1 ? '1 fault' : `${faults.length} faults`}:\n${listed(faults)}`
}

/** Each fault with its remedy, on two lines. */
export function listed(faults: readonly Fault[]): string {
  return faults
    .map(
      ({ setting, given, why, remedy }) =>
        `  ${setting}${given === undefined ? '' : ` (${given})`} ${why}.\n    ${remedy}`,
    )
    .join('\n')
}

const shownLength = 80
// Slack, Google and PEM; and any long text without a space, like the keys of other services.
const secretLike = /xox[a-z]-|xapp-|GOCSPX|ya29\.|AIza|BEGIN|[A-Za-z0-9+_-]{41,}/

/** A value as it may be printed. */
export function sayGiven(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a group of settings'
  const text = String(value as string | number | boolean)
  if (secretLike.test(text.replace(/projects\/\S+/, ''))) return 'not shown, because it looks like a secret'
  const short = text.length > shownLength ? `${text.slice(0, shownLength)}…` : text
  return typeof value === 'string' ? JSON.stringify(short) : short
}
