// Prints the expired entries for people (an aligned table, notes and the commands), for a shell, and for programs (one stable
// JSON shape).
import type { Found, LeftoversReport } from '../../audit/leftovers.ts'
import { aligned, ascii, counted } from '../../audit/columns.ts'
import { sayInstant } from '../../audit/rendering.ts'
import { instant } from '../../domain/asking/duration.ts'

/** The shape of `hallpass leftovers -o json`. Fields are only added; if the meaning of a field changes, `schema` changes too. */
export type LeftoversJson = {
  schema: 'hallpass/leftovers/v1'
  /** All instants are RFC 3339 in UTC. */
  at: string
  /** Where the requests were read; `log` for exported entries. */
  source: 'cluster' | 'logging' | 'log'
  /** How many policies were read. */
  policies: number
  leftovers: {
    resource: string
    role: string
    member: string
    endedAt: string
    /** Of the request that the entry's title names. */
    uid: string
    /** Null when the source does not have the request. */
    namespace: string | null
    request: string | null
    /** For a shell. Null when it is not known whose the entry is. */
    command: string | null
  }[]
  /** How many entries look like those of Hallpass, and are not. */
  foreign: number
  /** Policies that are missing in the answer. */
  unread: { resource: string; why: string }[]
}

/** The answer as JSON. */
export function toJson({ source, policies, found, foreign, unread }: LeftoversReport, now: Date): LeftoversJson {
  return {
    schema: 'hallpass/leftovers/v1',
    at: instant(now),
    source,
    policies,
    leftovers: found.map(({ resource, role, member, endedAt, uid, request, command }) => ({
      resource,
      role,
      member,
      endedAt: instant(endedAt),
      uid,
      namespace: request?.namespace ?? null,
      request: request?.name ?? null,
      command,
    })),
    foreign: foreign.length,
    unread,
  }
}

const heading = ['RESOURCE', 'ROLE', 'MEMBER', 'ENDED', 'REQUEST']

/** The answer as a table with its notes, and the commands below. */
export function toTable(report: LeftoversReport): string {
  const { found } = report
  const table = found.length > 0 ? aligned([heading, ...found.map(rowOf)]) : []
  const commands = commandsOf(report)
  const lines = [...table, summary(report), ...notes(report)].map(line => `${line}\n`).join('')
  return commands === '' ? lines : `${lines}\n${commands}`
}

function rowOf({ resource, role, member, endedAt, request }: Found): string[] {
  const made = request ? `${request.namespace}/${request.name}` : '-'
  return [resource, role, member, sayInstant(endedAt), made].map(ascii)
}

function summary({ found, policies }: LeftoversReport): string {
  const many = counted(found.length, 'expired entry', 'expired entries')
  return `${many} of Hallpass in ${counted(policies, 'policy', 'policies')}. They give nothing, and Google counts them until they are removed.`
}

function notes({ source, found, foreign, unread }: LeftoversReport): string[] {
  const unknown = found.filter(({ request }) => request === null).length
  return [
    unknown > 0 &&
      `- ${unknownIn(source, counted(unknown, 'entry', 'entries'))} So no command is given. The title names the request.`,
    source !== 'cluster' &&
      found.length > unknown &&
      'The requests are from the log. Anyone who may write to it can have an expired entry called removable.',
    foreign.length > 0 &&
      `${counted(foreign.length, 'entry looks', 'entries look')} like those of Hallpass and ${foreign.length === 1 ? 'is' : 'are'} not, because the request in the title had something else written. Somebody else made them: ${[...new Set(foreign.map(({ resource }) => ascii(resource)))].join(', ')}.`,
    unread.length > 0 && `${counted(unread.length, 'policy is', 'policies are')} missing in this answer.`,
  ].filter(note => typeof note === 'string')
}

function unknownIn(source: LeftoversReport['source'], entries: string): string {
  return source === 'cluster'
    ? `The cluster does not have the requests of ${entries}: they were deleted a while after their end, or are of another cluster. The log may have them: --source logging, or a file.`
    : `The log does not have the requests of ${entries}: it begins later, or they are of another installation.`
}

/** Only the commands, each below a comment with what it removes. Running one again fails and changes nothing. */
export function commandsOf({ found }: Pick<LeftoversReport, 'found'>): string {
  return found
    .flatMap(({ resource, role, member, command }) =>
      command === null ? [] : [`# ${[resource, role, member].map(ascii).join(', ')}\n${command}\n`],
    )
    .join('\n')
}
