// IAM Service Account Credentials: a token of another service account, for callers with the right to make one
// (https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken).
import type { Express } from 'express'
import { z } from 'zod'
import { type Api, type Incoming, parseBody, serveMethods } from './api.ts'
import { denied, invalid } from './failure.ts'
import type { Rights } from './rights.ts'
import { cloudPlatform, type Tokens } from './tokens.ts'

type Dependencies = { rights: Rights; tokens: Tokens }

const shape = z.strictObject({
  scope: z.array(z.string()),
  lifetime: z
    .string()
    .regex(/^\d{1,5}s$/)
    .optional(),
  delegates: z.array(z.string()).optional(),
})
const right = 'iam.serviceAccounts.getAccessToken'

/** Serves `POST /v1/projects/-/serviceAccounts/EMAIL:generateAccessToken`. */
export function serveCredentials(app: Express, api: Api, deps: Dependencies): void {
  const generateAccessToken = {
    name: 'GenerateAccessToken',
    service: 'iamcredentials.googleapis.com',
    method: 'google.iam.credentials.v1.IAMCredentials.GenerateAccessToken',
    scopes: [cloudPlatform, 'https://www.googleapis.com/auth/iam'],
    process: (incoming: Incoming) => generate(incoming, deps),
  }
  serveMethods(app, /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):(\w+)$/, { generateAccessToken }, api)
}

function generate({ caller, resource: email, body, at }: Incoming, { rights, tokens }: Dependencies): object {
  const { scope, lifetime = '3600s' } = parseBody(shape, body)
  const [, project] = /^[^@]+@([^.]+)\.iam\.gserviceaccount\.com$/.exec(email) ?? []
  const name = `projects/${project}/serviceAccounts/${email}`
  if (!rights.may(caller.email, right, name, { at })) throw denied(right, name, 'iam')
  if (scope.length === 0) throw invalid('Scope required.')
  const seconds = Number(lifetime.slice(0, -1))
  if (seconds === 0 || seconds > 3600) throw invalid('Lifetime must be at most one hour.')
  const accessToken = tokens.issue(email, scope, email)
  return { accessToken, expireTime: new Date(at.getTime() + seconds * 1000).toISOString().replace('.000', '') }
}
