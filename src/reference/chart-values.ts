// The schema of the Helm chart's values. Its settings are those of the configuration file, so that helm refuses what the
// processes would refuse.
import { z } from 'zod'
import { everySetting } from '../app/config-schema.ts'

type Schema = { [key: string]: unknown; properties?: Record<string, Schema>; items?: Schema; required?: string[] }

const namespace = { type: 'string', pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' }
const texts = { type: 'object', additionalProperties: { type: 'string' } }
const anyObject = { type: 'object' }
const closed = (properties: Record<string, unknown>, required: string[] = []): unknown => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
})
const process = closed({ replicas: { type: 'integer', minimum: 0, maximum: 10 }, resources: anyObject })

/** The controller asks a janitor exactly if there is one. It has no rights over every namespace. */
const janitorRules = [
  {
    required: ['janitor'],
    properties: {
      janitor: { required: ['enabled'], properties: { enabled: { const: true } } },
      config: { required: ['janitor'] },
      allNamespaces: { const: false },
    },
  },
  {
    properties: {
      janitor: { properties: { enabled: { const: false } } },
      config: { not: { required: ['janitor'] } },
    },
  },
]

const egress = (properties: object): object => ({ properties: { egress: { properties } } })

/** The schema by its path in the repository, with the text that it must have. */
export function chartSchema(): Record<string, string> {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['image', 'config'],
    properties: {
      image: closed(
        {
          repository: { type: 'string', minLength: 1 },
          tag: { type: 'string' },
          digest: { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' },
          pullSecrets: { type: 'array', items: closed({ name: { type: 'string' } }, ['name']) },
        },
        ['repository'],
      ),
      createNamespace: { type: 'boolean' },
      tokenNamespace: namespace,
      namespaces: { type: 'array', minItems: 1, items: namespace },
      allNamespaces: { type: 'boolean' },
      config: settings(),
      gateway: process,
      auth: process,
      controller: process,
      janitor: closed({ enabled: { type: 'boolean' }, resources: anyObject }),
      extraEnv: { type: 'array', items: anyObject },
      nodeSelector: texts,
      tolerations: { type: 'array', items: anyObject },
      affinity: anyObject,
      priorityClassName: { type: 'string' },
      egress: closed({
        hostsByName: { type: 'boolean' },
        apiServer: { type: 'string', pattern: '^([0-9a-f.:]+/[0-9]{1,3})?$' },
      }),
      ingress: closed({ kind: { enum: ['none', 'gke', 'gateway-api'] } }),
      global: anyObject,
    },
    // Without the control plane's address no process would reach the API server.
    oneOf: janitorRules,
    anyOf: [egress({ hostsByName: { const: false } }), egress({ apiServer: { minLength: 1 } })],
  }
  return { 'deploy/chart/values.schema.json': `${JSON.stringify(schema, null, 2)}\n` }
}

/** The settings that a site writes: without the namespaces, which the chart adds, and without the sandbox. */
function settings(): Schema {
  const own = everySetting.omit({ namespaces: true, tokenNamespace: true, systemNamespace: true, iAmASandbox: true })
  const schema = z.toJSONSchema(own, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema, path }) => plain(jsonSchema as Schema, path),
  }) as Schema
  const { $schema: _, ...rest } = schema
  const { google, slack, externalRequesters } = rest.properties ?? {}
  // The address becomes a text of CEL in the policy on new requests.
  const email = externalRequesters?.items?.properties?.['email']
  if (!email) throw new Error('The settings have no address of an external requester.')
  email['pattern'] = '^[^\\s\'"\\\\@]+@[A-Za-z0-9.-]+$'
  if (google) google.required = ['oauthClientID', 'ticketKey', 'tokenKey', 'auditLog']
  if (slack) slack.required = ['teams']
  return { ...rest, required: ['publicUrl', 'hostedDomains', 'slack', 'google'] }
}

/** What zod checks by code, and patterns that Go's regular expressions do not have. */
function plain(schema: Schema, path: readonly PropertyKey[]): void {
  if (typeof schema['pattern'] === 'string') schema['pattern'] = schema['pattern'].replace(/\(\?=[^)]*\)/, '')
  if (path.at(-1) === 'publicUrl') schema['pattern'] = '^https://[A-Za-z0-9.-]+$'
}
