// Checks a mapping's channel: a message that asks for a decision must be possible there.
import type { RoleMapping } from '../../api/kinds.ts'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../../domain/outcome.ts'
import type { Channels } from '../../domain/ports.ts'

/** Why the channel cannot be used; `silence` when Slack does not answer, which is not a fault of the mapping. */
type ChannelFound = { fault?: Refusal; silence?: Refusal }

/** Slack did not answer: this may be temporary and is reported only in the condition. */
const slackSilent = refusal(
  'SlackSilent',
  'Slack does not show the channel of this mapping, so it is not known whether it can be used. Slack is asked again.',
)

/**
 * What is said of a mapping whose second channel cannot be used. It is no fault: people can ask, and emergencies are told
 * in the mapping's own channel and to the reviewers directly.
 */
export async function alertRemarks(channels: Channels, { spec }: RoleMapping): Promise<string[]> {
  if (!spec.emergency) return []
  try {
    const fault = await channels.faultOf(spec.emergency.channel)
    return fault ? [`Emergencies are not told in emergency.channel: ${fault.message}`] : []
  } catch (error) {
    if (error instanceof Refused) return [`Emergencies are not told in emergency.channel: ${error.message}`]
    if (error instanceof Broken || error instanceof Waiting) return []
    throw error
  }
}

/** Looks at the channel. */
export async function channelFound(channels: Channels, { spec }: RoleMapping): Promise<ChannelFound> {
  try {
    const fault = await channels.faultOf(spec.channel)
    return fault ? { fault } : {}
  } catch (error) {
    if (error instanceof Refused) return { fault: error.refusal }
    if (error instanceof Broken || error instanceof Waiting) return { silence: slackSilent }
    throw error
  }
}
