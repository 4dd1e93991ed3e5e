// Persons: e-mail addresses parsed at the door, and the one question whether two of them are the same person.

declare const emailBrand: unique symbol
/** An e-mail address in lower case, checked by `parseEmail`. */
export type Email = string & { readonly [emailBrand]: true }

/** As in the CRDs: ASCII, one @, no quotes, brackets or spaces. */
const emailPattern = /^[^@\s<>"(),:;[\]\\]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?$/

/** Reads an e-mail address: trimmed, lower-cased, ASCII only (look-alike letters are refused, not folded). */
export function parseEmail(text: string | undefined): Email | undefined {
  const typed = text?.trim()
  // Before the change of case: the Kelvin sign, for one, is a k in lower case.
  if (!typed || typed.length > 128 || !/^[\x21-\x7e]+$/.test(typed)) return undefined
  const email = typed.toLowerCase()
  return emailPattern.test(email) ? (email as Email) : undefined
}

/** The domain part. */
export function domainOf(email: Email): string {
  return email.slice(email.lastIndexOf('@') + 1)
}

/** What is known of a person. Any one of the identifiers may be missing. */
export type Person = {
  email?: string | undefined
  slackUserID?: string | undefined
  googleSubject?: string | undefined
}

/** Every name by which what a person asked is counted: their address, and the Slack account, whose address may change. */
export function countedAs({ email, slackUserID }: Pick<Person, 'email' | 'slackUserID'>): string[] {
  return [email, slackUserID].filter(id => id !== undefined)
}

/** Addresses of one and the same person, as configured: each inner list belongs together. */
export type People = readonly (readonly string[])[]

/**
 * Whether two identities may be one person. It errs on the side of yes: `a+x@d` counts as `a@d`, dots do not matter at
 * Gmail, and addresses that the `people` table lists together are one.
 */
export function isSamePerson(a: Person, b: Person, people: People = []): boolean {
  if (a.slackUserID && a.slackUserID === b.slackUserID) return true
  if (a.googleSubject && a.googleSubject === b.googleSubject) return true
  if (!a.email || !b.email) return false
  const theirs = new Set(addressesOf(b.email, people))
  return addressesOf(a.email, people).some(address => theirs.has(address))
}

/** The address and those that the `people` table lists with it, as they are written. */
export function addressesWith(email: string, people: People): string[] {
  const own = canonical(email)
  const rows = people.filter(row => row.some(address => canonical(address) === own))
  return [...new Set([email, ...rows.flat()])]
}

/** The address that Google knows this person by: the first of their row in `people`, or the one given. */
export function googleAddressOf(email: Email, people: People): Email {
  const row = people.find(addresses => addresses.some(address => isSamePerson({ email: address }, { email })))
  return parseEmail(row?.[0]) ?? email
}

/** Every canonical address the person is known by. */
function addressesOf(email: string, people: People): string[] {
  const own = canonical(email)
  const rows = people.filter(row => row.some(address => canonical(address) === own))
  return [...new Set([own, ...rows.flat().map(canonical)])]
}

// Only ASCII changes its case, as in `parseEmail`.
function canonical(email: string): string {
  const lower = email.trim().replace(/[A-Z]+/g, letters => letters.toLowerCase())
  const at = lower.lastIndexOf('@')
  const [local, domain] = [lower.slice(0, at), lower.slice(at + 1)]
  const bare = local.replace(/\+.*$/, '')
  if (domain === 'gmail.com' || domain === 'googlemail.com') return `${bare.replaceAll('.', '')}@gmail.com`
  return `${bare}@${domain}`
}
