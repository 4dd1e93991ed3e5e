// The architecture, as the design's table states it: who may import whom, where time and the environment are read, how
// long a file may be, and that no field of a request escapes its digest. Sources are read by TypeScript's own parser.
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { API, type Program } from 'typescript/unstable/sync'
import {
  isCallExpression,
  isIdentifier,
  isNewExpression,
  isPropertyAccessExpression,
  isStringLiteral,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import type { RequestSpec } from '../src/api/kinds.ts'
import { specDigest } from '../src/domain/approval/digest.ts'
import { suite } from './suite.ts'

const test = suite('architecture')
const root = resolve(import.meta.dirname, '..')

/** What each folder of src may import besides itself. A folder that is not here has no place. */
const floors: Record<string, readonly string[]> = {
  api: [],
  cel: [],
  domain: ['api', 'cel'],
  kube: [],
  store: ['api', 'domain', 'kube'],
  google: ['api', 'domain'],
  pagerduty: ['api', 'domain'],
  audit: ['api', 'domain'],
  controller: ['api', 'domain', 'kube', 'store', 'audit'],
  janitor: ['api', 'domain', 'kube'],
  'slack/messages': ['api', 'domain'],
  'slack/gateway': ['api', 'domain', 'store', 'slack/messages'],
  auth: ['api', 'domain', 'store'],
  app: ['api', 'domain', 'kube', 'store', 'google', 'pagerduty', 'audit', 'controller', 'janitor', 'slack', 'auth'],
  cli: ['app', 'audit', 'store', 'domain', 'api'],
  reference: ['app', 'domain', 'kube', 'api'],
  sim: ['cel'],
  sandbox: ['app', 'sim', 'store', 'kube', 'api'],
}
const clocks = ['src/app/clock.ts', 'src/kube/environment.ts', 'src/sim/', 'src/sandbox/']
const environments = ['src/app/environment.ts', 'src/sim/', 'src/sandbox/']
const longestFile = 300

type Source = {
  file: string
  text: string
  imports: string[]
  hiddenImports: number
  clocks: number
  environments: number
}
let sources: Source[] = []

test.before(() => {
  const api = new API({ cwd: root })
  const config = join(root, 'tsconfig.json')
  const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
  if (!project) throw new Error('tsconfig.json names no project')
  const files = project.program.getSourceFileNames().filter(file => file.startsWith(join(root, 'src/')))
  sources = files.map(file => sourceOf(project.program, file))
  api.close()
})

function sourceOf(program: Program, path: string): Source {
  const parsed = program.getSourceFile(path)
  if (!parsed) throw new Error(`${path} cannot be parsed`)
  const source: Source = {
    file: relative(root, path),
    text: parsed.text,
    imports: parsed.imports.filter(isStringLiteral).map(literal => literal.text),
    hiddenImports: 0,
    clocks: 0,
    environments: 0,
  }
  const visit = (node: Node): void => {
    if (importsUnseen(node)) source.hiddenImports++
    if (readsClock(node)) source.clocks++
    if (isMember(node, 'process', 'env')) source.environments++
    node.forEachChild(child => visit(child))
  }
  visit(parsed)
  return source
}

/** `import(x)`, where nobody can tell what x is. */
function importsUnseen(node: Node): boolean {
  if (!isCallExpression(node) || node.expression.kind !== SyntaxKind.ImportKeyword) return false
  const [what] = node.arguments
  return !what || !isStringLiteral(what)
}

/** `new Date()` without arguments, or `Date.now`. */
function readsClock(node: Node): boolean {
  if (isMember(node, 'Date', 'now')) return true
  if (!isNewExpression(node) || (node.arguments?.length ?? 0) > 0) return false
  return isIdentifier(node.expression) && node.expression.text === 'Date'
}

function isMember(node: Node, object: string, property: string): boolean {
  if (!isPropertyAccessExpression(node)) return false
  return isIdentifier(node.expression) && node.expression.text === object && node.name.text === property
}

/** The row of the table that a file belongs to; undefined when it has none. */
function floorOf(file: string): string | undefined {
  const [src, first, second] = file.split('/')
  return src === 'src' ? [`${first}/${second}`, `${first}`].find(floor => floor in floors) : undefined
}

/** Why `file` must not import `target`; undefined when it may. */
function whyNot(file: string, target: string): string | undefined {
  const [from, to] = [floorOf(file), floorOf(target)]
  if (!from) return `${file} is in no folder of the design`
  if (!to) return `${file} imports ${target}, which is no part of the product`
  const isAllowed = to === from || floors[from]?.some(floor => to === floor || to.startsWith(`${floor}/`))
  return isAllowed ? undefined : `${file} (${from}) imports ${target} (${to})`
}

const importFacts: [string, string, boolean][] = [
  ['src/domain/audit/audit.ts', 'src/api/kinds.ts', true],
  ['src/domain/audit/audit.ts', 'src/domain/approval/digest.ts', true],
  ['src/domain/audit/audit.ts', 'src/store/requests.ts', false],
  ['src/app/run.ts', 'src/slack/gateway/gateway.ts', true],
  ['src/slack/gateway/steps.ts', 'src/store/asking.ts', true],
  ['src/auth/door/door.ts', 'src/store/asking.ts', true],
  ['src/auth/door/door.ts', 'src/slack/gateway/steps.ts', false],
  ['src/slack/messages/chat.ts', 'src/store/requests.ts', false],
  ['src/slack/messages/chat.ts', 'src/slack/gateway/gateway.ts', false],
  ['src/google/policy.ts', 'src/pagerduty/on-call.ts', false],
  ['src/controller/act.ts', 'src/slack/messages/chat.ts', false],
  ['src/janitor/janitor.ts', 'src/controller/ending/end-early.ts', false],
  ['src/janitor/janitor.ts', 'src/google/policy-service.ts', false],
  ['src/kube/queue.ts', 'src/domain/outcome.ts', false],
  ['src/sim/clock.ts', 'src/domain/ports.ts', false],
  ['src/sim/google/condition.ts', 'src/cel/condition.ts', true],
  ['src/cel/condition.ts', 'src/domain/outcome.ts', false],
  ['src/cel/condition.ts', 'src/sim/clock.ts', false],
  ['src/api/kinds.ts', 'test/suite.ts', false],
  ['src/new/thing.ts', 'src/api/kinds.ts', false],
]
for (const [file, target, isAllowed] of importFacts)
  test(`${file} ${isAllowed ? 'may' : 'must not'} import ${target}`, () => {
    assert.is(whyNot(file, target) === undefined, isAllowed)
  })

test('imports go down only', () => {
  assert.ok(sources.length > 50, `only ${sources.length} files were read`)
  const faults = sources.flatMap(({ file, imports }) =>
    imports
      .filter(specifier => specifier.startsWith('.'))
      .map(specifier => whyNot(file, join(dirname(file), specifier)))
      .filter(why => why !== undefined),
  )
  assert.equal(faults, [])
})

/** The files of a circle of imports, types included; empty without a circle. */
function circleIn(importsOf: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]): string[] => {
    const at = way.indexOf(file)
    if (at >= 0) return [...way.slice(at), file]
    if (done.has(file)) return []
    for (const next of importsOf.get(file) ?? []) {
      const circle = visit(next, [...way, file])
      if (circle.length > 0) return circle
    }
    done.add(file)
    return []
  }
  return [...importsOf.keys()].map(file => visit(file, [])).find(circle => circle.length > 0) ?? []
}

