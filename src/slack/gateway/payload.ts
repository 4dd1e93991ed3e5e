// Parses Slack's deliveries: only the fields that are used, each checked. Values that a client could forge (button
// values, private metadata) are parsed too, and used only if the stored state agrees.
import { z } from 'zod'
import type { ButtonTarget } from '../messages/blocks.ts'
import { asTyped } from './as-typed.ts'

const teamID = z.string().regex(/^[TE][A-Z0-9]{2,29}$/)
const userID = z.string().regex(/^[UW][A-Z0-9]{2,29}$/)
const channelID = z.string().regex(/^[CGD][A-Z0-9]{2,29}$/)
const optional = <T extends z.ZodType>(type: T) => type.nullish().transform(value => value ?? undefined)
/** An id, used only if it has the right form. */
const lenient = <T extends z.ZodType>(type: T) => optional(type.catch(undefined as never))

const command = z
  .object({
    command: z.string().min(2).max(64),
    // Whatever the length: a reason that is too long is refused for its length. The body is limited.
    text: z.string().default(''),
    response_url: z.url(),
    trigger_id: z.string().min(1).max(255),
    user_id: userID,
    team_id: teamID,
    enterprise_id: optional(z.string()),
    channel_id: lenient(channelID),
  })
  .transform(body => ({
    command: body.command,
    text: body.text,
    responseUrl: body.response_url,
    triggerID: body.trigger_id,
    channelID: body.channel_id,
    actor: { slackUserID: body.user_id, teamID: body.team_id, enterpriseID: body.enterprise_id },
  }))

const envelope = {
  user: z.object({ id: userID, team_id: optional(teamID) }),
  team: optional(z.object({ id: teamID })),
  enterprise: optional(z.object({ id: z.string() })),
}
type Envelope = {
  user: { id: string; team_id?: string | undefined }
  team?: { id: string } | undefined
  enterprise?: { id: string } | undefined
}
const actorOf = ({ user, team, enterprise }: Envelope): Actor => ({
  slackUserID: user.id,
  teamID: team?.id ?? enterprise?.id ?? '',
  userTeamID: user.team_id,
  enterpriseID: enterprise?.id,
})

const click = z
  .object({
    ...envelope,
    trigger_id: z.string().min(1).max(255),
    response_url: optional(z.url()),
    channel: optional(z.object({ id: lenient(channelID) })),
    view: optional(
      z.object({
        id: z.string(),
        hash: optional(z.string()),
        private_metadata: z.string().default(''),
        state: z.unknown().optional(),
      }),
    ),
    actions: z
      .array(
        z.object({
          action_id: z.string(),
          value: optional(z.string().max(2000)),
          selected_option: optional(z.object({ value: z.string() })),
        }),
      )
      .min(1),
  })
  .transform(body => ({
    actor: actorOf(body),
    triggerID: body.trigger_id,
    responseUrl: body.response_url,
    channelID: body.channel?.id,
    view: body.view && {
      id: body.view.id,
      hash: body.view.hash,
      metadata: body.view.private_metadata,
      state: body.view.state,
    },
    actionID: body.actions[0]?.action_id ?? '',
    value: body.actions[0]?.value ?? body.actions[0]?.selected_option?.value ?? '',
  }))

const submission = z
  .object({
    ...envelope,
    view: z.object({
      id: z.string().min(1).max(255),
      callback_id: z.string(),
      private_metadata: z.string().default(''),
      state: z.unknown().optional(),
    }),
  })
  .transform(body => ({
    actor: actorOf(body),
    viewID: body.view.id,
    callbackID: body.view.callback_id,
    metadata: body.view.private_metadata,
    state: body.view.state,
  }))

/** The person who acts, by Slack's signature. */
export type Actor = {
  slackUserID: string
  teamID: string
  /** The person's own workspace, if Slack sends it: another one in a channel shared with a partner. */
  userTeamID?: string | undefined
  enterpriseID?: string | undefined
}
export type Command = z.infer<typeof command>
export type Click = z.infer<typeof click>
export type Submission = z.infer<typeof submission>

/** Each throws when the body differs from Slack's documentation. */
export const readCommand = (body: unknown): Command => command.parse(body)
export const readClick = (body: unknown): Click => click.parse(body)
export const readSubmission = (body: unknown): Submission => submission.parse(body)

const name = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/)
const target = z.strictObject({ ns: name, n: name, u: z.string().regex(/^[0-9a-f-]{36}$/) })

/** The request of a button; undefined for a value that Hallpass did not write. The inverse of `encodeTarget`. */
export function readTarget(text: string): ButtonTarget | undefined {
  const { data } = target.safeParse(json(text))
  return data && targetFrom(data)
}

function targetFrom({ ns, n, u }: z.infer<typeof target>): ButtonTarget {
  return { namespace: ns, name: n, uid: u }
}

const formMetadata = z.strictObject({ c: lenient(channelID), r: z.url().optional(), f: optional(target) })

/** The place from which a form was opened, and the request that it continues. */
export type FormOrigin = {
  channelID?: string | undefined
  responseUrl?: string | undefined
  follows?: ButtonTarget | undefined
}

/** The private metadata of a form. */
export function encodeOrigin({ channelID: c, responseUrl: r, follows }: FormOrigin): string {
  const f = follows && { ns: follows.namespace, n: follows.name, u: follows.uid }
  return JSON.stringify({ ...(c && { c }), ...(r && { r }), ...(f && { f }) })
}

/** The inverse of `encodeOrigin`; empty for anything else. */
export function readOrigin(text: string): FormOrigin {
  const { data } = formMetadata.safeParse(json(text))
  const { f } = data ?? {}
  return { channelID: data?.c, responseUrl: data?.r, ...(f && { follows: targetFrom(f) }) }
}

const field = z.looseObject({
  value: optional(z.string()),
  selected_option: optional(z.object({ value: z.string() })),
  selected_options: optional(z.array(z.object({ value: z.string() })).max(10)),
  selected_date_time: optional(z.number()),
})
const states = z.object({ values: z.record(z.string(), z.record(z.string(), field)) })

/** The values of a form's fields by block id; each of the blocks has one element. */
export function readFields(state: unknown): Record<string, string> {
  const { data } = states.safeParse(state)
  return Object.fromEntries(
    Object.entries(data?.values ?? {}).map(([block, elements]) => {
      const [held] = Object.values(elements)
      const typed = held?.value === undefined ? undefined : asTyped(held.value)
      const chosen = held?.selected_option?.value ?? held?.selected_options?.map(({ value }) => value).join(' ')
      return [block, typed ?? chosen ?? String(held?.selected_date_time ?? '')]
    }),
  )
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
