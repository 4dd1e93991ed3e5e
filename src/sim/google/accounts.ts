// Google's accounts: signing in on a page, codes, tokens, certificates and revocation. Passwords are not simulated.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import express, { type Express, type Request, type Response } from 'express'
import type { Clock } from '../clock.ts'
import { chooserPage, chooserPath, errorPage } from './account-page.ts'
import { judgePerson, judgeSignIn, type PageFault, type SignIn } from './sign-in.ts'
import { certsMaxAgeSeconds, type Signing } from './signing.ts'
import { cloudPlatform, lifeSeconds, type Tokens } from './tokens.ts'
import type { OAuthClient, Person } from './types.ts'

/** Google does not say how long a code lives; here it expires after this time. */
const codeLifeMs = 60_000
/** The host of the pages for people. Everything else is used under 127.0.0.1. */
const chooserHost = 'localhost'

type Code = { person: Person; signIn: SignIn; scopes: string[]; endsAt: number }
type AccountsOptions = {
  people: readonly Person[]
  client: OAuthClient
  tokens: Tokens
  signing: Signing
  clock: Clock
}
/** An error of the token endpoint (RFC 6749, 5.2). */
type TokenFault = { http: number; error: string; error_description: string }
type Reply = { http: number; body: object }

/** What the person does on the page. */
export type Choice = { account: string; withoutCloudPlatform?: boolean } | 'cancel'

/** The sign-ins under way and the codes that were issued. */
export class Accounts {
  readonly #options: AccountsOptions
  readonly #logins = new Map<string, SignIn>()
  readonly #codes = new Map<string, Code>()
  constructor(options: AccountsOptions) {
    this.#options = options
  }

