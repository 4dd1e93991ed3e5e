// The workspaces of our organisation, for people who are at home in one that is not configured: Slack's answers about a
// person do not always say which organisation their workspace belongs to.
import type { WebClient } from '@slack/web-api'
import type { Clock } from '../../domain/ports.ts'
import { codeOf, outcomeOf } from './outcome.ts'

const pageSize = 1000
const mostPages = 10
/** Slack's codes for a token that may not ask: that of a single workspace, or one that an administrator limits. */
const notForUs = [
  'access_denied',
  'missing_scope',
  'no_permission',
  'not_allowed_token_type',
  'team_access_not_granted',
]

/**
 * Ids of the workspaces in which the organisation approved the app (https://docs.slack.dev/reference/methods/auth.teams.list/).
 * Empty when the token may not ask: then nobody of another workspace takes part.
 */
export async function approvedWorkspaces(client: WebClient, clock: Clock): Promise<readonly string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  try {
    for (let page = 0; page < mostPages; page += 1) {
      const answer = await client.auth.teams.list({ limit: pageSize, ...(cursor && { cursor }) })
      ids.push(...(answer.teams ?? []).flatMap(({ id }) => id ?? []))
      cursor = answer.response_metadata?.next_cursor
      if (!cursor) break
    }
    return ids
  } catch (error) {
    if (notForUs.includes(codeOf(error) ?? '')) return []
    throw outcomeOf(error, { now: clock.now(), doing: 'list the workspaces of the organisation' })
  }
}
