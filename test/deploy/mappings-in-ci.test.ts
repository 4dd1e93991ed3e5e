// What CI runs on mappings: the script, the action for GitHub and the hooks of pre-commit, each by its exact commands in a
// separate repository; and 200 mappings that share blocks, rendered by the real kustomize.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { parse, stringify } from 'yaml'
import { locateBinaries } from '../../src/sim/controlplane/locate.ts'
import { attacks } from '../attacks.ts'
import { suite } from '../suite.ts'

const test = suite('mappings in CI', { timeoutMs: 200_000 })
const root = resolve(import.meta.dirname, '../..')
const script = join(root, 'deploy/ci/check-mappings.sh')
const folder = mkdtempSync(join(tmpdir(), 'hallpass-ci-'))
let path = ''
test.before(async () => {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  // npm would load every package again; it prints what it was asked.
  const programs = {
    hallpass: `exec "${process.execPath}" "${join(root, 'bin/hallpass.js')}" "$@"`,
    npm: 'echo "npm $*"',
  }
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  const { folder: binaries } = await locateBinaries()
  path = [bin, binaries, dirname(process.execPath), process.env['PATH']].join(delimiter)
})
test.after(() => rmSync(folder, { recursive: true, force: true }))

type Ended = { code: number | null; out: string; err: string }
function run(program: string, args: readonly string[], cwd: string, env: Record<string, string> = {}): Ended {
  const git = {
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b.c',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b.c',
  }
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { PATH: path, HOME: folder, NODE_COMPILE_CACHE: join(folder, 'compiled'), ...git, ...env },
  })
  return { code: status, out: stdout ?? '', err: stderr ?? '' }
}

/** A repository with one of our folders as `mappings`, committed. */
function repositoryWith(from: string, name = 'mappings'): string {
  const repository = mkdtempSync(join(folder, 'repository-'))
  cpSync(join(root, from), join(repository, name), { recursive: true })
  for (const args of [
    ['init', '-q'],
    ['add', '.'],
    ['commit', '-qm', 'before'],
  ])
    assert.is(run('git', args, repository).code, 0)
  return repository
}
function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8')
  assert.ok(text.includes(from), `${file} has "${from}"`)
  writeFileSync(file, text.replace(from, to))
}

test('the script judges the samples, and says what a change means', () => {
  const repository = repositoryWith('deploy/samples')
  const same = run(script, ['mappings', 'HEAD'], repository)
  assert.equal([same.code, same.err], [0, ''])
  assert.match(same.out, /0 errors, 0 warnings, 0 notes in 7 mappings\.[^]*16 passed, 0 failed in 1 file\./)
  assert.is(
    readFileSync(join(repository, 'hallpass-out/plan.md'), 'utf8'),
    '### Access: no change in power\n\n7 mappings have no change in power.\n',
  )
  edit(join(repository, 'mappings/prod-schema.yaml'), 'required: 2', 'required: 1')
  assert.is(run(script, ['mappings', 'HEAD'], repository, { HALLPASS_OUT: 'other' }).code, 0)
  assert.match(
    readFileSync(join(repository, 'other/plan.md'), 'utf8'),
    /\*\*Gained\*\*: approvals that are needed: `1`, until now `2`/,
  )
  const { runs } = JSON.parse(readFileSync(join(repository, 'other/mappings.sarif'), 'utf8')) as { runs: unknown[] }
  assert.is(runs.length, 1)
  assert.is(run('git', ['worktree', 'list'], repository).out.trim().split('\n').length, 1)
})

