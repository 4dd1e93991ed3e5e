// Finds the passages of the repository that a person reads: comments, strings of several words, Markdown, and the texts in
// YAML and shell scripts. TypeScript is read by its own parser, YAML by its own lexer. It judges nothing.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { API, type Program } from 'typescript/unstable/sync'
import {
  isNoSubstitutionTemplateLiteral,
  isRegularExpressionLiteral,
  isStringLiteral,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast'
import { CST, Lexer } from 'yaml'

/** One piece of prose as its file has it. Lines that belong together are one passage. */
export type Passage = { file: string; line: number; kind: 'comment' | 'string' | 'doc'; text: string }

type Span = { start: number; end: number }
type Piece = { at: number; kind: Passage['kind']; text: string }

const root = resolve(import.meta.dirname, '../..')
const templatePieces: readonly SyntaxKind[] = [
  SyntaxKind.TemplateHead,
  SyntaxKind.TemplateMiddle,
  SyntaxKind.TemplateTail,
]

/** Every passage of every tracked file, file by file. */
export function passages(): Passage[] {
  const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean)
  const sources = files.filter(file => file.endsWith('.ts') && !file.endsWith('.gen.ts'))
  return [...files.flatMap(written), ...programmed(sources)]
}

function written(file: string): Passage[] {
  const read = (): string => readFileSync(join(root, file), 'utf8')
  if (file.endsWith('.md')) return located(file, read(), markdown)
  if (file.endsWith('.yaml')) return located(file, read(), yaml)
  return file.endsWith('.sh') ? located(file, read(), script) : []
}

function located(file: string, text: string, find: (text: string) => Piece[]): Passage[] {
  return find(text).map(({ at, ...piece }) => ({ file, line: text.slice(0, at).split('\n').length, ...piece }))
}

/** Paragraphs outside fences, without what is between backticks. */
export function markdown(text: string): Piece[] {
  const blank = (code: string): string => code.replace(/[^\n]/g, ' ')
  const prose = text.replace(/^```[^]*?^```/gm, blank).replace(/`[^`\n]+`/g, blank)
  return pieces(prose, 'doc', /\S[^\n]*(?:\n[^\n]*\S[^\n]*)*/g)
}

/** Comments, and scalars of at least three words. */
export function yaml(text: string): Piece[] {
  let at = 0
  let previous = ''
  const found: Piece[] = []
  for (const token of new Lexer().lex(text)) {
    if (CST.tokenType(token) === 'comment') found.push({ at, kind: 'comment', text: token })
    if (previous === CST.SCALAR && /\S\s+\S+\s+\S/.test(token)) found.push({ at, kind: 'string', text: token })
    // The lexer also gives control characters, which are not in the text.
    if (text.startsWith(token, at)) at += token.length
    previous = token
  }
  return found
}

/** Every line, for a script's comments and its output are its whole text; comments on neighbouring lines together. */
export function script(text: string): Piece[] {
  return pieces(text, 'comment', /#[^\n]*(?:\n[ \t]*#[^\n]*)*|[^\n]+/g)
}

/** The passages of all TypeScript files; fails when no program holds one of them. */
function programmed(files: string[]): Passage[] {
  const api = new API({ cwd: root })
  const open = (config: string): Program => {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
    if (!project) throw new Error(`${config} names no project`)
    return project.program
  }
  const programs = ['tsconfig.json', 'src/sandbox/page/tsconfig.json'].map(config => open(join(root, config)))
  const found = files.flatMap(file => {
    const [source] = programs.flatMap(program => program.getSourceFile(join(root, file)) ?? [])
    if (!source) throw new Error(`${file} is in no program`)
    return located(file, source.text, () => typescript(source))
  })
  api.close()
  return found
}

/** Strings of several words, the pieces of templates among them, and comments. */
function typescript(source: SourceFile): Piece[] {
  const literals = literalsOf(source)
  const strings = literals.map(({ start, end }) => ({ at: start, text: source.text.slice(start, end) }))
  return [
    ...strings.filter(({ text }) => text.includes(' ')).map(piece => ({ ...piece, kind: 'string' as const })),
    ...pieces(masked(source.text, literals), 'comment', /\/\/[^\n]*(?:\n[ \t]*\/\/[^\n]*)*|\/\*[^]*?\*\//g),
  ]
}

function literalsOf(source: SourceFile): Span[] {
  const spans: Span[] = []
  const look = (node: Node): void => {
    if (isLiteral(node)) spans.push({ start: node.getStart(source), end: node.end })
    node.forEachChild(look)
  }
  look(source)
  return spans
}

function isLiteral(node: Node): boolean {
  if (isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node)) return true
  return isRegularExpressionLiteral(node) || templatePieces.includes(node.kind)
}

/** The text with every literal blanked, so that whatever still looks like a comment is a comment. */
function masked(text: string, literals: Span[]): string {
  let result = ''
  for (const { start, end } of literals.toSorted((a, b) => a.start - b.start))
    result += text.slice(result.length, start) + text.slice(start, end).replace(/[^\n]/g, ' ')
  return result + text.slice(result.length)
}

function pieces(text: string, kind: Passage['kind'], pattern: RegExp): Piece[] {
  return [...text.matchAll(pattern)].map(match => ({ at: match.index, kind, text: match[0] }))
}
