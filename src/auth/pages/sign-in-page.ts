// The page of the door for a person who has not signed in: what it is for, and what the sign-in gives to Hallpass.
import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { entryOf } from '../../domain/refusals.ts'
import type { SignInResult } from '../login/sign-in-result.ts'
import { render } from './layout.ts'
import { shown } from './words.ts'

/** `result` is why the last sign-in of this browser did not succeed. */
export function signInPage({ formToken, result }: { formToken: string; result: SignInResult | undefined }): string {
  const problem = problemOf(result)
  return render({
    title: `${problem ? 'Not signed in: ' : ''}Production access`,
    body: html`<div class="head">
        <h1>Production access</h1>
        <p class="soft">Ask for access, see what you have, and decide what waits for you: also when Slack is away.</p>
      </div>
      ${problem}
      <form method="post" action="/sign-in">
        <input type="hidden" name="form" value=${formToken} />
        <div class="foot">
          <p>
            Google only says who you are. Hallpass gets no access to Google Cloud by it, and nothing is approved by it.
          </p>
          <div class="actions"><button type="submit">Sign in with Google</button></div>
          <p class="soft small">
            You approve for others? <a href="/me">Check your rights</a> before somebody needs them.
          </p>
        </div>
      </form>`,
  })
}

/** Why a sign-in without a request did not succeed, for the page that it came back to. */
export function problemOf(result: SignInResult | undefined): VNode | null {
  if (!result) return null
  if ('refused' in result) {
    const { headline } = entryOf(result.refused.reason)
    return html`<p class="problem" role="alert">${headline} ${shown(result.refused.message)}</p>`
  }
  const { reason } = result.failed
  const code = reason ? html` The code for the platform team is <code>${reason}</code>.` : ''
  return html`<p class="problem" role="alert">
    That is not possible at the moment. Please try again in a minute.${code}
  </p>`
}
