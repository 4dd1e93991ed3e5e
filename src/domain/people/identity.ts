// Persons: parses e-mail addresses, and answers whether two identities are the same person.

declare const emailBrand: unique symbol
/** An e-mail address in lower case, checked by `parseEmail`. */
export type Email = string & { readonly [emailBrand]: true }

/** As in the CRDs: ASCII, one @, no quotes, brackets or spaces. */
const emailPattern = /^[^@\s<>"(),:;[\]\\]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?$/

/** Reads an e-mail address: trimmed, lower-cased, ASCII only (look-alike letters are refused, not folded). */
export function parseEmail(text: string | undefined): Email | undefined {
  const typed = text?.trim()
  // Checked before the change of case, because for example the Kelvin sign becomes a k in lower case.
  if (!typed || typed.length > 128 || !/^[\x21-\x7e]+$/.test(typed)) return undefined
  const email = typed.toLowerCase()
  return emailPattern.test(email) ? (email as Email) : undefined
}

/** The domain part. */
export function domainOf(email: Email): string {
  return email.slice(email.lastIndexOf('@') + 1)
}

/** The address without its tag: `mo@d` for `mo+pd@d`. Undefined when it has none. */
export function untagged(email: Email): Email | undefined {
  const bare = email.replace(/\+[^@]*@/, '@')
  return bare === email ? undefined : parseEmail(bare)
}

/** The known identifiers of a person. Any of them may be missing. */
export type Person = {
  email?: string | undefined
  slackUserID?: string | undefined
  googleSubject?: string | undefined
}

/**
 * The keys under which a person's requests are counted: the address, and the Slack and the Google account, because their
 * address may change. With `people`, also the other addresses of the same row.
 */
export function countedAs({ email, slackUserID, googleSubject }: Person, people: People = []): string[] {
  const rest = email === undefined || people.length === 0 ? [] : addressesWith(email, people).map(parseEmail)
  const own = [email, slackUserID, googleSubject && `google ${googleSubject}`]
  return [...new Set([...own, ...rest].filter(id => id !== undefined))]
}

/** Addresses of the same person, as configured: each inner list is one person. */
export type People = readonly (readonly string[])[]

/**
 * Whether two identities may be the same person. In doubt it answers yes: `a+x@d` counts as `a@d`, dots are ignored at
 * Gmail, and addresses listed together in the `people` table are one.
 */
export function isSamePerson(a: Person, b: Person, people: People = []): boolean {
  if (a.slackUserID && a.slackUserID === b.slackUserID) return true
  if (a.googleSubject && a.googleSubject === b.googleSubject) return true
  if (!a.email || !b.email) return false
  const theirs = new Set(addressesOf(b.email, people))
  return addressesOf(a.email, people).some(address => theirs.has(address))
}

/**
 * Whether the person whom Google has confirmed is the one who asked: by the account, if the request names it, else by the
 * address. Unlike `isSamePerson` it answers no in doubt, so it decides what a person may do with their own request.
 */
export function isSameAccount(requester: Person, { email, googleSubject }: Person): boolean {
  if (requester.googleSubject !== undefined) return requester.googleSubject === googleSubject
  return requester.email !== undefined && requester.email === email
}

/** How many different people these are, as far as it is known. */
export function differentPeople(all: readonly Person[], people: People = []): number {
  const groups: Person[][] = []
  for (const person of all) {
    const same = groups.filter(group => group.some(one => isSamePerson(one, person, people)))
    for (const group of same) groups.splice(groups.indexOf(group), 1)
    groups.push([person, ...same.flat()])
  }
  return groups.length
}

/** The address and those listed with it in the `people` table, as written there. */
export function addressesWith(email: string, people: People): string[] {
  const own = canonicalEmail(email)
  const rows = people.filter(row => row.some(address => canonicalEmail(address) === own))
  return [...new Set([email, ...rows.flat()])]
}

/** The person's Google address: the first of their row in `people`, or the given one. */
export function googleAddressOf(email: Email, people: People): Email {
  const row = people.find(addresses => addresses.some(address => isSamePerson({ email: address }, { email })))
  return parseEmail(row?.[0]) ?? email
}

/** All addresses of the person, in canonical form. */
function addressesOf(email: string, people: People): string[] {
  const own = canonicalEmail(email)
  const rows = people.filter(row => row.some(address => canonicalEmail(address) === own))
  return [...new Set([own, ...rows.flat().map(canonicalEmail)])]
}

// Equal for all spellings of one mailbox. Only ASCII letters change their case, as in `parseEmail`.
function canonicalEmail(email: string): string {
  const lower = email.trim().replace(/[A-Z]+/g, letters => letters.toLowerCase())
  const at = lower.lastIndexOf('@')
  const [local, domain] = [lower.slice(0, at), lower.slice(at + 1)]
  const bare = local.replace(/\+.*$/, '')
  if (domain === 'gmail.com' || domain === 'googlemail.com') return `${bare.replaceAll('.', '')}@gmail.com`
  return `${bare}@${domain}`
}
