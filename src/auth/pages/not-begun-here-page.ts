// The page for a sign-in that this browser did not begin: the possible causes, and that an earlier sign-in counts.
import { html } from 'htm/preact'
import { render, statement } from './layout.ts'

/** `cookie`: how the name of a sign-in's cookie begins. */
export function notBegunHerePage({ headline, cookie }: { headline: string; cookie: string }): string {
  return render({
    title: headline,
    body: html`${statement(
        'bad',
        headline,
        html`<p>
          Nothing was done with this sign-in. If you have just approved a request, or ended access, that counts. To see
          what happened, open the link in Slack again.
        </p>`,
      )}
      <div class="row">
        <span class="label" id="causes">Possible causes</span>
        <div class="body">
          <ul aria-labelledby="causes">
            <li>You went back in the browser, or loaded a page of the sign-in again.</li>
            <li>More than 15 minutes have passed since you pressed the button on the page.</li>
            <li>
              The cookie of the sign-in was deleted or blocked. Its name begins with <code>${cookie}</code>; this site
              must be allowed to set it.
            </li>
            <li>The sign-in was begun in another browser or app.</li>
            <li>Somebody sent you the sign-in. Do not continue sign-ins that somebody sent you.</li>
          </ul>
        </div>
      </div>`,
  })
}
