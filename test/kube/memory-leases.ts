// One Lease in memory with the API server's rules, for an elector with a manual clock.
import { ApiError } from '../../src/kube/api-error.ts'
import type { Call, Transport } from '../../src/kube/transport.ts'

type Lease = {
  metadata: { resourceVersion: string }
  spec: { holderIdentity?: string; renewTime?: string; leaseDurationSeconds?: number }
}

export class MemoryLeases implements Transport {
  lease: Lease | undefined
  /**
   * What happens to calls: they succeed, stay unanswered before or after they took effect, or hang until the caller
   * gives up.
   */
  mode: 'well' | 'silent' | 'answer lost' | 'hanging' = 'well'
  /** Runs between a call's effect and its answer. */
  beforeAnswer: () => Promise<void> = async () => undefined
  #version = 0

  async request<T>(call: Call): Promise<T> {
    if (this.mode === 'silent') throw unanswered()
    if (this.mode === 'hanging')
      return new Promise((_, reject) => call.signal?.addEventListener('abort', () => reject(unanswered())))
    const answer = this.#answer(call)
    await this.beforeAnswer()
    if (this.mode === 'answer lost' && call.method !== 'GET') throw unanswered()
    return structuredClone(answer) as T
  }

  /** Another process writes the lease. */
  writtenBy(holderIdentity: string): void {
    this.#store({ metadata: { resourceVersion: '' }, spec: { ...this.lease?.spec, holderIdentity } })
  }

  #answer({ method, body }: Call): Lease {
    if (method === 'GET' && !this.lease) throw new ApiError('none', { status: 404, reason: 'NotFound' })
    if (method === 'POST' && this.lease) throw new ApiError('there', { status: 409, reason: 'AlreadyExists' })
    const given = body as Lease
    if (method === 'PUT' && given.metadata.resourceVersion !== this.lease?.metadata.resourceVersion)
      throw new ApiError('changed', { status: 409, reason: 'Conflict' })
    return method === 'GET' && this.lease ? this.lease : this.#store(given)
  }

  #store(lease: Lease): Lease {
    this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(++this.#version) } }
    return this.lease
  }

  stream(): never {
    throw new Error('leases are not watched')
  }
  async close(): Promise<void> {}
}

const unanswered = (): ApiError => new ApiError('no answer', { status: 0, reason: 'NoAnswer' })
