// Checks the result of an action of some identity: it succeeds, or it is refused with the expected message.
import * as assert from 'uvu/assert'
import { ApiError } from '../../src/kube/api-error.ts'
import type { Transport } from '../../src/kube/transport.ts'

/** `refused` is the expected message, of RBAC or of a policy. Without it the action must succeed. */
export type Refused = { refused?: RegExp }
/** RBAC's message. */
export const byRbac = /User "[^"]+" cannot \w+ resource/
/** The policy's message for everybody except the three processes. */
export const onlyHallpassWrites = /only Hallpass's own service accounts do/

/** Fails unless the action succeeds, or is refused as expected. */
export async function judge(act: Promise<unknown>, { refused }: Refused): Promise<void> {
  const error = await act.then(
    () => undefined,
    (e: unknown) => e,
  )
  if (!refused) return assert.is(error, undefined, String(error))
  assert.instance(error, Error, 'it was allowed')
  assert.match((error as Error).message, refused)
}

/** A merge patch without a version. */
export function mergePatch(transport: Transport, path: string, body: object): Promise<unknown> {
  return transport.request({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body })
}

/** The API server gets changed rights by its own watch. */
export async function eventually(check: () => Promise<void>): Promise<void> {
  for (const until = Date.now() + 10_000; ; await new Promise(resolve => setTimeout(resolve, 50))) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > until) throw error
    }
  }
}

/** The status of the API server's answer, 200 for every success. Errors without an answer are thrown. */
export async function statusOf(act: Promise<unknown>): Promise<string> {
  try {
    await act
  } catch (error) {
    if (error instanceof ApiError) return String(error.status)
    throw error
  }
  return '200'
}
