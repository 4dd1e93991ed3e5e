// Who a token belongs to, as OpenID Connect's UserInfo says it
// (https://developers.google.com/identity/openid-connect/openid-connect#obtaininguserprofileinformation).
import type { Express } from 'express'
import { serveGet, type Api, type Method } from './api.ts'
import { denied } from './failure.ts'
import type { Person } from './types.ts'

const emailScopes = ['email', 'https://www.googleapis.com/auth/userinfo.email']

/** Serves `GET /v1/userinfo`, for tokens with the scope of the address. */
export function serveUserInfo(app: Express, api: Api, people: readonly Person[]): void {
  const method: Method = {
    name: 'UserInfo',
    service: 'openidconnect.googleapis.com',
    method: 'UserInfo',
    scopes: emailScopes,
    process: ({ caller }) => {
      const person = people.find(({ email }) => email === caller.email)
      if (!person) throw denied('openid', 'resource', 'openidconnect')
      const { email, sub, hd, emailVerified = true } = person
      return { sub, email, email_verified: emailVerified, ...(hd && { hd }) }
    },
  }
  serveGet(app, /^\/v1\/(userinfo)$/, method, api)
}
