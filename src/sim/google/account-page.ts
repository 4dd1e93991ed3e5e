// The pages that accounts.google.com shows: the account chooser and its errors. Plain HTML without any script.
import type { PageFault, SignIn } from './sign-in.ts'
import { cloudPlatform } from './tokens.ts'
import type { OAuthClient, Person } from './types.ts'

/** Where the chooser's form goes. */
export const chooserPath = '/o/oauth2/v2/auth/choose'

const style = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { margin: 0; display: grid; min-height: 100vh; place-items: center }
  main { width: min(26rem, 90vw); padding: 2rem; border: 1px solid #8888; border-radius: 1rem }
  h1 { font-size: 1.5rem; margin: 0 0 1rem } ul { list-style: none; padding: 0 }
  button { width: 100%; padding: .75rem 1rem; margin: .25rem 0; font: inherit; text-align: start; cursor: pointer }
  button small { display: block } label { display: flex; gap: .5rem; margin: 1rem 0 }
  :focus-visible { outline: 3px solid #1a73e8; outline-offset: 2px }`

/** One button per account, the hinted one first, and the tickbox that a person may untick. `login` is opaque. */
export function chooserPage(login: string, people: readonly Person[], signIn: SignIn, client: OAuthClient): string {
  const sorted = people.toSorted((a, b) => Number(b.email === signIn.loginHint) - Number(a.email === signIn.loginHint))
  const consent = signIn.scopes.includes(cloudPlatform)
    ? `<label><input type="checkbox" name="scope" value="${cloudPlatform}" checked>
       See, edit, configure and delete your Google Cloud data and see the email address for your Google Account</label>`
    : ''
  return page(
    `Sign in – Google Accounts (simulated)`,
    `<h1>Choose an account to continue to ${escape(client.appName)}</h1>
    <form method="post" action="${chooserPath}">
      <input type="hidden" name="login" value="${escape(login)}">
      ${consent}
      <ul>${sorted.map(person => `<li>${accountButton(person, signIn)}</li>`).join('\n')}</ul>
      <button name="cancel" value="yes">Cancel</button>
    </form>
    <p><small>A simulation of Google for trying things out. No real account is involved.</small></p>`,
  )
}

/** The page for an invalid request, which is never redirected. */
export function errorPage({ http, code, message }: PageFault): string {
  return page(
    `Error ${http} (${code})`,
    `<h1>Access blocked: Authorization Error</h1>
    <p>${escape(message)}</p>
    <p>Error ${http}: ${escape(code)}</p>`,
  )
}

function accountButton({ email, name }: Person, { loginHint }: SignIn): string {
  const focus = email === loginHint ? ' autofocus' : ''
  return `<button name="account" value="${escape(email)}"${focus}>${escape(name)}<small>${escape(email)}</small></button>`
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(title)}</title><style>${style}</style></head>
<body><main>
${body}
</main></body>
</html>
`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`)
}
