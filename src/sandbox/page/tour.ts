// A short tour, shown only on the first visit.
import { html } from 'htm/preact'
import type { ComponentChild } from 'preact'
import { useState } from 'preact/hooks'

const steps = [
  ['Ask', 'You are Dana, an engineer. Type /prod-db 1m trying it and send it.'],
  ['Decide', 'Become Mo, the manager on call, on the left. Press Approve in the message and sign in as Mo.'],
  ['Watch', 'On the right, the project’s IAM policy gains a binding that ends by itself after a minute.'],
  ['Look behind', 'In a second terminal: npm run kubectl -- get accessrequests -w'],
] as const
const key = 'hallpass-tour-seen'

/** The tour; empty after it was seen. */
export function Tour(): ComponentChild {
  const [step, setStep] = useState(localStorage.getItem(key) ? steps.length : 0)
  const current = steps[step]
  if (!current) return null
  const go = (to: number): void => {
    if (to >= steps.length) localStorage.setItem(key, 'yes')
    setStep(to)
  }
  return html`<section class="tour" aria-label="Tour">
    <p><strong>${step + 1} of ${steps.length}: ${current[0]}.</strong> ${current[1]}</p>
    <div class="row">
      <button class="button" type="button" onClick=${() => go(steps.length)}>Skip</button>
      <button class="button primary" type="button" onClick=${() => go(step + 1)}>
        ${step + 1 === steps.length ? 'Done' : 'Next'}
      </button>
    </div>
  </section>`
}
