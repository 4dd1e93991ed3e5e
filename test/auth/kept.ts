// What a browser keeps for the approver, for the tests that look at it or change it.
import { type Browser, formOf, type PageResponse, wordsOf } from './fakes.ts'

/** A choice that takes something away. */
export const less = { grants: ['1'], duration: '10m', comment: 'be quick' }
/** What the form of a page would send. */
export const chosen = (page: PageResponse): unknown => {
  const form = formOf(page)
  const [, comment = ''] = /<textarea[^>]*>([^<]*)<\/textarea>/.exec(page.body) ?? []
  return { grants: form.getAll('grants'), duration: form.get('duration'), comment }
}
/** The choice of a form that nobody has changed. */
export const asAsked = { grants: ['0', '1'], duration: '30m', comment: '' }
export const isAsBefore = (page: PageResponse): boolean => wordsOf(page).includes('filled in as you chose before')
/** The name of the cookie of a kind, or nothing. */
export const cookieOf = (browser: Browser, kind: string): string =>
  [...browser.cookies.keys()].find(name => name.includes(`-${kind}-`)) ?? ''

/** The value of a cookie with other facts and the same signature. */
export const altered = (value: string, change: Record<string, unknown>): string => {
  const [text = '', signature = ''] = value.split('.')
  const raw = JSON.parse(Buffer.from(text, 'base64url').toString()) as object
  return `${Buffer.from(JSON.stringify({ ...raw, ...change })).toString('base64url')}.${signature}`
}
