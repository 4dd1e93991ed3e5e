// What `hallpass lint` finds in mappings: the API server's faults, the controller's, and doubts that only files show.
import type { MappingSettings } from '../../app/mapping-settings.ts'
import type { RoleMapping } from '../../api/kinds.ts'
import { faultOfRoute } from '../../domain/calling/paging.ts'
import { judgeMapping, type JudgedWith } from '../../domain/mapping/alone.ts'
import { doubtsOf, indexOf, type MappingIndex } from '../../domain/mapping/beside-others.ts'
import { placeOfFault } from '../../domain/mapping/fault-place.ts'
import { lintRuleOf, type LintRuleName, type Severity } from '../../domain/mapping/lint-rules.ts'
import type { Refusal } from '../../domain/outcome.ts'
import type { Organisation } from '../../domain/people/belonging.ts'
import { googleGroupsOf, groupsOff } from '../../domain/people/google-groups.ts'
import { oneLine } from '../../domain/text.ts'
import type { Place } from '../manifests/documents.ts'
import type { FoundMapping, FoundMappings, RefusedMapping } from '../manifests/mappings.ts'
import { sayFault } from '../manifests/mappings.ts'

/** One finding, in one line. `mapping` is its namespace and name, as far as the file says. */
export type Finding = Place & { rule: LintRuleName; severity: Severity; mapping: string; says: string; remedy: string }

type Judging = { settings: MappingSettings | undefined; now: Date }

/** Every finding, in the order of the files. */
export function findingsIn({ mappings, refused }: FoundMappings, judging: Judging): Finding[] {
  const all = mappings.map(({ mapping }) => mapping)
  const beside = { all, index: indexOf(all) }
  const found = [...refused.flatMap(findingsOfRefused), ...mappings.flatMap(one => findingsOf(one, beside, judging))]
  return found.toSorted((a, b) =>
    a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1,
  )
}

function findingsOfRefused({ name, faults, placeOf }: RefusedMapping): Finding[] {
  return faults.map(fault => finding('Schema', { place: placeOf(fault.path), mapping: name, says: sayFault(fault) }))
}

type Others = { all: readonly RoleMapping[]; index: MappingIndex }

function findingsOf({ mapping, placeOf }: FoundMapping, { all, index }: Others, judging: Judging): Finding[] {
  const { faults, remarks } = judgeMapping(mapping, judgedWith(mapping, all, judging))
  const { settings } = judging
  const { people = [], namespaces = [] } = settings ?? {}
  const name = `${mapping.metadata.namespace}/${mapping.metadata.name}`
  const at = (path: readonly (string | number)[], says: string): Said => ({ place: placeOf(path), mapping: name, says })
  return [
    ...[...faults, ...faultsBySettings(mapping, settings)].map(fault =>
      finding(fault.reason, at(placeOfFault(fault, mapping), fault.message)),
    ),
    ...doubtsOf(mapping, index, { people, namespaces }).map(({ rule, path, says }) => finding(rule, at(path, says))),
    ...remarks.map(says => finding('Remark', at(['spec'], says))),
  ]
}

type Said = { place: Place; mapping: string; says: string }

function finding(rule: LintRuleName, { place, mapping, says }: Said): Finding {
  const { severity, remedy } = lintRuleOf(rule)
  return { ...place, rule, severity, mapping, says: oneLine(says), remedy }
}

function judgedWith(mapping: RoleMapping, others: readonly RoleMapping[], { settings, now }: Judging): JudgedWith {
  return {
    others,
    generic: settings?.genericCommand ?? '/access',
    organisation: settings?.organisation ?? everybodyIn(mapping),
    people: settings?.people ?? [],
    custom: new Map(),
    now,
  }
}

// Without settings nobody is known to be outside, so every domain that the mapping names counts as the own one.
function everybodyIn({ spec }: RoleMapping): Organisation {
  const addresses = JSON.stringify(spec).matchAll(/@([a-z0-9.-]+)/gi)
  const domains = [...addresses].map(([, domain = '']) => domain.toLowerCase())
  return { hostedDomains: [...new Set([...domains, ...(spec.requesters.domains ?? [])])], externalRequesters: [] }
}

function faultsBySettings(mapping: RoleMapping, settings: MappingSettings | undefined): Refusal[] {
  if (!settings) return []
  const route = faultOfRoute(mapping, settings.pageRoutes)
  const needsGroups = !settings.readsGoogleGroups && googleGroupsOf(mapping.spec).length > 0
  return [...(route ? [route] : []), ...(needsGroups ? [groupsOff] : [])]
}
