// A short tour that follows what happens. Once it is over, it is never shown again.
import { html } from 'htm/preact'
import type { ComponentChild } from 'preact'
import { useState } from 'preact/hooks'
import type { State } from './state.ts'
import { stepCount, stepOf } from './steps.ts'

const key = 'hallpass-tour-seen'

/** The tour; empty after it was seen. */
export function Tour({ state }: { state: State }): ComponentChild {
  const [isOver, setIsOver] = useState(localStorage.getItem(key) !== null)
  if (isOver) return null
  const { number, title, text, more = [] } = stepOf(state)
  const end = (): void => {
    localStorage.setItem(key, 'yes')
    setIsOver(true)
  }
  return html`<section class="tour" aria-label="Tour">
    <div aria-live="polite">
      <p><strong>${number} of ${stepCount}: ${title}.</strong> ${text}</p>
      ${
        more.length > 0 &&
        html`<ul>
          ${more.map(line => html`<li>${line}</li>`)}
        </ul>`
      }
    </div>
    <button class="button ${number === stepCount ? 'primary' : ''}" type="button" onClick=${end}>
      ${number === stepCount ? 'Done' : 'Skip the tour'}
    </button>
  </section>`
}