const circles: Record<string, [imports: Record<string, string[]>, circle: string[]]> = {
  'a chain is no circle': [{ a: ['b', 'c'], b: ['c'], c: [] }, []],
  'two files that import each other are a circle': [{ a: ['b'], b: ['c'], c: ['b'] }, ['b', 'c', 'b']],
  'a file that imports itself is a circle': [{ a: ['a'] }, ['a', 'a']],
}
for (const [sentence, [imports, circle]] of Object.entries(circles))
  test(sentence, () => assert.equal(circleIn(new Map(Object.entries(imports))), circle))

test('no imports run in a circle', () => {
  const own = (file: string, names: readonly string[]): string[] =>
    names.filter(name => name.startsWith('.')).map(name => join(dirname(file), name))
  assert.equal(circleIn(new Map(sources.map(({ file, imports }) => [file, own(file, imports)]))), [])
})

/** Everything that these files import, and what that imports, types included. */
function reachedFrom(files: readonly string[]): Set<string> {
  const importsOf = new Map(sources.map(({ file, imports }) => [file, imports]))
  const reached = new Set<string>()
  const visit = (file: string): void => {
    if (reached.has(file)) return
    reached.add(file)
    for (const name of importsOf.get(file) ?? []) if (name.startsWith('.')) visit(join(dirname(file), name))
  }
  files.forEach(visit)
  return reached
}

/** What makes an entry of a policy, and the reducer that has one made. */
const putsIn = ['src/domain/granting/adding.ts', 'src/domain/granting/edit.ts']

test('what only takes out cannot reach what puts in', () => {
  const takesOut = sources
    .map(({ file }) => file)
    .filter(file => file.startsWith('src/janitor/') || file === 'src/domain/granting/taking-out.ts')
  assert.ok(takesOut.length > 3, 'what takes out was not found')
  const reached = reachedFrom(takesOut)
  assert.equal(
    putsIn.filter(file => reached.has(file)),
    [],
  )
  const wouldReach = reachedFrom(['src/controller/granting/edit.ts'])
  assert.ok(
    putsIn.every(file => wouldReach.has(file)),
    'the controller reaches both',
  )
})

