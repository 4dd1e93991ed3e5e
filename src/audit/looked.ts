// Reads the policies of many resources, a few at a time. One that cannot be read is named, and the rest is still read.
import { fewAtOnce } from '../domain/few-at-once.ts'
import type { Policy } from '../domain/granting/policy.ts'
import { Broken, Refused, Waiting } from '../domain/outcome.ts'

/** A policy as it was read. */
export type Read = { resource: string; policy: Policy }
/** A policy as it was read, or why it was not. */
export type Looked = Read | { resource: string; why: string }

/** As many policies are read at the same time. */
const atOnce = 4

/** Reads one policy each. `read` rejects with Refused, Waiting or Broken; anything else rejects all. */
export async function lookAtPolicies(
  resources: readonly string[],
  read: (resource: string) => Promise<Policy>,
): Promise<Looked[]> {
  return fewAtOnce(resources, atOnce, async resource => ({ resource, ...(await lookAt(resource, read)) }))
}

async function lookAt(
  resource: string,
  read: (resource: string) => Promise<Policy>,
): Promise<{ policy: Policy } | { why: string }> {
  try {
    return { policy: await read(resource) }
  } catch (error) {
    if (error instanceof Refused || error instanceof Waiting || error instanceof Broken) return { why: error.message }
    throw error
  }
}
