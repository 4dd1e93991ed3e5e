// How an act of some identity is judged: it succeeds, or it is refused in the words of whoever should refuse it.
import * as assert from 'uvu/assert'
import { ApiError } from '../../src/kube/api-error.ts'
import type { Transport } from '../../src/kube/transport.ts'

/** `refused` says by whom: RBAC, or the words of a policy. Without it the act succeeds. */
export type Refused = { refused?: RegExp }
/** The words of RBAC. */
export const byRbac = /User "[^"]+" cannot \w+ resource/
/** The words of the policy for everybody who is none of the three. */
export const onlyHallpassWrites = /only Hallpass's own service accounts do/

/** Fails unless the act succeeds, or is refused as it should be. */
export async function judge(act: Promise<unknown>, { refused }: Refused): Promise<void> {
  const error = await act.then(
    () => undefined,
    (e: unknown) => e,
  )
  if (!refused) return assert.is(error, undefined, String(error))
  assert.instance(error, Error, 'it was allowed')
  assert.match((error as Error).message, refused)
}

/** Merge patch without a version: whatever stands now. */
export function mergePatch(transport: Transport, path: string, body: object): Promise<unknown> {
  return transport.request({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body })
}

/** The API server learns of changed rights by its own watch. */
export async function eventually(check: () => Promise<void>): Promise<void> {
  for (const until = Date.now() + 10_000; ; await new Promise(resolve => setTimeout(resolve, 50))) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > until) throw error
    }
  }
}

/** The status that the API server answers, 200 for whatever it does; anything that is no answer is thrown. */
export async function statusOf(act: Promise<unknown>): Promise<string> {
  try {
    await act
  } catch (error) {
    if (error instanceof ApiError) return String(error.status)
    throw error
  }
  return '200'
}