test('every import can be seen', () => assert.equal(filesWith('hiddenImports'), []))

test('the time is asked in the clock alone', () => {
  const known = filesWith('clocks')
  assert.ok(known.includes('src/app/clock.ts'), 'the clock itself was not found')
  assert.equal(outside(known, clocks), [])
})

test('the environment is read in one file', () => {
  const known = filesWith('environments')
  assert.ok(known.includes('src/app/environment.ts'), 'the one file was not found')
  assert.equal(outside(known, environments), [])
})

test('domain and dialect are pure: they open no file, no connection and no process, and set no timer', () => {
  const impure = /^node:(?!crypto$|util$)|^(express|undici|googleapis|@slack|@google-cloud|@kubernetes)/
  const faults = sources
    .filter(({ file }) => /^src\/(domain|cel)\//.test(file))
    .flatMap(({ file, imports }) => imports.filter(name => impure.test(name)).map(name => `${file} imports ${name}`))
  assert.equal(faults, [])
})

test('no code revokes a token at Google, because that would end all that person has in flight', () => {
  const revocation = /oauth2[^'"`]*\/revoke|\brevoke(Token|Credentials)\b/
  const faults = sources.filter(({ file, text }) => !file.startsWith('src/sim/') && revocation.test(text))
  assert.equal(
    faults.map(({ file }) => file),
    [],
  )
})

test('a file is short enough to be read at once', () => {
  const long = sources
    .filter(({ file }) => !file.endsWith('.gen.ts'))
    .map(({ file, text }) => ({ file, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > longestFile)
  assert.equal(long, [])
})

test('a file says at its top what it owns', () => {
  const mute = sources.filter(({ text }) => !/^(#!.*\n)?(\/\/|\/\*) ?\S/.test(text)).map(({ file }) => file)
  assert.equal(mute, [])
})

function filesWith(what: 'hiddenImports' | 'clocks' | 'environments'): string[] {
  return sources.filter(source => source[what] > 0).map(({ file }) => file)
}

function outside(files: readonly string[], allowed: readonly string[]): string[] {
  return files.filter(file => !allowed.some(place => file === place || (place.endsWith('/') && file.startsWith(place))))
}

type Schema = { type: string; properties?: Record<string, Schema>; items?: Schema }
type Change = { what: string; value: unknown }

/** A value of this shape with everything in it. */
function full(schema: Schema): unknown {
  if (schema.type === 'object')
    return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, inner]) => [name, full(inner)]))
  if (schema.type === 'array') return schema.items ? [full(schema.items)] : []
  return schema.type === 'integer' ? 1 : schema.type === 'boolean' ? true : 'one'
}

/** Every value that differs from the full one in one place: a leaf changed, a property left out, an item added. */
function changes(schema: Schema, at = 'spec'): Change[] {
  const whole = full(schema)
  if (schema.type === 'object') {
    const object = whole as Record<string, unknown>
    return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
      const { [name]: _, ...rest } = object
      const within = changes(inner, `${at}.${name}`).map(({ what, value }) => ({
        what,
        value: { ...object, [name]: value },
      }))
      return [{ what: `${at} without ${name}`, value: rest }, ...within]
    })
  }
  if (schema.type === 'array' && schema.items) {
    const within = changes(schema.items, `${at}[]`).map(({ what, value }) => ({ what, value: [value] }))
    return [{ what: `${at} with one more`, value: [...(whole as unknown[]), full(schema.items)] }, ...within]
  }
  const other: Record<string, unknown> = { integer: 2, boolean: false, string: 'two' }
  return [{ what: `${at} changed`, value: other[schema.type] }]
}

const crd = parse(readFileSync(join(root, 'crds/accessrequests.yaml'), 'utf8'), { merge: true }) as {
  spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: Schema } } } }[] }
}
const specSchema = crd.spec.versions[0]?.schema.openAPIV3Schema.properties.spec as Schema
// The digest is taken of requests that the API server has accepted, which have all that is required.
const isRequired = /^spec(\.\w+)? without (requester|grants|approval|spans)$/

test('the digest covers every field of a request that its schema has', () => {
  const digest = specDigest(full(specSchema) as RequestSpec)
  const all = changes(specSchema).filter(({ what }) => !isRequired.test(what))
  assert.ok(all.length > 50, `only ${all.length} changes were tried`)
  const missed = all.filter(({ value }) => specDigest(value as RequestSpec) === digest).map(({ what }) => what)
  assert.equal(missed, [])
})

test.run()
