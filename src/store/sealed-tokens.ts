// Sealed tokens and kept evidence as Secrets in a namespace only for them. Nothing is decrypted here.
import { evidenceType, sealedTokenType } from '../api/kinds.ts'
import type { Clock, SealedTokens } from '../domain/ports.ts'
import { isAlreadyExists, isNotFound } from '../kube/api-error.ts'
import { createResource, type Stored } from '../kube/resource.ts'
import type { Transport } from '../kube/transport.ts'
import { asOutcome, type Doing } from './outcome.ts'

// The uid of the token's request.
const requestUidLabel = 'hallpass.dev/request-uid'

type Secret = Stored & { metadata: { creationTimestamp: string }; type: string; data?: { sealed?: string } }

/**
 * Sealed tokens in `namespace`. Its users have different rights there: auth may only create, the controller only read and
 * delete, so no method needs another one's right.
 */
export function createSealedTokens(options: { transport: Transport; namespace: string; clock: Clock }): SealedTokens {
  const { transport, namespace, clock } = options
  const resource = createResource<Secret>(transport, { group: '', version: 'v1', plural: 'secrets' })
  const trying = (doing: string) => (): Doing => ({ now: clock.now(), doing })
  return {
    create: (name, uid, sealed) =>
      asOutcome(trying(`store sealed token "${name}"`), async () => {
        const secret = {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name, namespace, labels: { [requestUidLabel]: uid } },
          immutable: true,
          type: typeOf(name),
          data: { sealed: Buffer.from(sealed).toString('base64') },
        }
        // The name is derived from the evidence, so an existing Secret is the same token, stored before.
        await resource.create(secret).catch(unless(isAlreadyExists))
      }),
    read: name =>
      asOutcome(trying(`read sealed token "${name}"`), async () => {
        const secret = await resource.get({ namespace, name }).catch(unless(isNotFound))
        if (secret?.type !== typeOf(name) || secret.data?.sealed === undefined) return undefined
        return Buffer.from(secret.data.sealed, 'base64').toString('utf8')
      }),
    delete: name =>
      asOutcome(trying(`delete sealed token "${name}"`), async () => {
        await resource.delete({ namespace, name }).catch(unless(isNotFound))
      }),
    list: () =>
      asOutcome(trying('list sealed tokens'), async () => {
        const tokens: { name: string; createdAt: Date }[] = []
        for await (const { metadata, type } of resource.each({ namespace }))
          if (type === typeOf(metadata.name))
            tokens.push({ name: metadata.name, createdAt: new Date(metadata.creationTimestamp) })
        return tokens
      }),
  }
}

// The admission policy has the same two names and types.
function typeOf(name: string): string {
  return name.startsWith('evidence-') ? evidenceType : sealedTokenType
}

const unless =
  (isExpected: (error: unknown) => boolean) =>
  (error: unknown): undefined => {
    if (!isExpected(error)) throw error
    return undefined
  }