test('a finding and a failed test end with 1, what cannot be read or compared with 2, and a broken past stops nobody', () => {
  const repository = repositoryWith('deploy/samples')
  const mapping = join(repository, 'mappings/prod-db.yaml')
  edit(mapping, 'max: 4h', 'max: 3h')
  const failed = run(script, ['mappings'], repository)
  assert.match(failed.out, /failed: dana may ask prod-db for 4h\n.*\n {2}got: no, by TooLong/)
  assert.is(failed.code, 1)
  const absent = run(script, ['mappings', 'absent'], repository)
  assert.match(absent.err, /there is no commit "absent" here\. Fetch it first/)
  assert.is(absent.code, 2)
  edit(mapping, 'spec:', 'spec: {')
  assert.is(run(script, ['mappings'], repository).code, 2)
  for (const args of [
    ['add', '.'],
    ['commit', '-qm', 'broken'],
  ])
    run('git', args, repository)
  run('git', ['checkout', '-q', 'HEAD~1', '--', '.'], repository)
  const corrected = run(script, ['mappings', 'HEAD'], repository)
  assert.match(corrected.err, /the two versions are not compared/)
  assert.is(corrected.code, 0)
})

test('200 mappings take their approval from blocks, and one change of a block is seen in each of them', () => {
  const repository = repositoryWith('deploy/approval-blocks')
  const mappings = join(repository, 'mappings/mappings')
  const names = Array.from({ length: 200 }, (_, n) => `shop-${n}`)
  for (const [n, name] of names.entries()) {
    const text = stringify({
      apiVersion: 'hallpass.dev/v1alpha1',
      kind: 'RoleMapping',
      metadata: { name, labels: { approval: n % 2 === 0 ? 'manager-on-call' : 'two-people' } },
      spec: {
        description: `Read the logs of shop ${n}`,
        grants: [{ resource: `projects/shop-${n}-prod`, role: 'roles/logging.viewer' }],
        requesters: { domains: [], emails: [], slackUserGroups: ['S0SHOP'] },
      },
    })
    assert.ok(text.split('\n').length < 20, text)
    writeFileSync(join(mappings, `${name}.yaml`), text)
  }
  const kustomization = parse(readFileSync(join(mappings, 'kustomization.yaml'), 'utf8')) as { resources: string[] }
  kustomization.resources.push(...names.map(name => `${name}.yaml`))
  writeFileSync(join(mappings, 'kustomization.yaml'), stringify(kustomization))
  for (const args of [
    ['add', '.'],
    ['commit', '-qm', 'many'],
  ])
    run('git', args, repository)
  const same = run(script, ['mappings', 'HEAD'], repository)
  assert.match(same.out, /0 errors, 0 warnings, 0 notes in 202 mappings\./)
  assert.equal([same.code, same.err], [0, ''])
  edit(join(repository, 'mappings/two-people/kustomization.yaml'), 'required: 2', 'required: 1')
  assert.is(run(script, ['mappings', 'HEAD'], repository).code, 0)
  const plan = readFileSync(join(repository, 'hallpass-out/plan.md'), 'utf8')
  assert.match(plan, /power is gained in 101 of 202 mappings/)
  assert.is((plan.match(/approvals that are needed: `1`, until now `2`/g) ?? []).length, 101)
})

test('a label that no block selects leaves a mapping that nobody accepts', () => {
  const repository = repositoryWith('deploy/approval-blocks')
  edit(join(repository, 'mappings/mappings/orders-db.yaml'), 'manager-on-call', 'manager-on-cal')
  const { code, out } = run(script, ['mappings'], repository)
  assert.match(out, /error Schema: spec\.approval: Required value/)
  assert.is(code, 2, 'its tests cannot be run either')
})

type Action = {
  inputs: Record<string, unknown>
  runs: { steps: { run: string; shell: string; env?: Record<string, string> }[] }
}
const action = parse(readFileSync(join(root, 'deploy/ci/github-action/action.yml'), 'utf8')) as Action