  /**
   * Follows an authorization URL through the chooser, as a browser would, and returns the redirect. Throws on an error
   * page.
   */
  signIn(authorizeUrl: string, choice: Choice): URL {
    const signIn = judgeSignIn(new URL(authorizeUrl).searchParams, this.#options.client)
    if ('code' in signIn) throw new Error(`Error ${signIn.http}: ${signIn.code}: ${signIn.message}`)
    const next = this.#choose(signIn, choice)
    if ('code' in next) throw new Error(`Error ${next.http}: ${next.code}: ${next.message}`)
    return next
  }

  serve(app: Express): void {
    const form = express.urlencoded({ extended: false })
    app.get('/o/oauth2/v2/auth', (req, res) => this.#showChooser(req, res))
    app.post(chooserPath, form, (req, res) => this.#takeChoice(req, res))
    app.post('/token', form, async (req, res) => {
      const { http, body } = await this.#token(fieldsOf(req), req.get('authorization'))
      res.status(http).set('cache-control', 'no-store').json(body)
    })
    app.get('/oauth2/v1/certs', async (_req, res) => {
      res.set('cache-control', `public, max-age=${certsMaxAgeSeconds}, must-revalidate, no-transform`)
      res.json(await this.#options.signing.certs())
    })
    app.post('/revoke', form, (req, res) => {
      const token =
        new URL(req.originalUrl, 'http://google').searchParams.get('token') ?? fieldsOf(req).get('token') ?? ''
      if (this.#options.tokens.revoke(token)) return void res.json({})
      res.status(400).json({ error: 'invalid_token', error_description: 'Token expired or revoked' })
    })
  }

  #showChooser(req: Request, res: Response): void {
    const signIn = judgeSignIn(new URL(req.originalUrl, 'http://google').searchParams, this.#options.client)
    if ('code' in signIn) return showFault(res, signIn)
    // Google is another site than the application, and its own redirects lead to more than one host.
    const chooser = new URL(req.originalUrl, `http://${chooserHost}:${req.socket.localPort}`)
    if (req.hostname !== chooserHost) return res.redirect(302, chooser.href)
    const login = randomBytes(16).toString('base64url')
    this.#logins.set(login, signIn)
    const { people, client } = this.#options
    res.set('x-frame-options', 'DENY').send(chooserPage(login, people, signIn, client))
  }

  #takeChoice(req: Request, res: Response): void {
    const fields = fieldsOf(req)
    // A login stays open, so that a person who clicks twice or goes back in the browser can choose again.
    const signIn = this.#logins.get(fields.get('login') ?? '')
    if (!signIn) return showFault(res, { http: 400, code: 'invalid_request', message: 'There is no such sign-in.' })
    const withoutCloudPlatform = !fields.getAll('scope').includes(cloudPlatform)
    const account = fields.get('account') ?? ''
    const next = this.#choose(signIn, fields.has('cancel') ? 'cancel' : { account, withoutCloudPlatform })
    if ('code' in next) return showFault(res, next)
    res.redirect(302, next.href)
  }

  #choose(signIn: SignIn, choice: Choice): URL | PageFault {
    const back = new URL(signIn.redirectUri)
    if (signIn.state !== undefined) back.searchParams.set('state', signIn.state)
    if (choice === 'cancel') {
      back.searchParams.set('error', 'access_denied')
      return back
    }
    const person = this.#options.people.find(({ email }) => email === choice.account)
    if (!person) return { http: 400, code: 'invalid_request', message: 'There is no such account.' }
    const fault = judgePerson(person, this.#options.client)
    if (fault) return fault
    const scopes = signIn.scopes.filter(scope => scope !== cloudPlatform || !choice.withoutCloudPlatform)
    back.searchParams.set('code', this.#newCode({ person, signIn, scopes }))
    back.searchParams.set('scope', scopes.join(' '))
    back.searchParams.set('prompt', 'select_account')
    return back
  }

  #newCode(code: Omit<Code, 'endsAt'>): string {
    const value = `4/0A${randomBytes(48).toString('base64url')}`
    this.#codes.set(value, { ...code, endsAt: this.#options.clock.now().getTime() + codeLifeMs })
    return value
  }

  async #token(fields: URLSearchParams, authorization: string | undefined): Promise<Reply> {
    const code = this.#redeem(fields, authorization)
    if ('error' in code)
      return { http: code.http, body: { error: code.error, error_description: code.error_description } }
    const { tokens, signing, client } = this.#options
    const { person, signIn, scopes } = code
    const accessToken = tokens.issue(person.email, scopes, client.id)
    const facts = { person, clientID: client.id, accessToken, ...(signIn.nonce && { nonce: signIn.nonce }) }
    const idToken = scopes.includes('openid') ? await signing.idToken(facts) : undefined
    const granted = scopes.map(scope => (scope === 'email' ? 'https://www.googleapis.com/auth/userinfo.email' : scope))
    return {
      http: 200,
      body: {
        access_token: accessToken,
        expires_in: lifeSeconds,
        scope: granted.join(' '),
        token_type: 'Bearer',
        ...(idToken && { id_token: idToken }),
      },
    }
  }

  // A code is used up by the first try, even a failed one, so an attacker gets one guess.
  #redeem(fields: URLSearchParams, authorization: string | undefined): Code | TokenFault {
    const { client, clock } = this.#options
    if (!isClient(fields, authorization, client)) return fault(401, 'invalid_client', 'Unauthorized')
    if (fields.get('grant_type') !== 'authorization_code')
      return fault(400, 'unsupported_grant_type', `Invalid grant_type: ${fields.get('grant_type') ?? ''}`)
    const value = fields.get('code') ?? ''
    const code = this.#codes.get(value)
    this.#codes.delete(value)
    if (!code || code.endsAt <= clock.now().getTime()) return fault(400, 'invalid_grant', 'Bad Request')
    if (fields.get('redirect_uri') !== code.signIn.redirectUri)
      return fault(400, 'redirect_uri_mismatch', 'Bad Request')
    const verifier = fields.get('code_verifier')
    if (verifier === null) return fault(400, 'invalid_grant', 'Missing code verifier.')
    if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier) || challengeOf(verifier) !== code.signIn.codeChallenge)
      return fault(400, 'invalid_grant', 'Invalid code verifier.')
    return code
  }
}

function fieldsOf(req: Request): URLSearchParams {
  const body: unknown = req.body
  return new URLSearchParams(typeof body === 'object' && body !== null ? Object.entries(body).flatMap(repeated) : [])
}

// A field that came more than once is parsed as a list.
function repeated([name, value]: [string, unknown]): [string, string][] {
  return [value].flat().map(one => [name, String(one)])
}

function isClient(fields: URLSearchParams, authorization: string | undefined, client: OAuthClient): boolean {
  const basic = /^Basic (.+)$/i.exec(authorization ?? '')?.[1]
  const [id, secret] = basic
    ? Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent)
    : [fields.get('client_id'), fields.get('client_secret')]
  return id === client.id && isSame(secret ?? '', client.secret)
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [a, b].map(text => createHash('sha256').update(text).digest())
  return one !== undefined && other !== undefined && timingSafeEqual(one, other)
}

function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}

function fault(http: number, error: string, error_description: string): TokenFault {
  return { http, error, error_description }
}

function showFault(res: Response, found: PageFault): void {
  res.status(found.http).send(errorPage(found))
}
