// Every line of the log begins with its component: "elector: the Lease was not renewed; trying again". Calls of a log are
// found by TypeScript's parser, in the product only: simulators and sandbox have no log.
import { join, relative, resolve } from 'node:path'
import { API } from 'typescript/unstable/sync'
import {
  isCallExpression,
  isConditionalExpression,
  isNoSubstitutionTemplateLiteral,
  isPropertyAccessExpression,
  isStringLiteral,
  type Node,
} from 'typescript/unstable/ast'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'

const test = suite('lines of the log', { timeoutMs: 200_000 })
const root = resolve(import.meta.dirname, '../..')
const levels = ['debug', 'info', 'warn', 'error']
const outside = ['src/sim/', 'src/sandbox/']

type Line = { file: string; message: string }
let lines: Line[] = []
test.before(() => {
  const api = new API({ cwd: root })
  const config = join(root, 'tsconfig.json')
  const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
  if (!project) throw new Error('tsconfig.json names no project')
  const sources = project.program.getSourceFileNames().filter(file => file.startsWith(join(root, 'src/')))
  lines = sources.flatMap(path => {
    const file = relative(root, path)
    const source = outside.some(folder => file.startsWith(folder)) ? undefined : project.program.getSourceFile(path)
    return source ? messagesIn(source).map(message => ({ file, message })) : []
  })
  api.close()
})

/** The messages of all calls of a log under this node. */
function messagesIn(node: Node): string[] {
  const found: string[] = []
  const look = (child: Node): void => {
    if (isCallExpression(child) && isLog(child.expression)) found.push(...child.arguments.flatMap(textsOf))
    child.forEachChild(look)
  }
  look(node)
  return found
}

/** `log.warn`, `desk.log.warn` and so on. */
function isLog(callee: Node): boolean {
  if (!isPropertyAccessExpression(callee) || !levels.includes(callee.name.text)) return false
  return /(^|\.)log$/.test(callee.expression.getText())
}

/** The text of an argument, or both texts of a choice between two. */
function textsOf(argument: Node): string[] {
  if (isConditionalExpression(argument)) return [...textsOf(argument.whenTrue), ...textsOf(argument.whenFalse)]
  return isStringLiteral(argument) || isNoSubstitutionTemplateLiteral(argument) ? [argument.text] : []
}

test('each begins with its component', () => {
  assert.ok(lines.length >= 35, `${lines.length} lines were found`)
  const odd = lines.filter(({ message }) => !/^[a-z][a-z-]*: [a-z]|^[a-z][a-z-]*: [A-Z]\w+ /.test(message))
  assert.equal(odd, [])
})

test('none ends with a full stop or quotes a value: values are fields', () => {
  assert.equal(
    lines.filter(({ message }) => /[.:]$|["']/.test(message)),
    [],
  )
})

test.run()
