// Checks recorded Slack traffic with Slack's own types: writes it as TypeScript literals and lets the compiler judge them.
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../src/sim/controlplane/build.ts'
import type { Exchange } from '../../src/sim/traffic.ts'
import type { Json } from './schema.ts'

const root = join(import.meta.dirname, '../..')

/** A value that must fit a type; `what` says where it is from. */
export type Claim = { what: string; type: string; value: unknown }

const prelude = `
import type * as api from '@slack/web-api'
import type * as bolt from '@slack/bolt'
import type { KnownBlock, ModalView } from '@slack/types'
// Without index signatures, which would allow every field, and with the texts of enums.
type Known<T> = T extends string
  ? \`\${T}\`
  : T extends readonly (infer U)[]
    ? Known<U>[]
    : T extends object
      ? { [K in keyof T as string extends K ? never : number extends K ? never : K]: Known<T[K]> }
      : T
type Names<T> = T extends unknown ? keyof Known<T> : never
// What is said over sockets has no types of Slack's; these are the examples of its documentation.
type Hello = { type: 'hello'; num_connections: number; debug_info: Host & Started; connection_info: { app_id: string } }
type Host = { host: string }
type Started = { build_number: number; approximate_connection_time: number }
type Disconnect = { type: 'disconnect'; reason: 'warning' | 'refresh_requested' | 'link_disabled'; debug_info: Host }
type Envelope = { envelope_id: string; type: 'slash_commands' | 'interactive'; payload: null } & Flags
type Flags = { accepts_response_payload: boolean; retry_attempt?: number; retry_reason?: string }
type Acknowledgement = { envelope_id: string; payload?: null }
`

/** What does not fit its type, one line each. Slack sends null for an absent object, which its types leave out. */
export async function misfits(claims: readonly Claim[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hallpass-slack-types-'))
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    const lines = claims.map(({ type, value }, i) => `export const claim${i}: ${type} = ${JSON.stringify(value)}`)
    await writeFile(join(folder, 'claims.ts'), `${prelude}${lines.join('\n')}\n`)
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['claims.ts'] }))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { output } = await run(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { cwd: folder })
    return output
      .split('\n')
      .filter(line => /error TS/.test(line))
      .map(line => named(line, claims))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const compilerOptions = {
  strict: true,
  strictNullChecks: false,
  noEmit: true,
  skipLibCheck: true,
  module: 'nodenext',
  target: 'esnext',
  types: ['node'],
}

function named(line: string, claims: readonly Claim[]): string {
  const [, row = '0', text = line] = /^[^(]*\((\d+),\d+\): error (.*)$/.exec(line) ?? []
  const claim = claims[Number(row) - prelude.split('\n').length]
  return claim ? `${claim.what}: ${text}` : line
}

/** The claims of a call: its answer, and the names and blocks of its arguments. */
export function claimsOf({ url, request, answer, status }: Exchange): Claim[] {
  const method = /^\/api\/([a-zA-Z.]+)/.exec(url)?.[1]
  if (method === undefined || status !== 200) return []
  const base = method.replace(/(?:^|\.)(\w)/g, (_, letter: string) => letter.toUpperCase())
  const args = Object.fromEntries(new URLSearchParams(request))
  const structures = Object.entries({
    blocks: 'KnownBlock[]',
    view: 'ModalView',
    attachments: 'api.MessageAttachment[]',
  })
  return [
    ...claimsOfAnswer(method, base, JSON.parse(answer) as Json),
    { what: `arguments of ${method}`, type: `Names<api.${base}Arguments>[]`, value: Object.keys(args) },
    ...structures.flatMap(([name, type]) =>
      args[name] === undefined ? [] : { what: `${name} of ${method}`, type, value: JSON.parse(args[name]) as unknown },
    ),
  ]
}

// The types of answers describe blocks by one shape for all kinds, so blocks are judged by the types of blocks.
function claimsOfAnswer(method: string, base: string, answer: Json): Claim[] {
  const blocks: unknown[] = []
  const value = JSON.parse(
    JSON.stringify(answer, (name, one: unknown) => {
      if (name !== 'blocks' || !Array.isArray(one)) return one
      blocks.push(one)
      return undefined
    }),
  ) as unknown
  return [
    { what: `answer of ${method}`, type: `Known<api.${base}Response>`, value },
    ...blocks.map(one => ({ what: `blocks in the answer of ${method}`, type: 'KnownBlock[]', value: one })),
  ]
}

/** One claim of each shape: values with the same fields need no second look. */
export function distinct(claims: readonly Claim[]): Claim[] {
  return [...new Map(claims.map(claim => [`${claim.type} ${shapeOf(claim.value)}`, claim])).values()]
}

function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return `[${[...new Set(value.map(shapeOf))].join()}]`
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  const type = 'type' in value ? String(value.type) : ''
  return `${type}{${Object.entries(value)
    .map(([name, one]) => `${name}:${shapeOf(one)}`)
    .join()}}`
}
