// The page between the form and Google. The browser goes on from here by itself: a redirect straight after the form would
// be held to the form-action of our policy, with every further redirect of Google's.
import { html } from 'htm/preact'
import { render, statement } from './layout.ts'

/** `to` is Google's address, made from our configuration; `nothing` says that nothing has happened yet. */
export function goOnPage(to: string, nothing: string): string {
  return render({
    title: 'Going on to Google',
    body: html`${statement('busy', 'Going on to Google…', html`<p>${nothing}</p>`)}
      <div class="foot"><a class="button" href=${to}>Continue to Google</a></div>`,
    goOnTo: to,
  })
}
