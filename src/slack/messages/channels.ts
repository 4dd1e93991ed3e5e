// Looks at the channel of a mapping, to find out before anybody asks that Hallpass cannot write there.
import type { WebClient } from '@slack/web-api'
import { Broken, type Refusal, Refused } from '../../domain/outcome.ts'
import type { Channels, Clock } from '../../domain/ports.ts'
import { meaningOf } from './codes.ts'
import { outcomeOf } from './outcome.ts'
import { remembered } from './remembered.ts'

/** Shorter than the pause between two looks at a mapping, so that each look sees the channel as it is. */
const rememberedSeconds = 60
const mostChannels = 500

/** Channels as Slack shows them. Mappings with the same channel share one call a minute. */
export function createChannels({ client, clock }: { client: WebClient; clock: Clock }): Channels {
  const known = remembered<Refusal | undefined>({ clock, secondsFor: () => rememberedSeconds, most: mostChannels })
  const look = async (channel: string): Promise<Refusal | undefined> => {
    try {
      const { channel: shown } = await client.conversations.info({ channel })
      // An answer without the channel says nothing about it.
      if (shown?.is_member === undefined) throw new Broken('Slack did not show the channel.')
      const code = faultOf(shown)
      return code === undefined ? undefined : refusalOf(code, channel)
    } catch (error) {
      const outcome = outcomeOf(error, { now: clock.now(), doing: 'look at a channel', to: channel })
      if (outcome instanceof Refused) return outcome.refusal
      throw outcome
    }
  }
  return { faultOf: channel => known.get(channel, () => look(channel)) }
}

type Shown = { is_archived?: boolean; is_member?: boolean; is_read_only?: boolean; is_thread_only?: boolean }

// The code with which Slack would refuse a message there.
function faultOf(shown: Shown): string | undefined {
  if (shown.is_archived) return 'is_archived'
  if (!shown.is_member) return 'not_in_channel'
  if (shown.is_read_only) return 'restricted_action_read_only_channel'
  return shown.is_thread_only ? 'restricted_action_thread_only_channel' : undefined
}

function refusalOf(code: string, channel: string): Refusal | undefined {
  const meaning = meaningOf(code)
  if (meaning?.is !== 'final') return undefined
  return {
    reason: meaning.reason,
    message: `Hallpass cannot write to Slack channel "${channel}": ${meaning.because ?? code}.`,
  }
}
