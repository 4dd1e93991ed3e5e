// The outside calls from Google's return to the last binding that no implementation of this flow can do without, and what each
// of them needs. Calls that do not need each other can be made at the same time.

/** Each call with the calls whose answers it needs. The order is one in which they can be made one after another. */
export const callGraph = {
  'exchange the code': [],
  'decrypt the ticket': [],
  // The ticket says which request it is about.
  'read the request': ['decrypt the ticket'],
  'test permissions': ['exchange the code', 'read the request'],
  // Whether it has room, before anything is stored. The controller does not trust what auth has read.
  'look at the policy': ['exchange the code', 'read the request'],
  // A token is stored only once its nonce is compared with the request.
  'encrypt the token': ['exchange the code', 'read the request'],
  'create the Secret': ['encrypt the token', 'look at the policy'],
  // Afterwards the controller acts, so the rights and the Secret come before.
  'append the approval': ['create the Secret', 'test permissions'],
  'watch latency': ['append the approval'],
  'look up the requester': ['watch latency'],
  'read the mapping': ['watch latency'],
  'read the Secret': ['watch latency'],
  'decrypt the token': ['read the Secret'],
  // Approved, the times and that writing begins are one write.
  'write the status': ['decrypt the token', 'look up the requester', 'read the mapping'],
  'read the policy': ['decrypt the token'],
  // Both grants are on one policy, so they are one edit.
  'write the policy': ['write the status', 'read the policy'],
} as const satisfies Record<string, readonly string[]>

export type CallName = keyof typeof callGraph
/** Milliseconds of each call. */
export type CallTimes = Record<CallName, number>

export const callNames = Object.keys(callGraph) as CallName[]
const last: CallName = 'write the policy'

/** How long the calls take when each begins as soon as those that it needs are answered. */
export function criticalPath(times: CallTimes): number {
  return endOf(last, times)
}

function endOf(name: CallName, times: CallTimes): number {
  const before = latest(name, times)
  return times[name] + (before ? endOf(before, times) : 0)
}

/** Of the calls that this one needs, the one that ends last. */
function latest(name: CallName, times: CallTimes): CallName | undefined {
  const needed: readonly CallName[] = callGraph[name]
  return needed.toSorted((a, b) => endOf(b, times) - endOf(a, times))[0]
}
