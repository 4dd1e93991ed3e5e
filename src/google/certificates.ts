// Google's published signing keys: kept as long as their cache-control allows, fetched again for an unknown key at most
// every ten seconds, so that forged key ids cannot cause many calls to Google.
import { createPublicKey, type KeyObject } from 'node:crypto'
import { after } from '../domain/asking/duration.ts'
import { Broken, Waiting } from '../domain/outcome.ts'
import type { Clock } from '../domain/ports.ts'
import { type FailedAnswer, failedAnswer } from './answer.ts'
import { passingOutcome } from './passing.ts'
import { createOnceClient, withoutSlash } from './transport.ts'

/**
 * The key with this id; undefined when Google does not publish it. Rejects with Broken when Google cannot be reached,
 * and with Waiting when the keys were fetched too recently to fetch them again.
 */
export type KeySource = (kid: string) => Promise<KeyObject | undefined>

type CertificatesOptions = { clock: Clock; url: string; timeoutMs?: number | undefined }
type Published = { keys: Map<string, KeyObject>; until: Date; fetchedAt: Date }

const refetchSeconds = 10
/** Not longer than a day, even if the answer allows more. */
const longestSeconds = 86_400

/** Keys from `{kid: PEM}` (https://www.googleapis.com/oauth2/v1/certs). */
export function createCertificates({ clock, url, timeoutMs }: CertificatesOptions): KeySource {
  const { transporter } = createOnceClient({}, timeoutMs)
  let published: Published | undefined
  let fetching: Promise<Published> | undefined

  const fetchOnce = async (): Promise<Published> => {
    fetching ??= fetchKeys().finally(() => (fetching = undefined))
    return fetching
  }
  const fetchKeys = async (): Promise<Published> => {
    const { data, headers } = await transporter
      .request<unknown>({ url, responseType: 'json' })
      .catch((error: unknown) => {
        throw unfetched(failedAnswer(error), clock.now())
      })
    const now = clock.now()
    const keys = readKeys(data)
    published = { keys, fetchedAt: now, until: after(now, maxAgeOf(headers.get('cache-control'))) }
    return published
  }

  return async kid => {
    const now = clock.now()
    const isFresh = published && now < published.until
    const known = published && isFresh ? published : await fetchOnce()
    const key = known.keys.get(kid)
    if (key || !isFresh) return key
    // The known list may be older than the key: only a newer list proves that Google does not publish it.
    const nextFetchAt = after(known.fetchedAt, refetchSeconds)
    if (now < nextFetchAt)
      throw new Waiting(nextFetchAt, "Google's signing keys were fetched a moment ago, without this one.")
    return (await fetchOnce()).keys.get(kid)
  }
}

/**
 * The certificates that Google publishes now, `{kid: PEM}`, for an archive. Rejects with Broken or Waiting when it does not
 * answer. `rootUrl` is another address than Google's, for the sandbox and tests.
 */
export async function fetchCertificates({
  clock,
  rootUrl = googleCertificates,
}: Pick<CertificatesOptions, 'clock'> & { rootUrl?: string }): Promise<Record<string, string>> {
  const url = `${withoutSlash(rootUrl)}/oauth2/v1/certs`
  const { data } = await createOnceClient({})
    .transporter.request<unknown>({ url, responseType: 'json' })
    .catch((error: unknown) => {
      throw unfetched(failedAnswer(error), clock.now())
    })
  readKeys(data)
  return Object.fromEntries(
    Object.entries(data as object).filter(([, pem]) => typeof pem === 'string' && pem.startsWith('-----BEGIN CERT')),
  )
}

/** Where Google publishes them. */
export const googleCertificates = 'https://www.googleapis.com'

// Any answer without the keys, even from Google, may be different the next time.
function unfetched(answer: FailedAnswer, now: Date): Waiting | Broken {
  const doing = 'publish its signing keys'
  return (
    passingOutcome(answer, { whom: 'Google', doing, now }) ??
    new Broken(`Google answered ${answer.status} when asked to ${doing}.`)
  )
}

function readKeys(data: unknown): Map<string, KeyObject> {
  const entries = typeof data === 'object' && data !== null ? Object.entries(data) : []
  const keys = entries.flatMap(([kid, pem]) => {
    const key = readKey(pem)
    return key ? [[kid, key] as const] : []
  })
  if (keys.length === 0) throw new Broken("Google's answer holds no signing keys.")
  return new Map(keys)
}

/** A certificate or a bare public key in PEM, if it is an RSA key. */
function readKey(pem: unknown): KeyObject | undefined {
  if (typeof pem !== 'string' || !/^-----BEGIN (CERTIFICATE|PUBLIC KEY)-----/.test(pem)) return undefined
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyType === 'rsa' ? key : undefined
  } catch {
    return undefined
  }
}

function maxAgeOf(cacheControl: string | null): number {
  const seconds = Number(/(?:^|[\s,])max-age=(\d{1,9})/.exec(cacheControl ?? '')?.[1] ?? 0)
  return Math.min(seconds, longestSeconds)
}
