// The page's calls to the sandbox's server.
import type { State } from './state.ts'

/** Everything that this person sees now. */
export async function fetchState(user: string): Promise<State> {
  const answer = await fetch(`/api/state?user=${encodeURIComponent(user)}`)
  if (!answer.ok) throw new Error(`The sandbox answered ${answer.status}.`)
  return (await answer.json()) as State
}

/** Does something as a person; returns the sentence to show when it failed. */
export async function act(what: string, body: object): Promise<string | undefined> {
  try {
    const answer = await fetch(`/api/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return answer.ok ? undefined : await answer.text()
  } catch {
    return 'The sandbox does not answer. Is npm start still running?'
  }
}

/** Calls `changed` when something may have changed, and from time to time in any case. */
export function onChange(changed: () => void): void {
  const events = new EventSource('/api/events')
  events.addEventListener('changed', changed)
  events.addEventListener('open', changed)
  setInterval(changed, 2000)
}
