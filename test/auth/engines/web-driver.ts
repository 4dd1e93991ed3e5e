// As much of WebDriver as the flows need (https://www.w3.org/TR/webdriver2/).
import { firstHeading, holds } from './holds.ts'
import type { Tab } from './flows.ts'

/** The key of an element in every answer, by the standard. */
const elementKey = 'element-6066-11e4-a52e-4f735466cecf'

/** A session of a driver that runs on this machine. */
export class WebDriver {
  readonly #session: string
  private constructor(session: string) {
    this.#session = session
  }

  static async open(driver: string, capabilities: object): Promise<WebDriver> {
    // WebKitGTK's driver never stops waiting for a page that Back brings from another site, so nothing here waits by itself.
    const alwaysMatch = { ...capabilities, pageLoadStrategy: 'none' }
    const { sessionId } = await call<{ sessionId: string }>('POST', `${driver}/session`, {
      capabilities: { alwaysMatch },
    })
    return new WebDriver(`${driver}/session/${sessionId}`)
  }

  async close(): Promise<void> {
    await call('DELETE', this.#session)
  }

  /** The only window as a tab of the flows. */
  tab(): Tab {
    const read: Tab['read'] = expression => this.#post('/execute/sync', { script: `return (${expression})`, args: [] })
    const exists = (selector: string): Promise<void> =>
      holds(read, `document.querySelector(${JSON.stringify(selector)}) !== null`, true)
    const on = async (selector: string, what: string, body: object = {}): Promise<void> => {
      await exists(selector)
      await this.#post(`${await this.#element(selector)}/${what}`, body)
    }
    return {
      goto: async url => {
        await this.#post('/url', { url })
        await holds(read, 'location.href', url)
      },
      click: selector => on(selector, 'click'),
      fill: (selector, text) => on(selector, 'value', { text }),
      choose: (selector, value) => on(`${selector} [value="${value}"]`, 'click'),
      heading: text => firstHeading(read, text),
      read,
      url: () => call<string>('GET', `${this.#session}/url`),
      back: async () => this.#post('/back'),
      reload: async () => {
        await read('(window.isOld = true)')
        await this.#post('/refresh')
        await holds(read, 'window.isOld === undefined', true)
      },
    }
  }

  async #element(value: string): Promise<string> {
    const using = 'css selector'
    const found = await this.#post<Record<string, string>>('/element', { using, value })
    return `/element/${found[elementKey]}`
  }

  async #post<T = void>(path: string, body: object = {}): Promise<T> {
    return call<T>('POST', `${this.#session}${path}`, body)
  }
}

async function call<T>(method: string, url: string, body?: object): Promise<T> {
  const answer = await fetch(url, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const { value } = (await answer.json()) as { value: T }
  if (!answer.ok) throw new Error(`${method} ${new URL(url).pathname}: ${JSON.stringify(value).slice(0, 500)}`)
  return value
}
