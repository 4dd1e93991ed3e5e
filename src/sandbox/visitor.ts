// A browser without a screen: follows redirects, keeps cookies, fills and submits forms, and keeps the rules of the pages.
// For the story without a browser.
import { parseSetCookie } from 'cookie'
import { type HTMLElement, parse } from 'node-html-parser'
import { goesOnTo, originOf, permitsForm, referrerOf, type Rules, rulesOf } from './browser-rules.ts'

/** A page as it arrived. */
export type Visited = { url: URL; status: number; document: HTMLElement; text: string; rules: Rules }

/** `form`: the page whose form was sent, until the answer is a page. */
type How = { method: string; headers: Record<string, string>; body?: URLSearchParams; form?: Visited }

/** The most redirects before it is a loop. */
const maxRedirects = 10

/** One person's browser. Cookies are kept per host name, as browsers do (not per port). */
export class Visitor {
  readonly #cookies = new Map<string, Map<string, string>>()

  /** Opens an address. */
  async open(url: string | URL): Promise<Visited> {
    return this.#go(new URL(url), {
      method: 'GET',
      headers: { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
    })
  }

  /** Submits the form with the `button` (its text), with its present values replaced by those in `filled`. */
  async submit(page: Visited, button: string | RegExp, filled: Record<string, string> = {}): Promise<Visited> {
    const pressed = page.document.querySelectorAll('button').find(one => matches(labelOf(one), button))
    const form = pressed?.closest('form')
    if (!pressed || !form)
      throw new Error(`No button "${String(button)}" on ${page.url.pathname}: ${page.text.slice(0, 500)}`)
    const fields = new URLSearchParams(fieldsOf(form))
    const name = pressed.getAttribute('name')
    if (name) fields.append(name, pressed.getAttribute('value') ?? '')
    for (const [field, value] of Object.entries(filled)) fields.set(field, value)
    const to = new URL(pressed.getAttribute('formaction') ?? form.getAttribute('action') ?? page.url.href, page.url)
    const method = (form.getAttribute('method') ?? 'get').toUpperCase()
    const site = to.origin === page.url.origin ? 'same-origin' : 'cross-site'
    const referer = referrerOf(page.rules, page.url, to)
    const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', ...(referer && { referer }) }
    if (method === 'GET') return this.#go(new URL(`?${fields}`, to), { method, headers, form: page })
    const origin = originOf(page.rules, page.url, to)
    return this.#go(to, { method, headers: { ...headers, origin }, body: fields, form: page })
  }

  async #go(url: URL, init: How): Promise<Visited> {
    let [at, how]: [URL, How] = [url, init]
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      const { answer, text } = await this.#fetch(at, how)
      const location = answer.headers.get('location')
      const isRedirect = location !== null && answer.status >= 300 && answer.status < 400
      const next = isRedirect ? new URL(location, at) : goesOnTo(text, at)
      if (!next) return visited(at, answer, text)
      const site = next.origin === at.origin ? 'same-origin' : 'cross-site'
      how = {
        method: 'GET',
        headers: { 'sec-fetch-site': site },
        ...(isRedirect && how.form && { form: how.form }),
      }
      at = next
    }
    throw new Error(`${url.pathname} redirects in a circle.`)
  }

  async #fetch(at: URL, { form, headers, ...how }: How): Promise<{ answer: Response; text: string }> {
    if (form && !permitsForm(form.rules, form.url, at))
      throw new Error(
        `The form of ${form.url.pathname} may not lead to ${at.origin}: its form-action does not permit it.`,
      )
    const cookie = this.#cookieHeader(at)
    const answer = await fetch(at, { ...how, redirect: 'manual', headers: { ...headers, ...(cookie && { cookie }) } })
    this.#keep(at, answer.headers.getSetCookie())
    return { answer, text: await answer.text() }
  }

  #cookieHeader(url: URL): string {
    return [...(this.#cookies.get(url.hostname) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  #keep(url: URL, lines: readonly string[]): void {
    const kept = this.#cookies.get(url.hostname) ?? new Map<string, string>()
    this.#cookies.set(url.hostname, kept)
    for (const line of lines) {
      const { name, maxAge, expires } = parseSetCookie(line)
      const raw = /=([^;]*)/.exec(line)?.[1] ?? ''
      if (maxAge === 0 || (expires && expires.getTime() <= Date.now())) kept.delete(name)
      else kept.set(name, raw)
    }
  }
}

function visited(url: URL, { status, headers }: Response, text: string): Visited {
  const rules = rulesOf(name => headers.get(name))
  return { url, status, document: parse(text), text: wordsOf(text), rules }
}

/** The text of a page, without markup. */
function wordsOf(html: string): string {
  const document = parse(html)
  return (document.querySelector('main') ?? document).structuredText.replace(/\s+/g, ' ').trim()
}

/** The text of a button, with a space between its parts: a name and an address are no word together. */
function labelOf(button: HTMLElement): string {
  return button.childNodes
    .map(({ text }) => text.trim())
    .join(' ')
    .trim()
}

function matches(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)
}

// What a browser would send: every named control that is not disabled, boxes only when ticked.
function fieldsOf(form: HTMLElement): [string, string][] {
  return form.querySelectorAll('input, textarea, select').flatMap((control): [string, string][] => {
    const name = control.getAttribute('name')
    if (!name || control.hasAttribute('disabled')) return []
    const type = control.getAttribute('type') ?? 'text'
    if (['checkbox', 'radio'].includes(type))
      return control.hasAttribute('checked') ? [[name, control.getAttribute('value') ?? 'on']] : []
    if (type === 'submit' || type === 'button') return []
    return [[name, valueOf(control)]]
  })
}

function valueOf(control: HTMLElement): string {
  if (control.tagName === 'TEXTAREA') return control.text
  if (control.tagName !== 'SELECT') return control.getAttribute('value') ?? ''
  const options = control.querySelectorAll('option')
  const chosen = options.find(option => option.hasAttribute('selected')) ?? options[0]
  return chosen?.getAttribute('value') ?? chosen?.text ?? ''
}
