// The name of a resource as a mapping writes it, read by the table of types: Resource Manager's own short form for
// projects, folders and organisations, and Google's full resource name for everything else. Pure.
import { Refused, type Refusal, refusal } from '../outcome.ts'
import { type ResourceType, resourceTypes, withoutConditions } from './resource-types.ts'

/** A resource by its name. */
export type Resource = ResourceType & {
  /** As the mapping, the request, the audit log and every message write it. */
  name: string
  /** As the API and conditions know it: without host. */
  relative: string
  /** The identifier in a collection of the name. */
  id: (collection: string) => string
  /** The project in the name, by identifier or number; undefined for buckets, folders and organisations. */
  project: string | undefined
}

const manager = 'cloudresourcemanager.googleapis.com'

const forms = resourceTypes.map(type => {
  const path = type.parts.map(([collection, form]) => `${collection}/(${form})`).join('/')
  return { type, form: new RegExp(`^${prefixOf(type)}${path}$`) }
})

function prefixOf({ service }: ResourceType): string {
  return service === manager ? '' : `//${service.replaceAll('.', '[.]')}/`
}

/** The resource of this name; undefined when the table has no such type, or the name does not have its form. */
export function resourceOf(name: string): Resource | undefined {
  for (const { type, form } of forms) {
    const found = form.exec(name)
    if (!found) continue
    const ids = new Map(type.parts.map(([collection], i) => [collection, found[i + 1] ?? '']))
    const project = ids.get('projects')
    return {
      ...type,
      name,
      relative: name.replace(/^\/\/[^/]+\//, ''),
      id: collection => ids.get(collection) ?? '',
      project: project === '_' ? undefined : project,
    }
  }
  return undefined
}

/** Why nothing can be granted on this resource, told where it is declared; undefined when it can be. */
export function faultOfResource(name: string): Refusal | undefined {
  const plain = withoutConditions.find(({ service }) => name.startsWith(`//${service}/`))
  if (plain)
    return refusal(
      'ResourceWithoutConditions',
      `"${name}" cannot be named, because the policies of ${plain.what} take no conditions, so access there would not end by itself: ${plain.instead}.`,
    )
  const resource = resourceOf(name)
  if (!resource) return notSupported(name)
  const other = otherProjectOf(resource)
  if (other === undefined) return undefined
  return refusal(
    'ResourceOfAnotherProject',
    `"${name}" looks as if it was in "${resource.project}", and the address of the service account is of "${other}": name the project that the account belongs to.`,
  )
}

// Google accepts any project in the name and looks for the account by its address alone.
function otherProjectOf({ id, project }: Resource): string | undefined {
  const home = /@([a-z0-9.-]+)\.iam\.gserviceaccount\.com$/.exec(id('serviceAccounts'))?.[1]
  // The address of an account in project example.com:prod-eu ends in prod-eu.example.com.iam.gserviceaccount.com.
  const own = project?.split(':').toReversed().join('.')
  return home === undefined || own === undefined || /^\d+$/.test(own) || home === own ? undefined : home
}

/** The resource of this name. Throws Refused when the table does not have its type. */
export function knownResource(name: string): Resource {
  const resource = resourceOf(name)
  if (resource) return resource
  const { reason, message } = notSupported(name)
  throw new Refused(reason, message)
}

/** Why a resource that the table does not have is refused: the form for its service, or all forms. */
function notSupported(name: string): Refusal {
  const near = resourceTypes.filter(({ service }) => name.startsWith(`//${service}/`))
  const wanted = near.length > 0 ? near : resourceTypes
  return refusal(
    'ResourceNotSupported',
    `"${name}" is not a resource that Hallpass can grant on: name ${joined(wanted.map(({ example }) => example))}.`,
  )
}

function joined(examples: readonly string[]): string {
  return [examples.slice(0, -1).join(', '), examples.at(-1)].filter(Boolean).join(' or ')
}

/**
 * A resource as Cloud Audit Logs name it, in the form that mappings write. They give the name without the host, which is
 * in another field.
 */
export function fromAuditLog(service: string, name: string): string {
  const relative = name.replace(/^\/\/[^/]+\//, '')
  return service === manager || service === '' ? relative : `//${service}/${relative}`
}

const aboutResource = /\bresource\.(name|type|service)\b/

/** Why a condition on this resource can never hold; undefined when the table knows of no reason. */
export function faultOfAttributes(condition: string, name: string): string | undefined {
  const resource = resourceOf(name)
  if (resource?.conditionsSee !== 'nothing') return undefined
  const [asked] = aboutResource.exec(condition.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, "''")) ?? []
  return asked
    ? `it asks for ${asked}, and Google shows conditions nothing about a ${resource.noun} except the time and tags: remove that part`
    : undefined
}
