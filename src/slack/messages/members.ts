// The members of a channel, as Slack lists them: decides where news is sent, and proves nothing.
import type { WebClient } from '@slack/web-api'
import { LRUCache } from 'lru-cache'
import { byClock, validFor } from '../../domain/memory.ts'
import type { Clock } from '../../domain/ports.ts'
import { meaningOf } from './codes.ts'
import { codeOf } from './outcome.ts'

/** 10 pages of 1,000 members; in larger channels a person beyond them gets a direct message. */
const memberPages = 10
const memberCacheSeconds = 60
const memberCacheSize = 200

/**
 * Whether a person is in a channel. An answer is cached for a minute; a channel that Hallpass cannot see counts as
 * empty.
 */
export type IsMember = (channel: string, user: string) => Promise<boolean>

/** Membership as Slack lists it. Rejects with Slack's own error when the call fails. */
export function createMembers({ client, clock }: { client: WebClient; clock: Clock }): IsMember {
  const load = async (channel: string): Promise<Set<string>> => {
    const members = new Set<string>()
    let cursor: string | undefined
    for (let page = 0; page < memberPages; page++) {
      const answer = await client.conversations.members({ channel, limit: 1000, ...(cursor && { cursor }) })
      for (const member of answer.members ?? []) members.add(member)
      cursor = answer.response_metadata?.next_cursor
      if (!cursor) break
    }
    return members
  }
  const loadVisible = (channel: string): Promise<Set<string>> =>
    load(channel).catch((error: unknown) => {
      if (meaningOf(codeOf(error) ?? '')?.is === 'final') return new Set<string>()
      throw error
    })
  const ttl = validFor(memberCacheSeconds)
  const channels = new LRUCache({ max: memberCacheSize, ttl, fetchMethod: loadVisible, ...byClock(clock) })
  return async (channel, user) => (await channels.forceFetch(channel)).has(user)
}
