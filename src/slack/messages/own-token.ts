// What Slack says about our bot token: whom it is for, and what it may do.
import type { WebClient } from '@slack/web-api'
import { Broken } from '../../domain/outcome.ts'
import type { Clock } from '../../domain/ports.ts'
import { meaningOf } from './codes.ts'
import { codeOf, outcomeOf } from './outcome.ts'

/** Slack refuses the token itself. */
export class TokenRefused extends Broken {
  readonly code: string
  constructor(code: string) {
    super(`Slack refuses the bot token ("${code}").`)
    this.code = code
  }
}

export type OwnToken = {
  /** Ids of the workspace, and of the organisation if there is one. */
  teamIDs: readonly string[]
  team: string
  bot: string
  scopes: readonly string[]
}

/** Asks Slack about the client's token (https://docs.slack.dev/reference/methods/auth.test). Rejects with TokenRefused, Waiting or Broken. */
export async function askOwnToken({ client, clock }: { client: WebClient; clock: Clock }): Promise<OwnToken> {
  try {
    const answer = await client.auth.test()
    const { team_id: id, enterprise_id: enterprise, team = '', user = '', response_metadata: more } = answer
    if (id === undefined) throw new Broken('Slack did not say which workspace the bot token is for.')
    return { teamIDs: [id, enterprise].filter(one => one !== undefined), team, bot: user, scopes: more?.scopes ?? [] }
  } catch (error) {
    const code = codeOf(error)
    if (code !== undefined && ['setup', 'final'].includes(meaningOf(code)?.is ?? '')) throw new TokenRefused(code)
    throw outcomeOf(error, { now: clock.now(), doing: 'look at the bot token' })
  }
}
