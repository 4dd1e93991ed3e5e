// What the audit configs of an IAM policy say about Data Access logs. Configs of folders and organisations above it add to
// them, so a policy can prove that they are on, and never that they are off.
import { z } from 'zod'

/**
 * `on`: everything that the person reads or writes is recorded. `partly`: some of it. `off`: nothing, as far as this policy
 * says. `unknown`: the policy could not be read.
 */
export type Recording = { state: 'on' | 'partly' | 'off' | 'unknown'; says: string }

const config = z.object({
  service: z.string(),
  auditLogConfigs: z
    .array(z.object({ logType: z.string(), exemptedMembers: z.array(z.string()).default([]) }))
    .default([]),
})
const policy = z.object({ auditConfigs: z.array(config).default([]) })

const wanted = ['DATA_READ', 'DATA_WRITE']

/** Reads a policy as Google gives it; `place` is the resource that it is of. */
export function recordingIn(raw: unknown, { place, person }: { place: string; person: string }): Recording {
  const { data } = policy.safeParse(raw)
  if (!data) return unknownRecording(place)
  const on = data.auditConfigs.flatMap(({ service, auditLogConfigs }) =>
    auditLogConfigs
      .filter(({ logType, exemptedMembers }) => wanted.includes(logType) && !isExempt(exemptedMembers, person))
      .map(({ logType }) => ({ service, logType })),
  )
  const above = 'a folder or organisation above it may turn on more'
  if (wanted.every(type => on.some(({ service, logType }) => service === 'allServices' && logType === type)))
    return { state: 'on', says: `They are on in the policy of ${place}.` }
  if (on.length === 0) return { state: 'off', says: `They are off for ${person} in the policy of ${place}; ${above}.` }
  const what = on.map(({ service, logType }) => `${logType} of ${service}`).join(', ')
  return { state: 'partly', says: `They are on only for ${what} in the policy of ${place}; ${above}.` }
}

/** Of a policy that could not be read. */
export function unknownRecording(place: string): Recording {
  return { state: 'unknown', says: `Whether they are on cannot be known: you may not read the policy of ${place}.` }
}

function isExempt(members: readonly string[], person: string): boolean {
  return members.some(member => member.toLowerCase() === `user:${person.toLowerCase()}`)
}