/** Runs every step of the action as a runner does, with these inputs. */
function runAction(
  repository: string,
  inputs: Record<string, string>,
): { code: number | null; out: string; summary: string } {
  const summary = join(repository, 'summary.md')
  const around = {
    GITHUB_ACTION_PATH: join(root, 'deploy/ci/github-action'),
    RUNNER_TEMP: mkdtempSync(join(folder, 'runner-')),
    GITHUB_STEP_SUMMARY: summary,
  }
  let [code, out]: [number | null, string] = [0, '']
  for (const step of action.runs.steps) {
    const given = Object.entries(step.env ?? {}).map(([name, text]) => [
      name,
      text.replace(/^\$\{\{ inputs\.(\w+) \}\}$/, (_, input: string) => inputs[input] ?? ''),
    ])
    const ended = run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], repository, {
      ...around,
      ...(Object.fromEntries(given) as Record<string, string>),
    })
    out += ended.out + ended.err
    code = ended.code
    if (code !== 0) break
  }
  return { code, out, summary: existsSync(summary) ? readFileSync(summary, 'utf8') : '' }
}

test('the action installs itself without scripts of packages, judges, and adds the plan to the summary', () => {
  const repository = repositoryWith('deploy/samples')
  edit(join(repository, 'mappings/prod-schema.yaml'), 'required: 2', 'required: 1')
  const { code, out, summary } = runAction(repository, { mappings: 'mappings', since: 'HEAD' })
  assert.is(code, 0, out)
  assert.match(out, /^npm ci --omit=dev --ignore-scripts /)
  assert.match(summary, /power is gained in 1 of 7 mappings/)
  edit(join(repository, 'mappings/prod-db.yaml'), 'roles/logging.viewer', 'roles/owner')
  assert.is(runAction(repository, { mappings: 'mappings' }).code, 1)
})

test('no script of the action contains an expression, so no input becomes a part of it', () => {
  assert.ok(action.runs.steps.length > 0)
  for (const step of action.runs.steps) assert.not.match(step.run, /\$\{\{/)
})

attacks<{ name?: string; since?: string }>(
  test,
  {
    'the name of a folder is a command … nothing is made': { name: '$(touch made)`touch made`;touch made' },
    'the commit to compare with is an option of git … nothing is made': { since: '--upload-pack=touch made' },
    'the commit to compare with is a command … nothing is made': { since: '$(touch made)' },
  },
  ({ name = 'mappings', since = '' }) => {
    const repository = repositoryWith('docs/cookbook', name)
    const { code, out } = runAction(repository, { mappings: name, since })
    assert.equal([code, /0 notes in 6 mappings/.test(out)], since === '' ? [0, true] : [2, false], out)
    return existsSync(join(repository, 'made')) ? 'made' : 'nothing is made'
  },
)

type Hook = { id: string; entry: string; args: string[]; pass_filenames: boolean }
const hooks = parse(readFileSync(join(root, '.pre-commit-hooks.yaml'), 'utf8')) as Hook[]
for (const { id, entry, args, pass_filenames } of hooks)
  test(`the hook ${id} passes the samples and refuses a broken one`, () => {
    assert.is(pass_filenames, false)
    const repository = repositoryWith('deploy/samples')
    const [program = '', ...words] = [...entry.split(' '), ...args]
    assert.is(run(program, words, repository).code, 0)
    edit(join(repository, 'mappings/prod-db.yaml'), 'roles/cloudsql.client', 'roles/owner')
    assert.is(run(program, words, repository).code, 1)
  })

test('the page shows how the action and the hooks are used', () => {
  const page = readFileSync(join(root, 'docs/mappings-in-ci.md'), 'utf8')
  const blocks = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => text)
  const workflow = blocks
    .map(text => parse(text) as { jobs?: Record<string, { steps: { uses: string; with?: object }[] }> })
    .find(({ jobs }) => jobs)
  const step = Object.values(workflow?.jobs ?? {})
    .flatMap(({ steps }) => steps)
    .find(({ uses }) => uses.includes('/deploy/ci/github-action@'))
  assert.ok(step?.with)
  for (const input of Object.keys(step.with)) assert.ok(input in action.inputs, input)
  const config = blocks.map(text => parse(text) as { repos?: { hooks: { id: string }[] }[] }).find(({ repos }) => repos)
  const used = (config?.repos ?? []).flatMap(({ hooks: all }) => all.map(({ id }) => id))
  assert.equal(used.toSorted(), hooks.map(({ id }) => id).toSorted())
})

test.run()
