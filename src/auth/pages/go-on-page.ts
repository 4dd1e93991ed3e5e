// The page between the form and Google. The browser goes on from here by itself: a redirect straight after the form would
// be held to the form-action of our policy, with every further redirect of Google's.
import { html } from 'htm/preact'
import { render, statement } from './layout.ts'

/** `to` is Google's address, made from our configuration. */
export function goOnPage(to: string): string {
  return render({
    title: 'Going on to Google',
    body: html`${statement('busy', 'Going on to Google…', html`<p>Nothing is approved before you have signed in there.</p>`)}
      <div class="foot"><a class="button" href=${to}>Continue to Google</a></div>`,
    goOnTo: to,
  })
}
