// The data that the sandbox's server sends to its page: everything one person sees. Types only.

export type Block = { type: string; block_id?: string; [field: string]: unknown }
export type Person = { id: string; name: string; role: string; email: string }
export type Channel = { id: string; name: string; isDirect: boolean }
export type Message = {
  ts: string
  author: string
  isApp: boolean
  at: string
  text: string
  blocks: Block[]
  isEdited: boolean
  /** Only this person sees it. */
  isEphemeral: boolean
  replies: Message[]
}
export type View = { id: string; view: Record<string, unknown>; errors: Record<string, string> }
export type Command = { name: string; hint: string }
export type Binding = {
  role: string
  member: string
  title: string
  expression: string
  /** The condition without its times; may be empty. */
  only: string
  /** Made through Hallpass. */
  isOurs: boolean
  startsAt?: string
  endsAt?: string
}
/** What kubectl prints: the names of the columns, and the rows with a cell for each. */
export type RequestTable = { columns: string[]; rows: string[][] }
export type AuditRow = { at: string; event: string; actor: string; message: string; request: string }

/** An alert in PagerDuty that a page opened. */
export type PageRow = {
  at: string
  status: 'triggered' | 'acknowledged' | 'resolved'
  urgency: 'high' | 'low'
  summary: string
  link: string
  changedAt: string
}

export type State = {
  /** The address where people ask and decide without Slack. */
  door: string
  /** Whether the optional janitor runs. */
  hasJanitor: boolean
  now: string
  me: string
  people: Person[]
  channels: Channel[]
  messages: Record<string, Message[]>
  views: View[]
  commands: Command[]
  policies: { resource: string; bindings: Binding[] }[]
  requests: RequestTable
  audit: AuditRow[]
  pages: PageRow[]
  /** Names behind `<@U…>`, `<#C…>` and `<!subteam^S…>`. */
  names: Record<string, string>
}
