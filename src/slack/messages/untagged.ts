// What people read when Slack knows nobody of those who are asked, so that the message notifies nobody. Pure.
import type { MessageView } from '../../domain/view/view.ts'
import { code, list } from './words.ts'

/** What is wrong and what to do; undefined when somebody can be mentioned, or nobody is asked yet. */
export function untaggedLine({ approvers }: MessageView): string | undefined {
  if (approvers.length === 0 || approvers.some(({ slackUserID }) => slackUserID !== undefined)) return undefined
  const who = list(approvers.slice(0, mostNamed).map(({ email }) => code(email)))
  const others = approvers.length > mostNamed ? ` and ${approvers.length - mostNamed} more` : ''
  const [account, them] = approvers.length === 1 ? ['an account', 'this person'] : ['accounts', 'these people']
  return `Slack does not know ${account} with ${who}${others}, so nobody was notified. Please tell ${them} yourself. The platform team can add a row to ${code('people')} in the settings of Hallpass: the address of the Slack account, and the address that PagerDuty or the mapping has.`
}

const mostNamed = 3
